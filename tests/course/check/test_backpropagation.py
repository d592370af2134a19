"""The exercises of lesson 05 refuse what is wrong and take what is right."""

import numpy as np
import pytest
from exercises import cases, said

from course.autograd import Node, multiply, power
from course.check import backpropagation


def quotient(slope_a, slope_b, value=lambda a, b: a / b):
    """An answer to `divide` from the formulas of its value and slopes."""

    def divide(a, b):
        slopes = [f(a.value, b.value) for f in (slope_a, slope_b)]
        return Node(value(a.value, b.value), list(zip((a, b), slopes, strict=True)))

    return divide


def overwritten(gradient, index, shape):
    table = np.zeros(shape)
    table[index] += gradient
    return table


def averaged(gradient, index, shape):
    counts = np.maximum(np.bincount(index, minlength=shape[0]), 1)
    return one_hot(gradient, index, shape) / counts[:, None]


def one_hot(gradient, index, shape):
    return np.eye(shape[0])[index].T @ gradient


def first_only(gradient, index, shape):
    table = np.zeros(shape)
    table[index[::-1]] = gradient[::-1]
    return table


def right_b(a, b):
    return -a / b**2


WRONG = {
    "used_twice": {
        "the last use overwrites": (1, 2),
        "only the product": (5, 2),
        "exchanged": (2, 6),
        "value instead of slope": (6, 12),
        "multiplied the uses": (5 * 1 * 2, 2),
        "b as used in the sum": (6, 3),
        "lists": ([6], [2]),
        "text": ("6", "2"),
        "not a number": (np.nan, 2),
    },
    "divide": {
        "sign of b": quotient(lambda a, b: 1 / b, lambda a, b: a / b**2),
        "slopes of a product": quotient(lambda a, b: b, lambda a, b: a),
        "forgot the square": quotient(lambda a, b: 1 / b, lambda a, b: -a / b),
        "forgot a": quotient(lambda a, b: 1 / b, lambda a, b: -1 / b**2),
        "slopes exchanged": quotient(right_b, lambda a, b: 1 / b),
        "the other way round": quotient(
            lambda a, b: 1 / b, right_b, value=lambda a, b: b / a
        ),
        "no edges": lambda a, b: Node(a.value / b.value),
        "one edge": lambda a, b: Node(a.value / b.value, [(a, 1 / b.value)]),
        "a number": lambda a, b: a.value / b.value,
        "nothing": lambda a, b: None,
        "no function": 1.5,
    },
    "put_back": {
        "the last use overwrites": overwritten,
        "the first use stays": first_only,
        "the mean of the uses": averaged,
        "all rows get all": lambda g, i, s: np.zeros(s) + g.sum(axis=0),
        "not put back": lambda g, i, s: g,
        "taken again": lambda g, i, s: g[np.minimum(i, len(g) - 1)],
        "sorted away": lambda g, i, s: np.resize(g, s),
        "nothing": lambda g, i, s: None,
    },
    "first_above_a_million": {
        "only the last steps": 20,
        "one too few": 18,
        "as backward": 500_001,
        "far too many": 1_000_000,
        "half of them": 10,
        "one too many doublings": 21,
        "a fraction": 18.9,
        "negative": -19,
        "a list": [19],
        "text": "nineteen",
    },
}
RIGHT = {
    "used_twice": [(6, 2), (6.0, np.float64(2))],
    "divide": [
        lambda a, b: multiply(a, power(b, -1)),
        quotient(lambda a, b: b**-1, lambda a, b: -a * b**-2),
        quotient(lambda a, b: np.array(1 / b), right_b),
    ],
    "put_back": [one_hot, lambda g, i, s: one_hot(g, i, s).tolist()],
    "first_above_a_million": [19, 19.0, np.int64(19)],
}


def verdict(capsys, name, answer) -> str:
    parts = answer if isinstance(answer, tuple) else (answer,)
    if name == "divide":
        parts = (*parts, Node)
    return said(capsys, getattr(backpropagation, name), *parts)


@pytest.mark.parametrize(("name", "answer"), list(cases(WRONG)))
def test_a_wrong_answer_is_refused(capsys, name, answer):
    message = verdict(capsys, name, answer)
    assert message.startswith(f"✗ {name}: ")
    assert "cannot be read" not in message


@pytest.mark.parametrize(("name", "answer"), list(cases(RIGHT)))
def test_a_right_answer_in_other_words_is_taken(capsys, name, answer):
    assert verdict(capsys, name, answer).startswith(f"✓ {name}: correct.")


@pytest.mark.parametrize("name", WRONG)
def test_an_untouched_stub_is_not_attempted_yet(capsys, name):
    stubs = {
        "used_twice": (..., ...),
        "divide": lambda a, b: ...,
        "put_back": lambda gradient, index, shape: ...,
        "first_above_a_million": ...,
    }
    assert "not attempted yet" in verdict(capsys, name, stubs[name])


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("used_twice", "the last use overwrites", "several uses add up"),
        ("used_twice", "only the product", "a second time"),
        ("used_twice", "exchanged", "exchanged"),
        ("divide", "sign of b", "wrong sign"),
        ("divide", "no edges", "no path of edges leads back to a"),
        ("put_back", "the last use overwrites", "Several uses add up"),
        ("put_back", "the mean of the uses", "not their mean"),
        ("first_above_a_million", "only the last steps", "the steps on the way"),
        ("first_above_a_million", "as backward", "right for `backward`"),
    ],
)
def test_a_common_mistake_gets_its_own_explanation(capsys, name, label, words):
    assert words in verdict(capsys, name, WRONG[name][label])


def test_every_exercise_has_at_least_five_wrong_answers():
    assert all(len(answers) >= 5 for answers in WRONG.values())
