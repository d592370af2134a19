"""The exercises of lesson 20: what interruptions cost, and what survives them."""

import numpy as np
from scipy.special import lambertw

from course.check import Wrong, describe, exercise, expect, expect_same

# What each checkpoint of exercise 3 does, and what is said to who thinks otherwise.
RESUMES = {
    "half": (False, "float16 keeps three digits of a weight: the rest is gone."),
    "borrowed": (
        False,
        "state_dict() hands out the tensors themselves, and training has gone on "
        "writing into them: only a copy, or a file, stands still.",
    ),
    "epoch": (
        True,
        "at the end of an epoch the order is used up, and the next is drawn anew.",
    ),
    "seeded": (
        False,
        "a generator with a seed of your own draws, but not what the first would have.",
    ),
    "again": (True, "a checkpoint of a training that was itself resumed is one, too."),
}


@exercise(
    "Each machine is interrupted `rate` times a minute: how often is any of them?",
    "Write Young's formula for `machines * rate` interruptions a minute.",
    "np.sqrt(2 * write / (machines * rate))",
)
def best_interval(answer):
    """A function (machines, rate, write) -> the best minutes between checkpoints."""
    expect_same(
        answer,
        _best_interval,
        _clusters,
        cases=[{"machines": 4, "rate": 0.05, "write": 0.5}],
        mistakes={
            "that is for one machine: any of them stops the job.": (
                lambda machines, rate, write: np.sqrt(2 * write / rate)
            ),
            "with more machines interruptions come more often: save more often.": (
                lambda machines, rate, write: np.sqrt(2 * write * machines / rate)
            ),
            "the number of machines stands under the root, too.": (
                lambda machines, rate, write: np.sqrt(2 * write / rate) / machines
            ),
            "the factor 2 is missing: on average half an interval is lost.": (
                lambda machines, rate, write: np.sqrt(write / (machines * rate))
            ),
            "`rate` is interruptions a minute, not minutes between them.": (
                lambda machines, rate, write: np.sqrt(2 * write * rate / machines)
            ),
            "that is the time between two interruptions: save more often.": (
                lambda machines, rate, write: 1 / (machines * rate)
            ),
            "that is Daly's first formula: Young does not take off the write.": (
                lambda machines, rate, write: (
                    _best_interval(machines, rate, write) - write
                )
            ),
            "that is where the curve itself is least: Young's formula is asked for.": (
                _least
            ),
        },
    )
    return "Four machines, half the interval."


def _best_interval(machines, rate, write):
    return np.sqrt(2 * write / (machines * rate))


def _least(machines, rate, write):
    gap = 1 / (machines * rate)
    return gap * (1 + lambertw(-np.exp(-1 - write / gap)).real)


def _clusters(rng, size):
    rate = float(np.exp(rng.uniform(np.log(1e-3), np.log(0.5))))
    write = float(rng.uniform(0.01, 3))
    return {"machines": int(rng.integers(2, 65)), "rate": rate, "write": write}


@exercise(
    "There is one wait for each interruption: how many are there, on average?",
    "The machines' time is (e^(rate work) - 1) / rate, with `rate` interruptions in "
    "each minute of it.",
    "np.expm1(rate * work) * (1 / rate + wait)",
)
def expected_minutes(answer):
    """A function (work, rate, wait) -> the expected minutes until the work is done."""
    expect_same(
        answer,
        _expected_minutes,
        _jobs,
        cases=[
            {"work": 60.0, "rate": 1 / 60, "wait": 5.0},
            {"work": 60.0, "rate": 0.05, "wait": 0.0},
        ],
        mistakes={
            "that is the time without waiting.": lambda work, rate, wait: (
                np.expm1(rate * work) / rate
            ),
            "that is one wait in all: there is one for each interruption.": (
                lambda work, rate, wait: np.expm1(rate * work) / rate + wait
            ),
            "the first machine is waited for, too: count the interruptions only.": (
                lambda work, rate, wait: (
                    np.expm1(rate * work) / rate + wait * np.exp(rate * work)
                )
            ),
            "`rate * work` counts the interruptions in `work` minutes, and the "
            "machines run for longer.": (
                lambda work, rate, wait: (
                    np.expm1(rate * work) / rate + wait * rate * work
                )
            ),
            "no machine is there to be lost while you wait for one.": (
                lambda work, rate, wait: np.expm1(rate * (work + wait)) / rate
            ),
            "what is lost must be done again, and is interrupted again.": (
                lambda work, rate, wait: work + rate * work * (work / 2 + wait)
            ),
        },
    )
    return "Each minute of waiting counts e^(rate work) - 1 times."


def _expected_minutes(work, rate, wait):
    return np.expm1(rate * work) * (1 / rate + wait)


def _jobs(rng, size):
    work = float(rng.uniform(1, 200))
    hardly, often = np.log(0.02), np.log(5)
    rate = float(np.exp(rng.uniform(hardly, often)) / work)
    return {"work": work, "rate": rate, "wait": float(rng.uniform(0.5, 20))}


@exercise(
    "resumed(state) is where a training ends that goes on from a state.",
    "apart(resumed(state), whole) == 0 tells whether it has the same weights.",
    'The state of `half` is checkpoint | {"model": {n: w.half() for n, w in ...}}.',
)
def exact(half, borrowed, epoch, seeded, again):
    """For each of the five checkpoints True where the same weights come out."""
    answers = dict(zip(RESUMES, (half, borrowed, epoch, seeded, again), strict=True))
    for name, answer in answers.items():
        expect(_is_yes_or_no(answer), f"{name} is {describe(answer)}: True or False?")
    for name, answer in answers.items():
        right, words = RESUMES[name]
        if bool(answer) != right:
            raise Wrong(f"{name}: {words} Resume it, and compare.")
    return "What counts is what the next step reads, not how much is saved."


def _is_yes_or_no(answer) -> bool:
    return isinstance(answer, bool | np.bool_)
