"""The exercises of lesson 09 refuse what is wrong and take what is right."""

import numpy as np
import pytest
from exercises import cases, said

from course.check import rnn


def divided_by_length(states, numbers):
    return (states * (numbers != 0)[..., None]).mean(axis=1)


def added_up(states, numbers):
    return (states * (numbers != 0)[..., None]).sum(axis=1)


def one_by_one(states, numbers):
    rows = zip(states, numbers, strict=True)
    return np.array([state[number > 0].mean(axis=0) for state, number in rows])


WRONG = {
    "count": {
        "once a letter": 32 * 18_688,
        "no biases": 18_432,
        "one gate": 6_208,
        "PyTorch's": 18_816,
        "three biases": 18_624,
        "an LSTM's": 24_832,
        "a list": [18_688],
    },
    "masked_mean": {
        "over all steps": lambda states, numbers: states.mean(axis=1),
        "divided by the length": divided_by_length,
        "the sum": added_up,
        "the last step": lambda states, numbers: states[:, -1],
        "over the units": lambda states, numbers: states.mean(axis=2),
        "nothing": lambda states, numbers: None,
    },
    "forget_bias": {
        "the gate": 0.9828,
        "zero": 0,
        "the usual one": 1,
        "too open": 8.0,
        "negative": -4.05,
        "text": "four",
    },
    "backwards": {
        "forwards": (0.76, "better"),
        "same": (0.3, "same"),
        "the bag's": (0.558, "same"),
        "better": (0.3, "better"),
        "names out of order": (0.05, "worse"),
        "in percent": (30, "worse"),
        "another word": (0.3, "lower"),
    },
}
RIGHT = {
    "count": [18_688, 3 * 97 * 64 + 64.0],
    "masked_mean": [one_by_one],
    "forget_bias": [4.0, np.log(1 / (2 ** (1 / 40) - 1))],
    "backwards": [(0.3, "worse"), (np.float64(0.2), " Worse ")],
}


def verdict(capsys, name, answer) -> str:
    parts = answer if isinstance(answer, tuple) else (answer,)
    return said(capsys, getattr(rnn, name), *parts)


@pytest.mark.parametrize(("name", "answer"), cases(WRONG))
def test_a_wrong_answer_is_refused(capsys, name, answer):
    message = verdict(capsys, name, answer)
    assert message.startswith(f"✗ {name}: ")
    assert "cannot be read" not in message


@pytest.mark.parametrize(("name", "answer"), cases(RIGHT))
def test_a_right_answer_in_other_words_is_taken(capsys, name, answer):
    assert verdict(capsys, name, answer).startswith(f"✓ {name}: correct.")


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("count", "once a letter", "same ones"),
        ("masked_mean", "divided by the length", "still counted"),
        ("forget_bias", "the gate", "what the gate must be"),
        ("backwards", "same", "depends on their order"),
        ("backwards", "the bag's", "bag of letters reaches"),
    ],
)
def test_a_common_mistake_gets_its_own_explanation(capsys, name, label, words):
    assert words in verdict(capsys, name, WRONG[name][label])


def test_every_exercise_has_at_least_five_wrong_answers():
    assert all(len(answers) >= 5 for answers in WRONG.values())
