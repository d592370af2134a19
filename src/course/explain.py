"""Explanations: what a network's score depends on, and what would change it.

A network maps a tensor (samples, ...) to scores (samples, classes), each sample by
itself: put one with batch normalisation or dropout into `eval` mode, on the CPU. Its
inputs `x` are NumPy arrays (samples, ...) of floats, `labels` (samples,) the class that
each sample is asked about; scores are logits, without unit.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

Network = Callable[[torch.Tensor], torch.Tensor]


def scores(network: Network, x: np.ndarray) -> np.ndarray:
    """The scores (samples, classes) of x (samples, ...), asked for 250 at a time."""
    with torch.no_grad():
        return torch.cat([network(part) for part in torch.tensor(x).split(250)]).numpy()


def slopes(network: Network, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How the score of its label grows with each input of a sample; the shape of x.

    Without its sign it is the saliency map of Simonyan, Vedaldi and Zisserman (2014),
    arXiv:1312.6034. Raises ValueError for a label of no class, or too few of them, and
    TypeError for an x that holds no floats.
    """
    return _slopes(network, x, labels, lambda z, y: z[torch.arange(len(z)), y].sum())


def integrated_gradients(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    baseline: float | np.ndarray = 0.0,
    steps: int = 64,
) -> np.ndarray:
    """The share of each input in the score's change on the way from a baseline to x.

    The shape of x; the sum over a sample is the score of its label at x less that at
    the baseline, but for an error of the sum over `steps` midpoints. Sundararajan, Taly
    and Yan (2017), arXiv:1703.01365. The baseline is a number or an array that fits x.
    Raises ValueError for less than one step, and the errors of `slopes`.
    """
    if steps < 1:
        raise ValueError(f"steps is {steps}, expected 1 or more: 64 are a good start.")
    _check(x, labels)
    change, total = x - np.asarray(baseline, x.dtype), np.zeros_like(x)
    for part in (np.arange(steps, dtype=x.dtype) + 0.5) / steps:
        total += slopes(network, x - (1 - part) * change, labels)
    return change * total / steps


def occlusion(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    size: int = 3,
    fill: float = 0.0,
) -> np.ndarray:
    """How much the score of its label falls where a square of an image is covered.

    x is (samples, channels, height, width); the result (samples, height - size + 1,
    width - size + 1) stands where the square's upper left corner does. Zeiler and
    Fergus (2014), arXiv:1311.2901. Raises ValueError for a square that does not fit,
    and the errors of `slopes`.
    """
    _check(x, labels)
    height, width = x.shape[2:]
    if not 1 <= size <= min(height, width):
        raise ValueError(
            f"size is {size}, expected 1 to {min(height, width)}: the square must fit "
            f"into images of {height} × {width}."
        )
    whole, rows = scores(network, x), np.arange(len(x))
    _check_classes(labels, whole.shape[1])
    falls = np.zeros((len(x), height - size + 1, width - size + 1), x.dtype)
    for row, column in np.ndindex(falls.shape[1:]):
        covered = x.copy()
        covered[:, :, row : row + size, column : column + size] = fill
        fall = whole - scores(network, covered)
        falls[:, row, column] = fall[rows, labels]
    return falls


def imagine(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    steps: int = 60,
    rate: float = 0.05,
) -> np.ndarray:
    """Images from 0 to 1 that score high for their labels, by ascent from those of x.

    x is (samples, channels, height, width), and so is the result. At each step the
    pixel of an image that matters most moves by `rate`. Erhan, Bengio, Courville and
    Vincent (2009), Visualizing higher-layer features of a deep network. Raises the
    errors of `slopes`.
    """
    for _ in range(steps):
        slope = slopes(network, x, labels)
        most = np.abs(slope).max(axis=(1, 2, 3), keepdims=True)
        x = np.clip(x + rate * slope / np.maximum(most, 1e-12), 0, 1)
    return x


def fgsm(
    network: Network, x: np.ndarray, labels: np.ndarray, epsilon: float
) -> np.ndarray:
    """x, each input of 0 to 1 moved by epsilon to where the loss of the labels grows.

    The fast gradient sign method of Goodfellow, Shlens and Szegedy (2015),
    arXiv:1412.6572. The loss is the cross-entropy. Raises the errors of `slopes`.
    """
    loss = partial(torch.nn.functional.cross_entropy, reduction="sum")
    slope = _slopes(network, x, labels, loss)
    return np.clip(x + epsilon * np.sign(slope), 0, 1).astype(x.dtype)


def permutation_importance(
    score: Callable[[np.ndarray], float],
    x: np.ndarray,
    columns: Sequence[int],
    rng: np.random.Generator,
    repeats: int = 10,
) -> float:
    """How much a score falls when columns of x (samples, features) are shuffled.

    The columns are shuffled together, which keeps what they share; the result is the
    mean over the repeats, in the unit of the score. Breiman (2001), Random forests.
    Raises IndexError for a column that x does not have.
    """
    copies = np.repeat(x[None], repeats, axis=0)
    for each in copies:
        each[:, columns] = x[rng.permutation(len(x))][:, columns]
    return float(score(x) - np.mean([score(each) for each in copies]))


def _slopes(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    value: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> np.ndarray:
    """The slopes at x of a value that is made of the scores and the labels."""
    _check(x, labels)
    z = torch.tensor(x, requires_grad=True)
    found = network(z)
    _check_classes(labels, found.shape[1])
    return torch.autograd.grad(value(found, torch.tensor(labels)), z)[0].numpy()


def _check(x: np.ndarray, labels: np.ndarray) -> None:
    if x.dtype.kind != "f":
        raise TypeError(
            f'x holds "{x.dtype}", expected floats: use x.astype("float32").'
        )
    if np.shape(labels) != (len(x),):
        raise ValueError(
            f"labels has shape {np.shape(labels)}, expected ({len(x)},): one class for "
            f"each of the {len(x)} samples."
        )


def _check_classes(labels: np.ndarray, classes: int) -> None:
    for label in labels:
        if not 0 <= label < classes:
            raise ValueError(
                f'there is no class "{label}", expected 0 to {classes - 1}: the '
                f"network gives {classes} scores."
            )
