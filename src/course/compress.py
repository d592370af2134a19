"""Smaller networks: fewer bits, fewer weights, a teacher, and files of ONNX."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from onnxruntime import InferenceSession


def quantise(w: np.ndarray, bits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Integers of the shape of w, and the scale that turns them back: w ≈ q * scale.

    The largest |w| becomes 2^(bits - 1) - 1, and zero stays zero (symmetric, one scale
    for all, as in Jacob et al. 2018). No number is off by more than scale / 2. Raises
    ValueError for bits outside 2 to 8 and for weights that are not finite.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"bits is {bits!r}, expected 2 to 8: an int8 holds no more.")
    w = np.asarray(w)
    if not np.isfinite(w).all():
        raise ValueError("w holds nan or inf, expected finite weights: train again.")
    most = 2 ** (bits - 1) - 1
    largest = np.abs(w).max(initial=0)
    scale = np.where(largest > 0, largest, 1) / most  # zeros stay zeros
    return np.round(w / scale).astype(np.int8), scale


def prune(w: np.ndarray, share: float) -> np.ndarray:
    """A copy of w whose smallest `share` by magnitude is zero (Han et al. 2015).

    The number of zeros is rounded; ties fall in the order of the array. Raises
    ValueError for a share outside 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share!r}, expected 0 to 1: the part to set to 0.")
    pruned = np.array(w)
    order = np.argsort(np.abs(pruned), axis=None, kind="stable")
    pruned.flat[order[: round(share * pruned.size)]] = 0
    return pruned


def soft_loss(
    student: torch.Tensor, teacher: torch.Tensor, temperature: float
) -> torch.Tensor:
    """The cross-entropy of two networks' softened answers, of Hinton et al. (2015).

    Both are logits (samples, classes). The square of the temperature keeps gradients
    of one size. Raises ValueError for a temperature that is not positive.
    """
    if not temperature > 0:
        raise ValueError(
            f"temperature is {temperature!r}, expected above 0: 1 changes nothing."
        )
    target = (teacher / temperature).softmax(dim=-1)
    logs = (student / temperature).log_softmax(dim=-1)
    return -(target * logs).sum(dim=-1).mean() * temperature**2


def to_onnx(network: torch.nn.Module, example: torch.Tensor, path: Path) -> int:
    """Write a network as one ONNX file for any number of samples; return its bytes.

    `example` is (samples, ...), at least two; the input is called x and the output
    scores. Raises ValueError for fewer samples, since one would be taken for a fixed 1.
    """
    import torch

    if len(example) < 2:
        raise ValueError(
            f"example has {len(example)} samples, expected at least two: one would "
            "be taken for a fixed size."
        )
    batch = torch.export.Dim("batch")
    names: dict[str, Any] = {"input_names": ["x"], "output_names": ["scores"]}
    with _quiet():
        torch.onnx.export(
            network.eval(),
            (example,),
            path,
            dynamic_shapes=({0: batch},),
            external_data=False,  # the weights stand in the same file
            verbose=False,
            **names,
        )
    return path.stat().st_size


def quantise_onnx(path: Path, target: Path) -> int:
    """Write an ONNX file again with int8 weights; return its bytes.

    What flows between the layers becomes uint8 while it runs, with a scale of each
    batch: dynamic quantisation.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _quiet():
        quantize_dynamic(path, target, weight_type=QuantType.QInt8)
    return target.stat().st_size


def session(path: Path) -> InferenceSession:
    """ONNX Runtime with one file on one thread: `run(None, {"x": x})[0]` answers."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(os.fspath(path), options, providers=providers)


@contextmanager
def _quiet() -> Iterator[None]:
    """Exporters talk of packages that nothing here needs."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            open(os.devnull, "w") as nowhere,
            redirect_stdout(nowhere),
        ):
            yield
    finally:
        logging.disable(before)
