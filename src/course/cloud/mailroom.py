"""The files of a mail room: a model, the labels it learned, today's letters."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from course.packages import tarred


def files(
    weights: Mapping[str, np.ndarray],
    labels: np.ndarray,
    letters: np.ndarray,
    script: Path,
) -> dict[str, bytes]:
    """Return files by name: the model as SageMaker takes it, labels, and `in/K.json`.

    `script` answers for the model, as its `code/inference.py`. `letters` are (n, 196).
    """
    stored = io.BytesIO()
    np.save(stored, labels)
    named = {
        "model/model.tar.gz": _packed(weights, script),
        "train/labels.npy": stored.getvalue(),
    }
    for number, letter in enumerate(letters):
        named[f"in/{number}.json"] = json.dumps([letter.tolist()]).encode()
    return named


def _packed(weights: Mapping[str, np.ndarray], script: Path) -> bytes:
    np.savez(arrays := io.BytesIO(), allow_pickle=False, **weights)
    held = {"weights.npz": arrays.getvalue(), "code/inference.py": script.read_bytes()}
    return gzip.compress(tarred(held))


def bodies(letter: list[float]) -> dict[str, str]:
    """Return requests in JSON by what is strange in them, the first as it should be."""
    return {
        "a letter": json.dumps([letter]),
        "pixels to 255": json.dumps([[255 * pixel for pixel in letter]]),
        "not a number": json.dumps([[float("nan"), *letter[1:]]]),
        "1e999": json.dumps([[0.5, *letter[1:]]]).replace("0.5", "1e999", 1),
        "one pixel more": json.dumps([[*letter, 0]]),
        "a thousand": json.dumps([[1] * len(letter)] * 1000),
        "30,000 brackets": "[" * 30_000,
    }
