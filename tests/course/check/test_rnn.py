"""The exercises of lesson 09: answers that are wrong, right, and not attempted."""

import math

import numpy as np

from course import autograd, recurrent


def real(numbers):
    return (numbers != 0)[..., None]


def total_of(states, numbers):
    return (states * real(numbers)).sum(axis=1)


def one_by_one(states, numbers):
    rows = zip(states, numbers, strict=True)
    return np.array([state[number > 0].mean(axis=0) for state, number in rows])


def by_slices(states, numbers):
    """The padding stands at the end: the letters are the first ones."""
    lengths = np.count_nonzero(numbers, axis=1)
    rows = zip(states, lengths, strict=True)
    return [state[:length].sum(axis=0) / length for state, length in rows]


def by_product(states, numbers):
    share = real(numbers)[..., 0] / np.sum(numbers > 0, axis=1, keepdims=True)
    return np.einsum("btu,bt->bu", states, share)


def in_place(states, numbers):
    states[numbers == 0] = 0
    return states.sum(axis=1) / real(numbers).sum(axis=1)


def to_the_longest(states, numbers):
    return total_of(states, numbers) / real(numbers).sum(axis=1).max()


def norm_of(gradients):
    return math.sqrt(sum(float((g**2).sum()) for g in gradients))


def clipped(gradients, most):
    share = min(1.0, most / max(norm_of(gradients), 1e-300))
    return [share * g for g in gradients]


def by_one_row(gradients, most):
    row = np.concatenate([np.ravel(g) for g in gradients])
    row = row / max(1.0, np.linalg.norm(row) / most)
    ends = np.cumsum([np.size(g) for g in gradients])[:-1]
    parts = np.split(row, ends)
    return tuple(p.reshape(np.shape(g)) for p, g in zip(parts, gradients, strict=True))


def by_torch(gradients, most):
    import torch

    nodes = [torch.tensor(g, dtype=torch.float64) for g in gradients]
    for node in nodes:
        node.grad = node.clone()
    torch.nn.utils.clip_grad_norm_(nodes, most)
    return [node.grad for node in nodes]


def shares_of(gradients, most, norm):
    return [g * min(1, most / max(norm(gradients), 1e-300)) for g in gradients]


def multiplied_in_place(gradients, most):
    share = min(1.0, most / norm_of(gradients))
    for g in gradients:
        g *= share
    return gradients


def counted(hit, pairs):
    return np.bincount(hit, minlength=pairs)


def fullest(hit, pairs, top):
    return np.sort(counted(hit, pairs))[::-1][:top].sum() * pairs / (len(hit) * top)


def by_counting(hit, pairs, top):
    counts = sorted(list(hit).count(pair) for pair in range(pairs))
    return sum(counts[pairs - top :]) / len(hit) * pairs / top


def by_partition(hit, pairs, top):
    counts = np.zeros(pairs)
    np.add.at(counts, hit, 1)
    most = -np.partition(-counts, top - 1)[:top]
    return np.float32(most.sum() / counts.sum()) / (top / pairs)


def only_hit(hit, pairs, top):
    """Pairs that nothing fell on are forgotten in the number of pairs."""
    return fullest(hit, len(np.unique(hit)), min(top, len(np.unique(hit))))


