"""The exercises of lesson 00: count what is right, pass when unsure, compare errors."""

import numpy as np

from course.check import SIZES, as_share, exercise, expect, expect_same, labels


@exercise(
    "Which entries of the two lists are equal? NumPy compares arrays with ==.",
    "The mean of an array of True and False is the share of True.",
)
def accuracy(answer):
    """A function (predicted, actual) -> the share of equal entries, from 0 to 1."""
    expect_same(
        answer,
        lambda predicted, actual: np.mean(predicted == actual),
        _answers,
        sizes=(*SIZES, 61, 250),
        mistakes={
            "this is the share of wrong answers; accuracy counts the right ones.": (
                lambda predicted, actual: np.mean(predicted != actual)
            ),
            "this is how many are right; divide by how many there are.": (
                lambda predicted, actual: np.sum(predicted == actual)
            ),
            "this is a percentage; a share is from 0 to 1.": (
                lambda predicted, actual: 100 * np.mean(predicted == actual)
            ),
            "return one number for the whole list, not one for each image.": (
                lambda predicted, actual: predicted == actual
            ),
        },
        what="the accuracy",
    )
    return "One number, and the first that anyone will ask you for."


@exercise(
    "argmax(axis=1) gives each row's most probable digit, max(axis=1) how probable.",
    "np.where(condition, a, b) takes from a where the condition holds, else from b.",
    "A probability that equals the threshold is not below it.",
)
def answer_or_pass(answer):
    """A function (probabilities, threshold) -> a digit for each image, or -1."""
    expect_same(
        answer,
        _sure_or_pass,
        _probabilities,
        cases=[
            {"probabilities": np.array([[0.05, 0.95], [0.9, 0.1]]), "threshold": 0.92},
            {"probabilities": np.array([11 * [0.076] + [0.164]]), "threshold": 0.15},
            {"probabilities": np.array([[0.2000005, 0.7999995]]), "threshold": 0.8},
            {
                "probabilities": np.array([[0.001, 0.999], [0.995, 0.005]]),
                "threshold": 0.997,
            },
        ],
        sizes=4 * SIZES,
        forms=(),
        mistakes={
            "return the digit itself, not whether it is sure.": lambda p, t: (
                p.max(axis=1) >= t
            ),
            "a probability that equals the threshold is not below it: it counts as "
            "sure.": lambda p, t: np.where(p.max(axis=1) > t, p.argmax(axis=1), -1),
            "it passes where it is sure, and answers where it is not.": lambda p, t: (
                np.where(p.max(axis=1) < t, p.argmax(axis=1), -1)
            ),
        },
        what="the answer",
    )
    return "Lesson 11 chooses the threshold by what a mistake costs."


def _answers(rng, size):
    """Answers and truth: classes of unequal frequency, about half of them right."""
    actual = labels(rng, size)
    guess = np.where(rng.random(size) < 0.5, actual, labels(rng, size))
    return {"predicted": guess, "actual": actual}


def _probabilities(rng, size):
    """Probabilities of two to twelve classes, some sure and some undecided.

    The threshold is often one of them, or a little more or less.
    """
    spread = np.full(rng.integers(2, 13), np.exp(rng.uniform(-1.5, 4)))
    p = rng.dirichlet(spread, size)
    top = p.max(axis=1)
    near = rng.choice(top) * (1 + rng.choice([-1e-4, 1e-4, -1e-7, 1e-7]))
    thresholds = rng.choice(top), near, rng.uniform(0, 1), 0.0
    threshold = rng.choice(thresholds, p=[0.4, 0.3, 0.2, 0.1])
    return {"probabilities": p, "threshold": threshold}


def _sure_or_pass(probabilities, threshold):
    sure = probabilities.max(axis=1) >= threshold
    return np.where(sure, probabilities.argmax(axis=1), -1)


@exercise(
    "by_template != y_test is True where the templates err. And for the network?",
    "Count the images where both err, with &, and divide by the network's mistakes.",
)
def shared_mistakes(share):
    """Which share of the network's mistakes the templates make too, from 0 to 1."""
    value = as_share(share, "the share")
    expect(
        not 0.05 < value < 0.15,
        "a tenth is what chance would give. Count it: is it so?",
    )
    expect(
        not 0.15 <= value < 0.35,
        "this looks like the share of the templates' mistakes. Divide by the number "
        "of the network's mistakes instead.",
    )
    expect(
        value >= 0.55,
        f"{value:.2f} is too low: count where both are wrong, and divide by all "
        "mistakes of the network.",
    )
    expect(
        value < 0.96,
        f"{value:.2f} is too high: the network has a mistake or two of its own.",
    )
    return (
        "Far more than a tenth: both stumble over the same images. Two models that err "
        "alike cannot correct each other."
    )
