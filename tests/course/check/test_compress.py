"""The exercises of lesson 15: answers that are wrong, right, and not attempted."""

import numpy as np
import pytest
import torch
from scipy import sparse

from course.check import compress as check


def top(bits):
    return 2 ** (bits - 1) - 1


def rounded(w, bits, size, how=np.round):
    step = np.where(size > 0, size, 1) / top(bits)
    return how(w / step) * step


def rows(w):
    return np.abs(w).max(axis=1, keepdims=True)


def one_by_one(w, bits):
    out = np.zeros(np.shape(w))
    for k, row in enumerate(w):
        if row.any():
            out[k] = (
                np.round(row / max(abs(row)) * top(bits)) * max(abs(row)) / top(bits)
            )
    return out


def by_torch(w, bits):
    w = torch.tensor(w).double()
    step = w.abs().amax(1).clamp(min=1e-300) / top(bits)
    return torch.round(w / step[:, None]) * step[:, None]


def up_from_half(w, bits):
    return rounded(w, bits, rows(w), lambda each: np.floor(each + 0.5))


def never_by_zero(w, bits):
    step = (rows(w) + 1e-12) / top(bits)
    return np.round(w / step) * step


def clipped_to_the_mean(w, bits):
    step = np.abs(w).mean(axis=1, keepdims=True) / top(bits)
    step = np.where(step > 0, step, 1)
    return np.clip(np.round(w / step), -top(bits), top(bits)) * step


def in_place(w, bits):
    w[:] = rounded(w, bits, rows(w))
    return w


def by_scipy(w):
    form = sparse.csr_array(np.asarray(w, dtype=np.float32))
    exact = sparse.csr_array(np.asarray(w) != 0)
    return 4 * exact.nnz + 4 * exact.nnz + 4 * len(form.indptr)


def by_counting(w):
    return sum(8 for row in w for each in row if each != 0) + 4 * len(w) + 4


def full(w):
    return 8 * np.count_nonzero(w) + 4 * (len(w) + 1)


class Gain:
    """How many times as fast int8 is here, measured when it is asked for."""

    def __init__(self, images, factor=1.0):
        self.images, self.factor = images, factor

    def __float__(self):
        return self.factor * float(np.mean(check.gains(self.images)))

    def __array__(self, dtype=None, copy=None):
        return np.array(float(self), dtype or float)