WRONG = {
    "count": {
        "once a letter": 32 * 18_688,
        "no biases": 18_432,
        "one gate": 6_208,
        "PyTorch's": 18_816,
        "three biases": 18_624,
        "an LSTM's": 24_832,
        "an LSTM's in PyTorch": 25_088,
        "a list": [18_688],
        "the simple cell's": 6_209,
        "text": "18688",
        "infinite": float("inf"),
        "not a number": float("nan"),
        "units and inputs exchanged": 3 * (32 * 64 + 32 * 32) + 4 * 32,
    },
    "masked_mean": {
        "over all steps": lambda states, numbers: states.mean(axis=1),
        "divided by the length": lambda s, n: total_of(s, n) / s.shape[1],
        "the sum": total_of,
        "the last step": lambda states, numbers: states[:, -1],
        "the last letter": lambda s, n: s[range(len(s)), real(n).sum(axis=1)[:, 0] - 1],
        "over the units": lambda states, numbers: states.mean(axis=2),
        "by all letters": lambda s, n: total_of(s, n) / real(n).sum(),
        "to the longest": to_the_longest,
        "known letters only": lambda s, n: one_by_one(s, np.maximum(n - 1, 0)),
        "weighed by the number": lambda s, n: (
            np.einsum("btu,bt->bu", s, n) / n.sum(axis=1, keepdims=True)
        ),
        "in place": in_place,
        "the median": lambda s, n: np.array(
            [np.median(a[b > 0], axis=0) for a, b in zip(s, n, strict=True)]
        ),
        "of the first": lambda s, n: one_by_one(s, n)[0],
        "eight letters at most": lambda s, n: one_by_one(s[:, :8], n[:, :8]),
        "five units": lambda s, n: one_by_one(s, n)[:, :5],
        "letters below 30": lambda s, n: one_by_one(s, n * (n < 30)),
        "a hundred names": lambda s, n: one_by_one(s, n)[:100],
        "one row too few": lambda s, n: one_by_one(s, n)[:-1],
        "truncated": lambda s, n: one_by_one(s, n).astype(int),
        "nothing": lambda states, numbers: None,
    },
    "clip": {
        "each number": lambda g, most: [np.clip(a, -most, most) for a in g],
        "each array": lambda g, most: [clipped([a], most)[0] for a in g],
        "always": lambda g, most: [a * (most / norm_of(g)) for a in g],
        "never": lambda g, most: g,
        "the square": lambda g, most: shares_of(g, most, lambda a: norm_of(a) ** 2),
        "the largest": lambda g, most: shares_of(
            g, most, lambda arrays: max(np.abs(a).max() for a in arrays)
        ),
        "the sum of sizes": lambda g, most: shares_of(
            g, most, lambda arrays: sum(np.abs(a).sum() for a in arrays)
        ),
        "the sum of norms": lambda g, most: shares_of(
            g, most, lambda arrays: sum(norm_of([a]) for a in arrays)
        ),
        "of the first array": lambda g, most: shares_of(
            g, most, lambda arrays: norm_of(arrays[:1])
        ),
        "turned round": lambda g, most: [a * max(1, most / norm_of(g)) for a in g],
        "the share": lambda g, most: min(1, most / norm_of(g)),
        "dropped if long": lambda g, most: [a * (norm_of(g) <= most) for a in g],
        "in place": multiplied_in_place,
        "only one": lambda g, most: clipped(g, most)[0],
        "three arrays": lambda g, most: clipped(g[:3], most),
        "of the first three": lambda g, most: shares_of(
            g, most, lambda arrays: norm_of(arrays[:3])
        ),
        "flat arrays only": lambda g, most: [
            a * (a.ndim < 3) for a in clipped(g, most)
        ],
        "a bound of one at least": lambda g, most: clipped(g, max(most, 1)),
        "below a million": lambda g, most: clipped(g, most) if norm_of(g) < 1e6 else g,
        "one row": lambda g, most: np.concatenate(
            [a.ravel() for a in clipped(g, most)]
        ),
        "nothing": lambda gradients, most: None,
    },
    "backwards": {
        "forwards": (0.73, "better"),
        "the misconception": (0.558, "same"),
        "same": (0.25, "same"),
        "better": (0.25, "better"),
        "names out of order": (0.07, "worse"),
        "in percent": (25, "worse"),
        "another word": (0.25, "lower"),
        "of the bag": (0.558, "worse"),
        "nearly the bag's": (0.55, "worse"),
        "forwards, worse": (0.73, "worse"),
        "the mistakes": (0.75, "worse"),
        "not a number": (float("nan"), "worse"),
        "exchanged": ("worse", 0.25),
        "half": (0.5, "worse"),
    },
    "fullest": {
        "the part": lambda hit, pairs, top: fullest(hit, pairs, top) * top / pairs,
        "the emptiest": lambda hit, pairs, top: (
            np.sort(counted(hit, pairs))[:top].sum() / len(hit) / (top / pairs)
        ),
        "the first": lambda hit, pairs, top: (
            counted(hit, pairs)[:top].sum() / len(hit) / (top / pairs)
        ),
        "turned round": lambda hit, pairs, top: 1 / fullest(hit, pairs, top),
        "one more": lambda hit, pairs, top: (
            fullest(hit, pairs, min(top + 1, pairs)) * min(top + 1, pairs) / top
        ),
        "the fullest one": lambda hit, pairs, top: (
            counted(hit, pairs).max() / len(hit) * pairs
        ),
        "only those hit": only_hit,
        "the number": lambda hit, pairs, top: fullest(hit, pairs, top) * len(hit),
        "of ten": lambda hit, pairs, top: fullest(hit, pairs, min(10, pairs)),
        "eleven pairs": lambda hit, pairs, top: fullest(
            np.append(hit[hit < 11], 0), min(pairs, 11), min(top, 11)
        ),
        "up to thirteen pairs": lambda hit, pairs, top: (
            fullest(hit, pairs, top) if pairs < 14 else 2.05
        ),
        "up to 105 pairs": lambda hit, pairs, top: (
            fullest(hit, pairs, top) if pairs < 106 else 2.05
        ),
        "a hundred mistakes": lambda hit, pairs, top: fullest(hit[:100], pairs, top),
        "ten at most": lambda hit, pairs, top: (
            fullest(hit, pairs, min(top, 10)) * min(top, 10) / top
        ),
        "of 105": lambda hit, pairs, top: fullest(hit, 105, top),
        "two": lambda hit, pairs, top: 2.0,
        "the numbers of pairs": lambda hit, pairs, top: (
            np.sort(hit)[-top:].sum() / len(hit) / (top / pairs)
        ),
        "rounded": lambda hit, pairs, top: round(fullest(hit, pairs, top), 2),
        "nothing": lambda hit, pairs, top: None,
    },
}
RIGHT = {
    "count": [18_688, 3 * 97 * 64 + 64.0, np.int64(18_688), np.float32(18_688)],
    "masked_mean": [one_by_one, by_slices, by_product],
    "clip": [clipped, by_one_row, by_torch, lambda g, m: (a for a in clipped(g, m))],
    "backwards": [(0.25, "worse"), (np.float64(0.2), " Worse "), (0.31, "WORSE")],
    "fullest": [fullest, by_counting, by_partition],
}
SAYS = {
    "count": {"once a letter": "same ones", "no biases": "leaves out the biases"},
    "masked_mean": {
        "over all steps": "the padding is in it",
        "divided by the length": "still counted",
        "the sum": "divide by how many there are",
        "in place": "it changes states itself",
    },
    "clip": {
        "each number": "which turns the gradient",
        "each array": "the norm is that of all together",
        "always": "leave it as it is",
        "the square": "take the root",
        "in place": "it changes gradients itself",
    },
    "backwards": {
        "same": "depends on their order",
        "the misconception": "depends on their order",
        "of the bag": "bag of letters reaches",
        "forwards, worse": "written forwards",
    },
    "fullest": {
        "the part": "divide by their share",
        "the emptiest": "the emptiest pairs",
    },
}
STUBS = {
    "count": ...,
    "masked_mean": lambda states, numbers: ...,
    "clip": lambda gradients, most: ...,
    "backwards": (..., ...),
    "fullest": lambda hit, pairs, top: ...,
}

