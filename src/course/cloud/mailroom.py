"""The files of a mail room: a model, the labels it learned, today's letters."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


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
    arrays, packed = io.BytesIO(), io.BytesIO()
    np.savez(arrays, allow_pickle=False, **weights)
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in (
            ("weights.npz", arrays.getvalue()),
            ("code/inference.py", script.read_bytes()),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


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
