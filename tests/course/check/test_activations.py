"""The exercises of lesson 03 refuse what is wrong and take what is right."""

import numpy as np
import pytest
from exercises import cases, said

from course.check import activations


def scaled(W1, b1, W2, b2):
    return 3 * (W1 @ W2), W2.T @ (3 * b1 + 2) + b2


WRONG = {
    "collapse": {
        "forgot the function": lambda W1, b1, W2, b2: (W1 @ W2, b1 @ W2 + b2),
        "added the biases": lambda W1, b1, W2, b2: (3 * W1 @ W2, 3 * b1 + 2 + b2),
        "left the 2 outside": lambda W1, b1, W2, b2: (
            3 * W1 @ W2,
            3 * b1 @ W2 + 2 + b2,
        ),
        "only the last bias": lambda W1, b1, W2, b2: (3 * W1 @ W2, b2),
        "wrong order": lambda W1, b1, W2, b2: (3 * W2 @ W1, (3 * b1 + 2) @ W2 + b2),
        "only W": lambda W1, b1, W2, b2: 3 * W1 @ W2,
        "function after the end": lambda W1, b1, W2, b2: (
            3 * W1 @ W2,
            3 * (b1 @ W2 + b2) + 2,
        ),
    },
    "hat": {
        "a plateau": ([-1, 0], [1, -1]),
        "never comes back": ([-1, 0], [1, -2]),
        "goes up again": ([-1, 0, 1], [1, -2, 2]),
        "slopes, not changes": ([-1, 0, 1], [1, -1, 0]),
        "kinks and weights exchanged": ([1, -2, 1], [-1, 0, 1]),
        "too high": ([-1, 0, 1], [2, -4, 2]),
        "lists of two lengths": ([-1, 0, 1], [1, -2]),
        "numbers": (0, 1),
    },
    "softplus": {
        "naive": lambda x: np.log(1 + np.exp(x)),
        "ReLU": lambda x: np.maximum(x, 0),
        "only the large side": lambda x: x + np.log1p(np.exp(-x)),
        "clipped": lambda x: np.log1p(np.exp(np.minimum(x, 20))),
        "base two": lambda x: np.logaddexp2(0, x),
        "its slope": lambda x: 1 / (1 + np.exp(-x)),
        "summed": lambda x: np.logaddexp(0, x).sum(),
        "nothing": lambda x: None,
    },
    "smallest_width": {
        "one": 1,
        "as many as dimensions": 2,
        "as the diamond": 4,
        "many": 16,
        "none": 0,
        "negative": -3,
        "a fraction": 2.5,
        "text": "three",
        "a list": [3],
    },
}
RIGHT = {
    "collapse": [scaled, lambda *a: list(scaled(*a))],
    "hat": [
        (np.array([1, 0, -1]), np.array([1, -2, 1])),
        ([-1.0, 0, 0, 1], [1.0, -1, -1, 1]),
    ],
    "softplus": [
        lambda x: np.logaddexp(x, 0),
        lambda x: np.where(x > 30, x, np.log1p(np.exp(np.minimum(x, 30)))),
    ],
    "smallest_width": [3, 3.0, np.int64(3)],
}


def verdict(capsys, name, answer) -> str:
    parts = answer if isinstance(answer, tuple) else (answer,)
    return said(capsys, getattr(activations, name), *parts)


@pytest.mark.parametrize(("name", "answer"), list(cases(WRONG)))
def test_a_wrong_answer_is_refused(capsys, name, answer):
    message = verdict(capsys, name, answer)
    assert message.startswith(f"✗ {name}: ")
    assert "cannot be read" not in message


@pytest.mark.parametrize(("name", "answer"), list(cases(RIGHT)))
def test_a_right_answer_in_other_words_is_taken(capsys, name, answer):
    assert verdict(capsys, name, answer).startswith(f"✓ {name}: correct.")


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("collapse", "forgot the function", "where is the 3?"),
        ("collapse", "added the biases", "multiplies all that it receives"),
        ("hat", "never comes back", "weights must add up to 0"),
        ("softplus", "naive", "x = 1000"),
        ("softplus", "ReLU", "log 2"),
        ("smallest_width", "as many as dimensions", "wedge"),
        ("smallest_width", "as the diamond", "fewer do too"),
    ],
)
def test_a_common_mistake_gets_its_own_explanation(capsys, name, label, words):
    assert words in verdict(capsys, name, WRONG[name][label])


def test_every_exercise_has_at_least_five_wrong_answers():
    assert all(len(answers) >= 5 for answers in WRONG.values())
