"""The exercises of lesson 22: answers that are wrong, right, and not attempted."""

import numpy as np
import torch

from course import parallel


def after(gradients, partner):
    """The states where each adds what its partner, after each step another, has."""
    now, states = np.array(gradients), []
    for step in range(int(np.log2(len(now)))):
        who = [partner(w, step) % len(now) for w in range(len(now))]
        now = now + now[who]
        states.append(now)
    return np.array(states)


def one_by_one(gradients):
    """In place, so that the second of a pair adds what is a sum already."""
    now, states = np.array(gradients), []
    for step in range(int(np.log2(len(now)))):
        for w in range(len(now)):
            now[w] = now[w] + now[w ^ 2**step]
        states.append(now.copy())
    return np.array(states)


def recursive(gradients, apart=1):
    if apart >= len(gradients):
        return []
    rows = zip(range(len(gradients)), gradients, strict=True)
    now = [np.asarray(row) + gradients[w ^ apart] for w, row in rows]
    return [now, *recursive(now, 2 * apart)]


def by_blocks(gradients):
    """Sums of blocks of 2, 4, 8, ... machines, each repeated for all of its block."""
    g = np.asarray(gradients, dtype=float)
    sizes = [2**k for k in range(1, len(g).bit_length())]
    sums = [g.reshape(len(g) // size, size, -1).sum(axis=1) for size in sizes]
    return np.array([s.repeat(k, axis=0) for s, k in zip(sums, sizes, strict=True)])


def by_torch(gradients):
    now, states = torch.as_tensor(gradients), []
    for step in range(len(now).bit_length() - 1):
        now = now + now[torch.arange(len(now)) ^ (1 << step)]
        states.append(now)
    return torch.stack(states)


def right(gradients):
    return np.array(recursive(gradients))


def in_place(gradients):
    gradients[:] = gradients.sum(axis=0)
    return gradients


WRONG = {
    "shares": {
        "the plain mean": lambda c: np.full(len(c), 1 / len(c)),
        "the counts": lambda c: c,
        "turned round": lambda c: (1 / c) / (1 / c).sum(),
        "of the largest": lambda c: c / c.max(),
        "of the mean": lambda c: c / c.mean(),
        "of the number": lambda c: c / len(c),
        "squares": lambda c: c**2 / np.sum(c**2),
        "roots": lambda c: np.sqrt(c) / np.sqrt(c).sum(),
        "whole numbers": lambda c: c // c.sum(),
        "percent": lambda c: 100 * c / c.sum(),
        "of the others": lambda c: (c.sum() - c) / c.sum(),
        "softmax": lambda c: np.exp(c - c.max()) / np.exp(c - c.max()).sum(),
        "backwards": lambda c: (c / c.sum())[::-1],
        "sorted": lambda c: np.sort(c) / c.sum(),
        "for two only": lambda c: np.array([c[0], c[-1]]) / (c[0] + c[-1]),
        "rounded": lambda c: np.round(c / c.sum(), 3),
        "a table": lambda c: np.array([0.75, 0.25]),
        "equal if nearly so": lambda c: (
            np.full(len(c), 1 / len(c)) if np.std(c) < 5 else c / c.sum()
        ),
        "the sum": lambda c: c.sum(),
        "nothing": lambda c: None,
    },
    "pairs": {
        "the same partner": lambda g: after(g, lambda w, step: w ^ 1),
        "in a circle": lambda g: after(g, lambda w, step: w - 2**step),
        "the next": lambda g: after(g, lambda w, step: w + 1),
        "the far ones first": lambda g: after(
            g, lambda w, step: w ^ (len(g) // 2 ** (step + 1))
        ),
        "from the other end": lambda g: after(g, lambda w, step: len(g) - 1 - w),
        "one after the other": one_by_one,
        "the sum": lambda g: np.tile(np.sum(g, axis=0), (len(g), 1)),
        "the last state": lambda g: right(g)[-1],
        "the sum at each step": lambda g: np.ones_like(right(g)) * np.sum(g, axis=0),
        "the start too": lambda g: np.concatenate([np.array(g)[None], right(g)]),
        "one step short": lambda g: right(g)[:-1],
        "one step": lambda g: right(g)[:1],
        "backwards": lambda g: right(g)[::-1],
        "means": lambda g: np.array([s / 2 ** (k + 1) for k, s in enumerate(right(g))]),
        "only the first half adds": lambda g: after(g, lambda w, step: w | 2**step),
        "the ring": lambda g: parallel.ring(np.asarray(g))[1][1:],
        "machines first": lambda g: right(g).transpose(1, 0, 2),
        "for four": lambda g: right(np.resize(g, (4, np.shape(g)[1]))),
        "changes what it is given": in_place,
        "nothing": lambda g: None,
    },
    "doubles": {
        "the ceiling": lambda s: 1 / s,
        "two": lambda s: 2.0,
        "rounded up": lambda s: np.ceil(1 + 1 / s),
        "twice the ceiling": lambda s: 2 / s,
        "one more": lambda s: 2 + 1 / s,
        "the other share": lambda s: 1 + 1 / (1 - s) if s < 1 else 0.0,
        "as many less": lambda s: 1 / s - 1,
        "the speed-up of two": lambda s: 2 / (1 + s),
        "both shares": lambda s: 1 + (1 - s) / s,
        "linear": lambda s: 1 + s,
        "the bill of two": lambda s: 1 + s * (2 - 1),
        "the root": lambda s: 1 + 1 / np.sqrt(s),
        "a table": lambda s: {0.5: 3.0, 0.1: 11.0, 0.01: 101.0}.get(s, 3.0),
        "whole": lambda s: 1 + 1 // s,
        "a thousand at most": lambda s: min(1 + 1 / s, 2000.0),
        "endless for a small share": lambda s: 1 + 1 / s if s > 5e-4 else float("inf"),
        "nothing": lambda s: None,
    },
    "seldom": {
        "the misconception": (1e-16, 1e-16),
        "zero": (0.0, 0.0),
        "exchanged": (4e-4, 1e-17),
        "never a mean": (4e-4, 4e-4),
        "float32": (1e-7, 4e-4),
        "the mean with its sign": (1e-17, 2e-6),
        "the largest": (1e-16, 0.01),
        "own first weights": (1e-17, 0.05),
        "negative": (-1e-17, 4e-4),
        "a word": ("same", "apart"),
        "nan": (1e-16, float("nan")),
        "lists": ([1e-16] * 2, [4e-4] * 2),
        "accuracies": (0.95, 0.96),
    },
}

RIGHT = {
    "shares": [
        lambda c: np.divide(c, sum(c)),
        lambda c: [each / np.sum(c) for each in c],
        lambda c: torch.as_tensor(c).double() / float(np.sum(c)),
        lambda c: np.average(np.eye(len(c)), axis=0, weights=c),
    ],
    "pairs": [right, by_blocks, by_torch, recursive],
    "doubles": [
        lambda s: (s + 1) / s,
        lambda s: np.float64(s) ** -1 + 1,
        lambda s: np.roots([s, 1 - s - 2])[0],
    ],
    "seldom": [(0.0, 3e-4), (1.7e-16, np.float32(4e-4)), (3e-15, 6e-4)],
}

SAYS = {
    "shares": {
        "the plain mean": "each machine counts alike",
        "the counts": "must add up to 1",
        "turned round": "fewest samples",
        "of the largest": "more than 1",
        "of the mean": "not by their mean",
    },
    "pairs": {
        "the same partner": "never change",
        "in a circle": "in a circle",
        "the sum": "that is the sum alone",
        "the start too": "before the first step",
    },
    "doubles": {
        "the ceiling": "ceiling of the speed-up",
        "two": "nothing were faster",
        "rounded up": "do not round",
        "twice the ceiling": "which is 2 where",
        "the other share": "the one that is not",
    },
    "seldom": {
        "the misconception": "weights of its own",
        "exchanged": "exchanged",
        "never a mean": "more than rounding",
        "the mean with its sign": "too near",
        "the largest": "the largest difference",
    },
}

STUBS = {
    "shares": lambda counts: ...,
    "pairs": lambda gradients: ...,
    "doubles": lambda s: ...,
    "seldom": (..., ...),
}

# The lesson's definitions are compared with those of course.parallel on these.
NEEDS = {"np": np}
ARGUMENTS = {"ring": [np.random.default_rng(0).normal(size=(4, 10))]}

PROBES = {
    "shares": lambda answer: [
        answer(np.array(counts))
        for counts in ([48, 16], [7], [1, 2, 0, 4], [50, 50, 48])
    ],
    "pairs": lambda answer: [
        answer(np.random.default_rng(n).normal(size=(n, 3))) for n in (2, 4, 8)
    ],
    "doubles": lambda answer: [answer(s) for s in (1e-5, 0.07, 0.5, 1.0)],
}