WRONG = {
    "layer_bytes": {
        "bits": lambda r, c, b: r * c * b + 64 * r,
        "one scale": lambda r, c, b: r * c * b / 8 + 4 + 4 * r,
        "no biases": lambda r, c, b: r * c * b / 8 + 4 * r,
        "weights only": lambda r, c, b: r * c * b / 8,
        "all in few bits": lambda r, c, b: (r * c + 2 * r) * b / 8,
        "by columns": lambda r, c, b: r * c * b / 8 + 8 * c,
        "scales of columns": lambda r, c, b: r * c * b / 8 + 4 * c + 4 * r,
        "whole bytes": lambda r, c, b: r * c * (b // 8) + 8 * r,
        "float32": lambda r, c, b: 4 * r * c + 8 * r,
        "eight bits": lambda r, c, b: r * c + 8 * r,
        "but for two bits": lambda r, c, b: r * c * max(b, 3) / 8 + 8 * r,
        "rows padded": lambda r, c, b: r * -(-c * b // 8) + 8 * r,
        "rounded up": lambda r, c, b: -(-r * c * b // 8) + 8 * r,
        "kilobytes": lambda r, c, b: (r * c * b / 8 + 8 * r) / 1000,
        "the lesson's": lambda r, c, b: 256 * 784 + 8 * 256,
        "nothing": lambda r, c, b: None,
    },
    "by_rows": {
        "one scale": lambda w, bits: rounded(w, bits, np.abs(w).max()),
        "columns": lambda w, bits: rounded(w, bits, np.abs(w).max(0, keepdims=True)),
        "the mean": lambda w, bits: rounded(
            w, bits, np.abs(w).mean(axis=1, keepdims=True)
        ),
        "the mean, clipped": clipped_to_the_mean,
        "without sign": lambda w, bits: rounded(w, bits, w.max(axis=1, keepdims=True)),
        "the integers": lambda w, bits: np.round(
            w * top(bits) / np.maximum(rows(w), 1e-9)
        ),
        "cut off": lambda w, bits: rounded(w, bits, rows(w), np.trunc),
        "floor": lambda w, bits: rounded(w, bits, rows(w), np.floor),
        "a bit more": lambda w, bits: rounded(w, bits + 1, rows(w)),
        "eight bits": lambda w, bits: rounded(w, 8, rows(w)),
        "unchanged": lambda w, bits: w,
        "nan for zeros": lambda w, bits: (
            np.round(w / rows(w) * top(bits)) * rows(w) / top(bits)
        ),
        "2 ** (bits - 1)": lambda w, bits: (
            np.round(w / np.maximum(rows(w), 1e-9) * 2 ** (bits - 1))
            * (rows(w) / 2 ** (bits - 1))
        ),
        "at least three bits": lambda w, bits: rounded(w, max(bits, 3), rows(w)),
        "at most seven bits": lambda w, bits: rounded(w, min(bits, 7), rows(w)),
        "rounded up": lambda w, bits: rounded(w, bits, rows(w), np.ceil),
        "the first row's": lambda w, bits: rounded(w, bits, rows(w)[:1]),
        "zero rows dropped": lambda w, bits: rounded(
            w[w.any(axis=1)], bits, rows(w[w.any(axis=1)])
        ),
        "half precision": lambda w, bits: np.float16(rounded(w, bits, rows(w))),
        "in place": in_place,
        "nothing": lambda w, bits: None,
    },
    "two_bits": {
        "the misconception": (0.13, "same"),
        "one scale": (0.14, "better"),
        "three bits": (0.76, "better"),
        "columns": (0.41, "better"),
        "worse": (0.25, "worse"),
        "the same": (0.25, "same"),
        "guessing": (0.1, "better"),
        "eight bits": (0.81, "better"),
        "per cent": (25, "better"),
        "a word": ("much", "better"),
        "no word": (0.25, "yes"),
    },
    "csr_bytes": {
        "no columns": lambda w: 4 * np.count_nonzero(w) + 4 * (len(w) + 1),
        "no rows": lambda w: 8 * np.count_nonzero(w),
        "no end": lambda w: 8 * np.count_nonzero(w) + 4 * len(w),
        "with zeros": lambda w: 8 * w.size + 4 * (len(w) + 1),
        "the full matrix": lambda w: 4 * w.size,
        "only the positive": lambda w: 8 * np.sum(w > 0) + 4 * (len(w) + 1),
        "nearly zero": lambda w: 8 * np.sum(np.abs(w) > 1e-12) + 4 * (len(w) + 1),
        "only the large": lambda w: 8 * np.sum(np.abs(w) > 1e-6) + 4 * (len(w) + 1),
        "columns for rows": lambda w: 8 * np.count_nonzero(w) + 4 * (w.shape[1] + 1),
        "the zeros": lambda w: 8 * np.sum(w == 0) + 4 * (len(w) + 1),
        "full rows only": lambda w: (
            8 * np.count_nonzero(w) + 4 * (np.sum(np.any(w, axis=1)) + 1)
        ),
        "each value once": lambda w: 8 * len(np.unique(w)) + 4 * (len(w) + 1),
        "the smaller of both": lambda w: min(full(w), 4 * np.size(w)),
        "wide": lambda w: 12 * np.count_nonzero(w) + 4 * (len(w) + 1),
        "nothing": lambda w: None,
    },
    "pays": {
        "the misconception": (4.0, 4.0),
        "bits": (32.0, 8.0),
        "twice what it is": (Gain(1, 2), Gain(256)),
        "half of what it is": (Gain(1), Gain(256, 0.5)),
        "both doubled": (Gain(1, 2), Gain(256, 2)),
        "per cent": (Gain(1, 100), Gain(256, 100)),
        "none at one": (0.0, Gain(256)),
        "negative": (Gain(1), -2.5),
        "nan": (Gain(1), float("nan")),
        "infinite": (float("inf"), Gain(256)),
        "microseconds": (Gain(1), [5.2, 1.9]),
        "a word": ("faster", "faster"),
        "nothing": (None, None),
    },
}

RIGHT = {
    "layer_bytes": [
        lambda r, c, b: r * (c * b / 8 + 8),
        lambda r, c, b: (r * c * b + 2 * 32 * r) / 8,
        lambda rows, columns, bits: np.float64(rows) * columns * bits / 8 + 8 * rows,
    ],
    "by_rows": [one_by_one, by_torch, up_from_half, never_by_zero],
    "two_bits": [(0.25, "better"), (np.float32(0.3), "Better "), (0.22, "better")],
    "csr_bytes": [by_scipy, by_counting, lambda w: np.float64(full(w))],
    "pays": [(Gain(1), Gain(256)), (Gain(1, 0.9), Gain(256, 1.1))],
}

SAYS = {
    "layer_bytes": {
        "bits": "eight of them are one byte",
        "one scale": "each row has its own",
        "no biases": "both counted",
        "weights only": "are missing",
        "by columns": "not to a column",
        "rounded up": "keep the fraction",
    },
    "by_rows": {
        "one scale": "the largest of each row",
        "columns": "a unit is a row",
        "the mean": "follows the mean",
        "the integers": "multiply them",
        "cut off": "round to the nearest",
    },
    "two_bits": {
        "the misconception": "most others become zero",
        "one scale": "one for each row",
        "three bits": "bits=2",
        "columns": "scales of columns",
        "worse": "more letters are read",
    },
    "csr_bytes": {
        "no columns": "the columns are missing",
        "no rows": "where the rows begin",
        "no end": "the end is missing",
        "with zeros": "the zeros are counted",
    },
    "pays": {
        "the misconception": "a quarter of the bytes",
        "negative": "no ratio of two times",
        "both doubled": "what this machine shows now",
    },
}

STUBS = {
    "layer_bytes": lambda rows, columns, bits: ...,
    "by_rows": lambda w, bits: ...,
    "two_bits": (..., ...),
    "csr_bytes": lambda w: ...,
    "pays": (..., ...),
}

# The lesson's definitions are compared with those of course.compress on these.
NEEDS = {"np": np, "torch": torch}
MATRIX = np.random.default_rng(0).normal(size=(4, 3))
SCORES = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]])
ARGUMENTS = {
    "quantise": [MATRIX],
    "prune": [MATRIX, 0.5],
    "soft_loss": [SCORES, SCORES.flip(0), 2.0],
}


