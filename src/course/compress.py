"""Smaller networks: fewer bits, fewer weights, a teacher, and files of ONNX."""

from __future__ import annotations

import copy
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from course.optimizers import cosine

if TYPE_CHECKING:
    import torch
    from onnxruntime import InferenceSession

Change = Callable[[np.ndarray], np.ndarray]
BATCH = 100  # samples in a step of training


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


def changed(network: torch.nn.Sequential, change: Change) -> torch.nn.Sequential:
    """A copy of a network, with change(w) for the matrix w of each layer.

    Biases stay as they are.
    """
    import torch

    other = copy.deepcopy(network)
    for weight in other.parameters():
        if weight.dim() > 1:
            new = change(weight.detach().numpy())
            weight.data = torch.as_tensor(new, dtype=weight.dtype)
    return other


def train(network, x, target, *, epochs: int, seed: int, rate=1e-3, loss=None):
    """Train a network on tensors, x (samples, ...) and target; return it.

    Adam with batches of 100, and a learning rate that falls from `rate` to zero along a
    half cosine. The order of the samples follows from the seed. `loss` maps scores and
    targets to the mean over a batch; without one it is the cross-entropy with classes.
    """
    import torch

    network(x[:1])  # lazy layers take their sizes from it
    adam = torch.optim.Adam(network.parameters(), fused=True)
    order, steps = torch.Generator().manual_seed(seed), epochs * -(-len(x) // BATCH)
    batches = (
        rows
        for _ in range(epochs)
        for rows in torch.randperm(len(x), generator=order).split(BATCH)
    )
    for step, rows in enumerate(batches):
        error = (loss or torch.nn.functional.cross_entropy)(
            network(x[rows]), target[rows]
        )
        _descend(adam, error, rate * cosine(step / steps))
    return network


def students(x, target, loss, *, sizes, count: int, steps: int, seed: int, rate=0.01):
    """Train `count` small dense networks side by side; return what answers for all.

    That is a function x (samples, inputs) -> scores (count, samples, classes). Each
    network has its own first weights and its own batches of 100, drawn at random.
    Their weights are stacked, and one product serves all; Adam, rate and loss are
    those of `train`.
    """
    import torch

    rng = torch.Generator().manual_seed(seed)
    weights = [
        (2 * torch.rand(count, inputs + 1, outputs, generator=rng) - 1) / inputs**0.5
        for inputs, outputs in pairwise(sizes)
    ]
    adam = torch.optim.Adam([w.requires_grad_() for w in weights], fused=True)

    def answers(h):
        for number, w in enumerate(weights):
            h = torch.baddbmm(w[:, -1:], h.relu() if number else h, w[:, :-1])
        return h

    for step in range(steps):
        rows = torch.randint(len(x), (count, BATCH), generator=rng)
        scores = answers(x[rows])
        # times the count: the gradient of each is that of its own mean
        error = count * loss(scores.flatten(0, 1), target[rows].flatten(0, 1))
        _descend(adam, error, rate * cosine(step / steps))
    for w in weights:
        w.requires_grad_(False)
    return lambda x: answers(x.expand(count, -1, -1))


def _descend(adam, error, rate: float) -> None:
    """One step along the gradient of the error, at this rate."""
    adam.param_groups[0]["lr"] = rate
    adam.zero_grad()
    error.backward()
    adam.step()


def operations(call: Callable[[], object]) -> dict[str, float]:
    """The share of the time of each operation of PyTorch in a call, the largest first.

    `torch.profiler` takes the times, without gradients.
    """
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # its own log goes to stderr
    import torch

    with torch.no_grad(), torch.profiler.profile() as profile:
        call()
    own = {e.key: e.self_cpu_time_total for e in profile.key_averages()}
    ranked = sorted(own.items(), key=lambda pair: -pair[1])
    return {name: spent / sum(own.values()) for name, spent in ranked}


def microseconds(*calls: Callable[[], object], times: int = 40) -> list[float]:
    """How long each call takes: the quickest of so many, taken in turns.

    Other work on the machine only adds time, and in turns it meets all calls alike.
    """
    spent = np.empty((times, len(calls)))
    for each in spent:
        for number, call in enumerate(calls):
            begun = time.perf_counter()
            call()
            each[number] = time.perf_counter() - begun
    return [float(least) for least in 1e6 * spent.min(axis=0)]


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
