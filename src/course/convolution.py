"""Convolution, pooling and batch normalisation in NumPy, as lesson 08 builds them."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from course.nn import relu, softmax


def windows(x: np.ndarray, size: int, stride: int = 1) -> np.ndarray:
    """Every window of `size` neighbours: a view (batch, channels, positions, size)."""
    return sliding_window_view(x, size, axis=2)[:, :, ::stride]


def pad(x: np.ndarray, padding: int) -> np.ndarray:
    """Zeros at both ends of x (batch, channels, length)."""
    return np.pad(x, [(0, 0), (0, 0), (padding, padding)])


def conv1d(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: int = 1, padding: int = 0
) -> np.ndarray:
    """Slide the kernels w (out, in, size) over x (batch, in, length).

    Returns (batch, out, positions). As in the frameworks the kernel is not turned
    around: y_i = b + sum over k of w_k x_{i+k}.
    """
    view = windows(pad(x, padding), w.shape[2], stride)
    return np.einsum("ncps,ocs->nop", view, w, optimize=True) + b[:, None]


def d_conv1d(
    d: np.ndarray, x: np.ndarray, w: np.ndarray, stride: int = 1, padding: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The slopes of x, w and b, where d (batch, out, positions) is that of conv1d."""
    padded = pad(x, padding)
    view = windows(padded, w.shape[2], stride)
    d_w = np.einsum("nop,ncps->ocs", d, view, optimize=True)
    d_view = np.einsum("nop,ocs->ncps", d, w, optimize=True)
    d_x = np.zeros_like(padded)
    reach = stride * (d.shape[2] - 1) + 1
    for s in range(w.shape[2]):  # each input was in up to `size` windows
        d_x[:, :, s : s + reach : stride] += d_view[..., s]
    return d_x[:, :, padding : padding + x.shape[2]], d_w, d.sum(axis=(0, 2))


def conv2d(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Slide one kernel over one image (height, width), where it fits in whole."""
    return np.einsum("ijkl,kl->ij", sliding_window_view(image, kernel.shape), kernel)


def max_pool(x: np.ndarray, size: int) -> np.ndarray:
    """The largest of each `size` neighbours: (batch, channels, length // size)."""
    return windows(x, size, size).max(axis=3)


def batch_norm(
    x: np.ndarray, scale: np.ndarray, shift: np.ndarray, epsilon: float = 1e-5
) -> np.ndarray:
    """Mean 0 and variance 1 for each channel over the batch, then scale and shift.

    Ioffe and Szegedy (2015); x is (batch, channels, length), scale and shift
    (channels,). This is the form in training: with the statistics of the batch.
    """
    mean, variance = x.mean(axis=(0, 2)), x.var(axis=(0, 2))
    normal = (x - mean[:, None]) / np.sqrt(variance + epsilon)[:, None]
    return scale[:, None] * normal + shift[:, None]


def forward(weights: list[np.ndarray], x: np.ndarray) -> tuple[list, np.ndarray]:
    """The small network of lesson 08: convolutions of stride 2, then a dense layer.

    `weights` is w, b, w, b, ..., W, b. Returns what goes into each layer, and the
    scores (batch, classes).
    """
    values = [x]
    for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        values.append(relu(conv1d(values[-1], w, b, stride=2, padding=1)))
    W, b = weights[-2:]
    return values, values[-1].reshape(len(x), -1) @ W + b


def backward(
    weights: list[np.ndarray], values: list, scores: np.ndarray, y: np.ndarray
) -> list[np.ndarray]:
    """The slopes of the mean cross-entropy for y (batch,), in the order of weights."""
    truth = np.eye(scores.shape[1], dtype=scores.dtype)[y]
    d = (softmax(scores) - truth) / len(y)
    gradients = [values[-1].reshape(len(y), -1).T @ d, d.sum(axis=0)]
    d = (d @ weights[-2].T).reshape(values[-1].shape)
    for k in reversed(range(len(values) - 1)):
        d = d * (values[k + 1] > 0)
        d, d_w, d_b = d_conv1d(d, values[k], weights[2 * k], stride=2, padding=1)
        gradients = [d_w, d_b, *gradients]
    return gradients
