"""The exercises of lesson 15: what few bits, and few weights, take and cost."""

import tempfile
from functools import cache, partial
from pathlib import Path

import numpy as np

from course import compress
from course.check import (
    as_comparison,
    as_number,
    as_share,
    exercise,
    expect,
    expect_same,
    numbers,
)

ONE, MANY = 1, 256  # images in a batch
BITS = range(2, 9)  # each is asked for: few of the draws have two
_ROWS = np.array([[1.0, -0.37, 0.12, 0.81], [-50.0, 22.0, 6.1, -31.4]])
NOISE = 1.4  # two measurements on one machine may differ by this factor


@exercise(
    "Eight bits are one byte.",
    "rows × columns weights, and two float32 for each row: its scale and its bias.",
    "rows * columns * bits / 8 + 4 * rows + 4 * rows",
)
def layer_bytes(answer):
    """A function (rows, columns, bits) -> the bytes of a layer with scales."""
    expect_same(
        answer,
        _layer_bytes,
        _layers,
        cases=[
            {"rows": 256, "columns": 784, "bits": 8},
            *({"rows": 3, "columns": 5, "bits": bits} for bits in BITS),
        ],
        forms=(),
        mistakes={
            "that counts bits: eight of them are one byte.": (
                lambda rows, columns, bits: rows * columns * bits + 64 * rows
            ),
            "one scale is counted, but each row has its own.": (
                lambda rows, columns, bits: rows * columns * bits / 8 + 4 + 4 * rows
            ),
            "there is one float32 a row: are scales and biases both counted?": (
                lambda rows, columns, bits: rows * columns * bits / 8 + 4 * rows
            ),
            "the scales and biases are missing: two float32 for each row.": (
                lambda rows, columns, bits: rows * columns * bits / 8
            ),
            "scales and biases stay float32, of four bytes each.": (
                lambda rows, columns, bits: (rows * columns + 2 * rows) * bits / 8
            ),
            "keep the fraction: only the file as a whole is rounded to bytes.": (
                lambda rows, columns, bits: (
                    np.ceil(rows * columns * bits / 8) + 8 * rows
                )
            ),
            "a scale and a bias belong to a row, not to a column.": (
                lambda rows, columns, bits: rows * columns * bits / 8 + 8 * columns
            ),
        },
    )
    return "Scales for each row cost next to nothing beside the weights."


def _layer_bytes(rows, columns, bits):
    return rows * columns * bits / 8 + 8 * rows


def _layers(rng, size):
    columns = int(rng.integers(1, 100))
    return {"rows": size, "columns": columns, "bits": int(rng.integers(2, 33))}


@exercise(
    "np.abs(w).max(axis=1, keepdims=True) is the largest of each row.",
    "The largest of a row becomes 2 ** (bits - 1) - 1; a row of zeros takes any scale.",
    "Divide by the scales, round, and multiply by them again.",
)
def by_rows(answer):
    """A function (w, bits) -> the weights after a scale for each row."""
    expect_same(
        answer,
        _by_rows,
        _weights,
        cases=[
            {"w": np.array([[127.0, -3.3], [0.0, 0.0]]), "bits": 8},
            {"w": np.array([[-7, 3], [14, -6], [0, 0]]), "bits": 4},
            *({"w": _ROWS, "bits": bits} for bits in BITS),
        ],
        sizes=(4, 1, 2, 3, 10, 100),
        forms=("float32",),
        mistakes=ROUNDED_WRONG,
    )
    return "A unit with small weights keeps its digits beside one with large weights."


def _quantised(w, bits, size):
    step = np.where(size > 0, size, 1) / (2 ** (bits - 1) - 1)
    return np.round(w / step) * step


def _by_rows(w, bits):
    return np.round(w / _steps(w, bits)) * _steps(w, bits)


ROUNDED_WRONG = {
    "one scale serves all rows here: take the largest of each row.": (
        lambda w, bits: _quantised(w, bits, np.abs(w).max())
    ),
    "these are scales of the columns: a unit is a row.": (
        lambda w, bits: _quantised(w, bits, np.abs(w).max(axis=0, keepdims=True))
    ),
    "the scale follows the mean of a row: its largest weight needs room, too.": (
        lambda w, bits: _quantised(w, bits, np.abs(w).mean(axis=1, keepdims=True))
    ),
    "the largest number is taken without its sign: a row may be mostly negative.": (
        lambda w, bits: _quantised(w, bits, w.max(axis=1, keepdims=True))
    ),
    "these are the integers: multiply them by their scales.": (
        lambda w, bits: np.round(
            w
            * (2 ** (bits - 1) - 1)
            / np.maximum(np.abs(w).max(1, keepdims=True), 1e-9)
        )
    ),
    "the digits are cut off: round to the nearest integer.": (
        lambda w, bits: np.trunc(w / _steps(w, bits)) * _steps(w, bits)
    ),
}


def _steps(w, bits):
    size = np.abs(w).max(axis=1, keepdims=True)
    return np.where(size > 0, size, 1) / (2 ** (bits - 1) - 1)


def _weights(rng, size):
    """Rows of weights of their own sizes, none in the middle between two integers."""
    columns, bits = int(rng.integers(2, 9)), int(rng.integers(2, 9))
    most = 2 ** (bits - 1) - 1
    q = rng.integers(-most, most + 1, (size, columns))
    w = np.clip(q + rng.uniform(-0.4, 0.4, q.shape), -most, most)
    w[:, 0] = most * rng.choice([-1, 1], size)
    w = rng.permuted(w, axis=1) * np.exp(rng.uniform(-4, 4, (size, 1)))
    if size > 4:
        w[rng.integers(size)] = 0
    return {"w": w, "bits": bits}


