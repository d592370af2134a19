"""The exercises of lesson 22: shares of unequal parts, pairs, a bill, seldom means."""

import numpy as np

from course.check import as_number, exercise, expect, expect_same, numbers

ONCE = 1e-9  # two sums of the same gradients in another order are as near as this
NOTICED, FAR = 1.2e-4, 1.2e-3  # between these lies what ten steps apart leave


@exercise(
    "A machine with more samples must count for more.",
    "Each sample is to count the same: a machine counts by its samples.",
    "The samples of each machine divided by the samples of all.",
)
def shares(answer):
    """A function counts -> the weights that make a mean of means the mean of all."""
    expect_same(
        answer,
        lambda counts: counts / counts.sum(),
        lambda rng, size: {"counts": rng.integers(1, 500, size)},
        cases=[
            {"counts": np.array([48, 16])},
            {"counts": np.array([7])},
            {"counts": np.array([0, 5, 15])},
            {"counts": np.array([50, 50, 48])},
        ],
        mistakes={
            "that is the plain mean: each machine counts alike, not each sample.": (
                lambda counts: np.full(len(counts), 1 / len(counts))
            ),
            "these are the samples: the weights must add up to 1.": lambda c: 1.0 * c,
            "the machine with the fewest samples counts most: turn it around.": (
                lambda counts: (1 / counts) / (1 / counts).sum()
            ),
            "they add up to more than 1: divide by the samples of all.": (
                lambda counts: counts / counts.max()
            ),
            "divide by the samples of all, not by their mean.": (
                lambda counts: counts / counts.mean()
            ),
        },
    )
    return "With these weights each sample counts alike, wherever it lies."


def _pairs(gradients):
    """The states after each step of adding up in pairs."""
    states, now, apart = [], np.array(gradients), 1
    while apart < len(now):
        now = now + now[np.arange(len(now)) ^ apart]
        states.append(now)
        apart *= 2
    return np.array(states)


def _four(rng, size):
    """Numbers of 2, 4, 8 or 16 machines."""
    machines = 2 ** int(rng.integers(1, 5))
    return {"gradients": numbers(rng, (machines, min(size, 10)))}


def _same_pairs(gradients):
    """What comes out where the partners never change."""
    now, states = np.array(gradients), []
    for _ in range(int(np.log2(len(now)))):
        now = now + now[np.arange(len(now)) ^ 1]
        states.append(now)
    return np.array(states)


def _neighbours(gradients):
    """What comes out where each adds what the machine before it has."""
    now, states = np.array(gradients), []
    for step in range(int(np.log2(len(now)))):
        now = now + np.roll(now, 2**step, axis=0)
        states.append(now)
    return np.array(states)


@exercise(
    "After the first step machines 0 and 1 hold the same sum, and so do 2 and 3.",
    "apart is 1, 2, 4, ...: the partner of machine w is w ^ apart.",
    "now = now + now[np.arange(len(now)) ^ apart] is one step, for all at once.",
)
def pairs(answer):
    """A function gradients -> the states after each step of adding up in pairs."""
    for _ in range(2):
        expect_same(
            answer,
            _pairs,
            _four,
            cases=[
                {"gradients": np.array([[1.0], [10.0], [100.0], [1000.0]])},
                {"gradients": np.array([[1.0, -2.0], [0.5, 3.0]])},
            ],
            sizes=(1, 2, 3, 5, 10),
            mistakes={
                "the partners never change, so two machines count again and again.": (
                    _same_pairs
                ),
                "each machine adds what stands before it in a circle: the partner "
                "is w ^ apart.": _neighbours,
                "that is the sum alone: return what all hold after each step.": (
                    lambda g: np.tile(np.sum(g, axis=0), (len(g), 1))
                ),
                "the state before the first step is none that a step has made.": (
                    lambda g: np.concatenate([np.array(g)[None], _pairs(g)])
                ),
            },
        )
    return (
        "Only log2(n) steps, but each sends all of the gradient: good where the "
        "waiting costs most. The libraries choose by the size."
    )


@exercise(
    "The bill is n machines times the time that they take.",
    "n * (s + (1 - s) / n) is 1 + s * (n - 1).",
    "Where is 1 + s * (n - 1) equal to 2?",
)
def doubles(answer):
    """A function s -> the number of machines, not rounded, with twice the bill."""
    expect_same(
        answer,
        lambda s: 1 + 1 / s,
        lambda rng, size: {"s": float(np.exp(rng.uniform(-7, 0)))},
        cases=[{"s": 0.01}, {"s": 0.5}, {"s": 1.0}, {"s": 1e-5}],
        mistakes={
            "that is the ceiling of the speed-up, one machine less.": lambda s: 1 / s,
            "that would be so if nothing were faster: 2 machines, twice the bill.": (
                lambda s: 2.0
            ),
            "do not round: the formula is what is asked for.": (
                lambda s: np.ceil(1 + 1 / s)
            ),
            "the bill is 1 + s (n - 1), which is 2 where s (n - 1) is 1.": (
                lambda s: 2 / s
            ),
            "is s the share that is divided? It is the one that is not.": (
                lambda s: 1 + 1 / (1 - s) if s < 1 else np.inf
            ),
        },
    )
    return "There the machines work half of the time that they are paid for."


@exercise(
    "Let each machine take its own steps, and replace the weights by their mean.",
    "In the loop: if (step + 1) % every == 0, each weights becomes the mean.",
    "every=1 for the first number, every=10 for the second.",
)
def seldom(each_step, each_tenth):
    """How far from one machine: the mean of weights each step, then each tenth."""
    names = "the difference with a mean after each step", "the one after each tenth"
    first, tenth = (
        as_number(got, name)
        for got, name in zip((each_step, each_tenth), names, strict=True)
    )
    expect(min(first, tenth) >= 0, "a distance is not negative: take np.abs first.")
    expect(
        first <= tenth or first < ONCE,
        "are the two exchanged? The mean after each step is nearer to one machine.",
    )
    expect(
        first < ONCE,
        f"{first:.2g} after each step is more than rounding: the mean of the new "
        "weights is the old ones minus the mean of the steps. Do both start alike?",
    )
    expect(
        tenth > ONCE,
        "ten steps apart and yet the same? From the second step on each machine takes "
        "its gradient at weights of its own. Measure it with every=10.",
    )
    expect(
        tenth > NOTICED,
        f"{tenth:.2g} is too near: take np.abs before the mean, and every=10.",
    )
    expect(
        tenth < FAR,
        f"{tenth:.2g} is too far: is that the largest difference, not the mean?",
    )
    return (
        "It sends a tenth, and is another method: local SGD. It may learn as well, "
        "but it is not the run of one machine."
    )