def rounded_by(answer):
    """What it gives for rows of other sizes, a row of zeros, and other bits."""
    w = np.array([[1.0, -0.37, 0.1], [-50.0, 22.0, 6.1], [0.0, 0.0, 0.0]])
    return [answer(w, 3), answer(w[:1, :2], 8), answer(w[1:2], 2)]


PROBES = {
    "layer_bytes": lambda answer: [
        answer(*a) for a in ((5, 7, 8), (1, 3, 4), (3, 5, 2))
    ],
    "by_rows": rounded_by,
    "csr_bytes": lambda answer: [
        answer(np.array(w))
        for w in ([[1.0, 0.0, -2.0]], [[0.0], [1e-30], [3.0], [-1.0]], [[0.0, 0.0]])
    ],
}


@pytest.fixture
def machine(monkeypatch):
    """A machine on which int8 is so many times as fast, with one image and with 256."""

    def shows(one, many):
        found = {check.ONE: (one, one), check.MANY: (many, many)}
        monkeypatch.setattr(check, "gains", found.__getitem__)

    return shows


@pytest.mark.parametrize(
    ("shown", "answer", "told"),
    [
        ((1.3, 2.9), (1.3, 2.9), "correct"),
        ((0.6, 0.7), (0.6, 0.7), "correct"),  # a processor without int8
        ((3.9, 4.1), (4, 4), "correct"),  # one on which it is as many as the bytes
        ((1.3, 2.9), (1.7, 3.8), "correct"),
        ((1.3, 2.9), (1.9, 2.9), "for one image, 1.9"),
        ((1.3, 2.9), (2.9, 1.3), "exchanged"),
        ((1.3, 2.9), (1 / 1.3, 1 / 2.9), "turn it around"),
        ((1.3, 2.9), (1.3, 4.1), "a quarter of the bytes"),
        ((1.3, 2.9), (4, 2.9), "a quarter of the bytes"),
        ((0.6, 0.7), (1.3, 2.9), "what this machine shows"),
    ],
)
def test_what_another_machine_shows_is_right_there(
    machine, capsys, shown, answer, told
):
    machine(*shown)
    check.pays(*answer)
    printed = capsys.readouterr().out
    assert told in printed and printed.startswith("✓") == (told == "correct")