RNG = np.random.default_rng(0)
STATE = [RNG.normal(size=(3, 5)) for _ in range(2)]
INPUT = RNG.normal(size=(7, 3, 4))  # (time, batch, inputs)
GATES = [RNG.normal(size=(4, *shape)) for shape in [(4, 5), (5, 5), (5,)]]
# The lesson's definitions are compared with those of course.recurrent on these.
NEEDS = {"tanh": autograd.tanh, "sigmoid": recurrent.sigmoid}
ARGUMENTS = {
    "rnn_step": [INPUT[0], STATE[0], *GATES],
    "gru_step": [INPUT[0], STATE[0], *GATES],
    "lstm_step": [INPUT[0], STATE, *GATES],
    "unroll": [recurrent.gru_step, INPUT, STATE[0], *GATES],
}


def means(answer):
    """The masked means of names of several lengths, and what is left of the states."""
    rng, found = np.random.default_rng(5), []
    for names, length, units in [(3, 5, 4), (1, 1, 1), (6, 7, 2), (101, 9, 6)]:
        numbers = rng.integers(1, 60, (names, length))
        ends = rng.integers(1, length + 1, names)
        numbers[np.arange(length) >= ends[:, None]] = 0
        states = rng.normal(size=(names, length, units))
        found += [np.asarray(answer(states, numbers)), states]
    return found


def shortened(answer):
    """Gradients clipped to bounds below and above their norm; and what is left."""
    rng, found = np.random.default_rng(6), []
    for most in (0.3, 2.0, 1e8):
        for shapes in ([(3, 2), (4,), (1, 3), (2, 1, 2)], [(2,)], [(5,), (2, 2)]):
            size = 10 ** rng.uniform(-1, 7)
            gradients = [size * rng.normal(size=shape) for shape in shapes]
            clipped = list(answer(gradients, most))
            found += [*map(np.asarray, clipped), *gradients]
    return found


def times(answer):
    rng, found = np.random.default_rng(7), []
    for mistakes, pairs, top in [(40, 6, 2), (5, 9, 8), (1, 3, 1), (300, 110, 15)]:
        hit = rng.integers(rng.integers(1, pairs + 1), size=mistakes)
        found += [float(answer(hit, pairs, top)), hit]
    return [np.round(value, 5) for value in found]


PROBES = {"masked_mean": means, "clip": shortened, "fullest": times}
