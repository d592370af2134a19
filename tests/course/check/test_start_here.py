"""The exercises of lesson 00: answers that are wrong, right, and not attempted."""

import numpy as np


def count(predicted, actual):
    return float(sum(p == a for p, a in zip(predicted, actual, strict=True)))


def as_plain_list(probabilities, threshold):
    rows = [list(row) for row in probabilities]
    return [r.index(max(r)) if not max(r) < threshold else -1 for r in rows]


WRONG = {
    "accuracy": {
        "a blind guess": lambda predicted, actual: 0.1,
        "the share of errors": lambda predicted, actual: np.mean(predicted != actual),
        "a count": count,
        "per image": lambda predicted, actual: predicted == actual,
        "percent": lambda predicted, actual: 100 * np.mean(predicted == actual),
        "only the first": lambda predicted, actual: float(predicted[0] == actual[0]),
        "no return": lambda predicted, actual: None,
        "a number": 0.975,
    },
    "answer_or_pass": {
        "never passes": lambda p, t: p.argmax(axis=1),
        "always passes": lambda p, t: np.full(len(p), -1),
        "strictly above": lambda p, t: np.where(
            p.max(axis=1) > t, p.argmax(axis=1), -1
        ),
        "the other way": lambda p, t: np.where(p.max(axis=1) < t, p.argmax(axis=1), -1),
        "whether sure": lambda p, t: p.max(axis=1) >= t,
        "wrong axis": lambda p, t: np.where(p.max(axis=0) >= t, p.argmax(axis=0), -1),
        "zero for unsure": lambda p, t: np.where(
            p.max(axis=1) >= t, p.argmax(axis=1), 0
        ),
        "the probability": lambda p, t: p.max(axis=1),
    },
    "shared_mistakes": {
        "chance": 0.1,
        "of all mistakes": 8 / 36,
        "a count": 8,
        "negative": -0.8,
        "none": 0.0,
        "text": "most",
        "a list": [0.8, 0.9],
    },
}
RIGHT = {
    "accuracy": [lambda predicted, actual: count(predicted, actual) / len(actual)],
    "answer_or_pass": [as_plain_list],
    "shared_mistakes": [8 / 9, np.float32(0.727), 0.8],  # other seeds give these too
}
SAYS = {"shared_mistakes": {"chance": "what chance would give"}}
STUBS = {
    "accuracy": lambda predicted, actual: ...,
    "answer_or_pass": lambda probabilities, threshold: ...,
    "shared_mistakes": ...,
}
