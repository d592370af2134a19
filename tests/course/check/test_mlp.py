"""The exercises of lesson 06 refuse what is wrong and take what is right."""

import numpy as np
import pytest

from course.check import mlp


def doubled(W1, b1, W2):
    return np.hstack([W1, W1]), np.tile(b1, 2), np.vstack([W2, W2])


def halved_twice(W1, b1, W2):
    V1, c1, V2 = doubled(W1, b1, W2)
    return V1 / 2, c1 / 2, V2 / 2


def weights_only(W1, b1, W2):
    V1, c1, V2 = doubled(W1, b1, W2)
    return V1 / 2, c1, V2


def halved_before_the_bend(W1, b1, W2):
    V1, c1, V2 = doubled(W1, b1, W2)
    return V1 / 2, c1 / 2, V2


def interleaved(W1, b1, W2):
    return [np.repeat(W1, 2, axis=1), np.repeat(b1, 2), np.repeat(W2, 2, axis=0) / 2]


WRONG = {
    "count": {
        "no biases": 17_024,
        "units": 202,
        "no last layer": 16_576,
        "one bias a layer": 17_027,
        "a list": [17_226],
        "text": "many",
    },
    "widen": {
        "no halving": doubled,
        "halved twice": halved_twice,
        "biases not halved": weights_only,
        "not wider": lambda W1, b1, W2: (W1, b1, W2),
        "two arrays": lambda W1, b1, W2: (W1, b1),
        "nothing": lambda W1, b1, W2: None,
    },
    "different_units": {
        "all of them": 16,
        "none": 0,
        "one a class": 10,
        "two": 2,
        "a fraction": 0.5,
        "text": "one",
    },
    "shuffled_pixels": {
        "worse": (0.96, "worse"),
        "better": (0.96, "better"),
        "test not shuffled": (0.12, "worse"),
        "in percent": (96, "same"),
        "not trained": (0.5, "same"),
        "another word": (0.96, "equal"),
        "no word": (0.96, None),
    },
}
RIGHT = {
    "count": [17_226, 65 * 128 + 129 * 64 + 65 * 10.0],
    "widen": [interleaved, halved_before_the_bend],
    "different_units": [1, np.int64(1)],
    "shuffled_pixels": [(0.95, "same"), (np.float64(0.97), " Same ")],
}


def verdict(capsys, name, answer) -> str:
    getattr(mlp, name)(*(answer if isinstance(answer, tuple) else (answer,)))
    return capsys.readouterr().out


CASES = [(name, label) for name in WRONG for label in WRONG[name]]


@pytest.mark.parametrize(("name", "label"), CASES)
def test_a_wrong_answer_is_refused(capsys, name, label):
    message = verdict(capsys, name, WRONG[name][label])
    assert message.startswith(f"✗ {name}: ")
    assert "cannot be read" not in message


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_in_other_words_is_taken(capsys, name):
    for answer in RIGHT[name]:
        assert verdict(capsys, name, answer).startswith(f"✓ {name}: correct.")


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("count", "no biases", "biases as well"),
        ("widen", "no halving", "only half"),
        ("different_units", "all of them", "equal gradients"),
        ("shuffled_pixels", "worse", "never saw a picture"),
    ],
)
def test_a_common_mistake_gets_its_own_explanation(capsys, name, label, words):
    assert words in verdict(capsys, name, WRONG[name][label])


def test_every_exercise_has_at_least_five_wrong_answers():
    assert all(len(answers) >= 5 for answers in WRONG.values())
