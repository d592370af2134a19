"""The exercises of lesson 21: how to draw, what to expect, and how often to try."""

import numpy as np

from course.check import as_number, exercise, expect, expect_same

TRIALS = 59  # the least n with 0.95^n <= 0.05


@exercise(
    "Between two powers of ten as many draws as between the next two.",
    "Draw the logarithm uniformly, from that of `low` to that of `high`, and undo it.",
    "low * (high / low) ** u",
)
def log_uniform(answer):
    """A function (low, high, u) -> values from low to high, evenly on a log scale."""
    expect_same(
        answer,
        _log_uniform,
        _ranges,
        cases=[{"low": 1e-4, "high": 1.0, "u": np.array([0.0, 0.25, 0.5, 1.0])}],
        mistakes={
            "that is even on a linear scale: half of it lies above the middle.": (
                lambda low, high, u: low + u * (high - low)
            ),
            "that is the logarithm itself: undo it.": (
                lambda low, high, u: np.log(low) + u * np.log(high / low)
            ),
            "that is the power of ten: raise 10 to it.": (
                lambda low, high, u: np.log10(low) + u * np.log10(high / low)
            ),
            "np.log is undone by np.exp, np.log10 by a power of 10.": (
                lambda low, high, u: 10 ** (np.log(low) + u * np.log(high / low))
            ),
            "`u` = 0 is to give `low`, and `u` = 1 `high`.": (
                lambda low, high, u: high * (low / high) ** u
            ),
        },
    )
    return "Each power of ten gets as many draws as the next."


def _log_uniform(low, high, u):
    return low * (high / low) ** np.asarray(u)


def _ranges(rng, size):
    low = float(np.exp(rng.uniform(np.log(1e-7), np.log(10))))
    high = low * float(np.exp(rng.uniform(np.log(3), np.log(1e5))))
    return {"low": low, "high": high, "u": rng.random(size)}


@exercise(
    "Where the loss is above `best`, nothing is gained. How likely is it below?",
    "It is below with the probability (best - low) / (high - low), and then, on "
    "average, halfway between `low` and `best`.",
    "And if `best` is below `low`, or above `high`?",
)
def expected_gain(answer):
    """A function (low, high, best) -> the expected improvement of a uniform belief."""
    expect_same(
        answer,
        _expected_gain,
        _beliefs,
        cases=[
            {"low": 1.0, "high": 3.0, "best": 2.0},
            {"low": 1.0, "high": 3.0, "best": 0.5},
            {"low": 1.0, "high": 3.0, "best": 4.0},
            {"low": 0.0, "high": 4.0, "best": 1.0},
        ],
        mistakes={
            "that is the gain of the average loss. Half of the losses are better.": (
                lambda low, high, best: max(best - (low + high) / 2, 0.0)
            ),
            "a gain is never negative: a worse loss is not taken.": (
                lambda low, high, best: best - (low + high) / 2
            ),
            "that is how likely a gain is, not how large.": (
                lambda low, high, best: np.clip((best - low) / (high - low), 0, 1)
            ),
            "that is the gain where there is one: it must be likely, too.": (
                lambda low, high, best: (
                    max(best - low, 0.0) / 2
                    if best <= high
                    else best - (low + high) / 2
                )
            ),
            "if all losses are below `best`, the gain is at least best - high.": (
                lambda low, high, best: (
                    (min(max(best, low), high) - low) ** 2 / (2 * (high - low))
                )
            ),
            "the formula stops at `high`: above it, each loss is a gain.": (
                lambda low, high, best: max(best - low, 0.0) ** 2 / (2 * (high - low))
            ),
            "the formula begins at `low`: below it, nothing can be gained.": (
                lambda low, high, best: (
                    (best - low) ** 2 / (2 * (high - low))
                    if best <= high
                    else best - (low + high) / 2
                )
            ),
            "on average it is halfway between `low` and `best`: half the gain.": (
                lambda low, high, best: (
                    max(best - low, 0.0) ** 2 / (high - low)
                    if best <= high
                    else best - (low + high) / 2
                )
            ),
        },
    )
    return "How likely, times how much: that is all that the formula says."


def _expected_gain(low, high, best):
    inside = min(max(best, low), high)
    return (inside - low) ** 2 / (2 * (high - low)) + max(best - high, 0.0)


def _beliefs(rng, size):
    low = float(rng.uniform(-3, 3))
    wide = float(rng.uniform(0.2, 4))
    return {
        "low": low,
        "high": low + wide,
        "best": low + wide * float(rng.uniform(-0.5, 1.5)),
    }


@exercise(
    "How likely is it that none of n trials is in the best 5%?",
    "0.95**n is to be at most 0.05. Where do the knobs stand in that?",
    "np.log(0.05) / np.log(0.95), rounded up",
)
def trials(two, ten):
    """The random trials that are enough with two knobs, and with ten."""
    for name, answer in (("two", two), ("ten", ten)):
        _judge(name, as_number(answer, f"the number of trials with {name} knobs"))
    return "Random search does not ask how many knobs there are; the best 5% shrink."


def _judge(name: str, found: float) -> None:
    expect(found != 20, f"{name}: 20 trials find one of them on average, not surely.")
    expect(found == round(found), f"{name}: {found:g} is no number of trials.")
    missed = 0.95**found if 0 < found < 10_000 else 1.0
    expect(
        missed <= 0.05,
        f"{name}: {found:g} trials all miss the best 5% with probability {missed:.3f}.",
    )
    enough = f"{name}: {TRIALS} trials are enough: {found:g} is more than needed."
    again = " The best 5% are 5% of the draws, whatever is drawn." * (name == "ten")
    expect(found == TRIALS, enough + again)