@exercise(
    "Quantise each row of each layer with bits=2, as in exercise 2.",
    "changed(network, lambda w: by_rows(w, 2)) is a network with these weights.",
    "np.mean([accuracy(changed(n, lambda w: by_rows(w, 2))) for n in large])",
)
def two_bits(accuracy, conclusion):
    """Mean accuracy with two bits and scales of rows; then how it compares with one."""
    share, word = as_share(accuracy), as_comparison(conclusion)
    expect(
        word != "same",
        "one scale for all follows the largest weight of the layer, and most others "
        "become zero: compare the two accuracies.",
    )
    expect(
        share <= 0.35,
        f"{share:.2f} is about what more bits, or scales of columns, reach: was bits=2 "
        "used in every layer, with a scale for each row?",
    )
    expect(
        share >= 0.18,
        f"{share:.2f} is what one scale for the whole layer reaches, or less: take "
        "one for each row.",
    )
    expect(word == "better", "more letters are read: compare the two accuracies.")
    return "The same two bits: what differs is what they are multiplied by."


@exercise(
    "np.count_nonzero(w) weights are left.",
    "Each takes 4 bytes, and 4 more for its column.",
    "And where the rows begin: 4 bytes for each row, and 4 for the end.",
)
def csr_bytes(answer):
    """A function w -> the bytes of a matrix in the form CSR."""
    for share in (0.5, 0.0, 0.9):
        expect_same(
            answer,
            _csr_bytes,
            partial(_sparse, share=share),
            cases=[{"w": np.zeros((3, 5))}, {"w": np.array([[0.0, -1e-30], [2, 0]])}],
            forms=("integers", "float32"),
            mistakes={
                "the columns are missing: 4 bytes for each weight that is left.": (
                    lambda w: 4 * np.count_nonzero(w) + 4 * (len(w) + 1)
                ),
                "where the rows begin is missing: 4 bytes for each, and for the end.": (
                    lambda w: 8 * np.count_nonzero(w)
                ),
                "the end is missing: one more than there are rows.": (
                    lambda w: 8 * np.count_nonzero(w) + 4 * len(w)
                ),
                "the zeros are counted: only the other weights are stored.": (
                    lambda w: 8 * w.size + 4 * (len(w) + 1)
                ),
                "that is the full matrix, zeros and all.": lambda w: 4 * w.size,
            },
        )
    return (
        "Each weight that is left pays for its address: up to half of zeros it loses."
    )


def _csr_bytes(w):
    return 8 * np.count_nonzero(w) + 4 * (len(w) + 1)


def _sparse(rng, size, share):
    shape = size, int(rng.integers(1, 12))
    return {"w": numbers(rng, shape) * (rng.random(shape) >= share)}


@exercise(
    "compress.microseconds(f, g) measures two calls without arguments in turns.",
    "run(int8, images[:1]) is one of the calls, run(int8, images[:256]) another.",
    "The time in float32 divided by the time in int8, for each of the two batches.",
)
def pays(at_one, at_many):
    """How many times as fast int8 is as float32: with one image, and with 256."""
    names = ("the answer for one image", f"the answer for {MANY} images")
    got = [as_number(a, name) for a, name in zip((at_one, at_many), names, strict=True)]
    for each in got:
        expect(
            each > 0,
            f"{each:g} is no ratio of two times: divide float32's by int8's.",
        )
    found = [gains(ONE), gains(MANY)]
    turned = [1 / each for each in got]
    for other, words in (
        (got[::-1], "are the two batches exchanged?"),
        (turned, "that is int8's time divided by float32's: turn it around."),
    ):
        expect(_fits(got, found) or not _fits(other, found), words)
    for name, each, measured in zip(names, got, found, strict=True):
        near = _near(each, measured)
        expect(
            near or abs(each - 4) > 0.2,
            "a quarter of the bytes is not a quarter of the time: measure both.",
        )
        expect(
            near,
            f"{name}, {each:g}, is not what this machine shows now, within a factor of "
            f"{NOISE:g}: measure ONNX Runtime's float32 and int8 in turns, again.",
        )
    return "It is no fixed factor of the bits: the processor and the batch decide."


def gains(images: int) -> tuple[float, float]:
    """The least and the largest of three speed-ups of int8, measured now.

    The network has the shape of the lesson's, and weights drawn at random.
    """
    float32, int8 = _sessions()
    x = np.random.default_rng(0).random((images, 784), dtype=np.float32)
    pairs = [
        compress.microseconds(
            lambda: float32.run(None, {"x": x}), lambda: int8.run(None, {"x": x})
        )
        for _ in range(3)
    ]
    found = [single / short for single, short in pairs]
    return min(found), max(found)


def _near(got, found) -> bool:
    return found[0] / NOISE <= got <= found[1] * NOISE


def _fits(got, found) -> bool:
    return all(map(_near, got, found))


@cache
def _sessions():
    import torch

    from course import parallel

    with torch.random.fork_rng([]), tempfile.TemporaryDirectory() as folder:
        network = parallel.network((784, 256, 256, 10), seed=0).float()
        files = Path(folder, "float32.onnx"), Path(folder, "int8.onnx")
        compress.to_onnx(network, torch.rand(2, 784), files[0])
        compress.quantise_onnx(*files)
        return [compress.session(path) for path in files]
