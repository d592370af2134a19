"""The pieces of a neural network in NumPy, as the lessons build them.

Every activation works element by element on an array of any shape and keeps a
floating-point dtype. `d_name` is the derivative of `name` with respect to its input.
"""

from collections.abc import Callable
from math import pi, sqrt

import numpy as np
from scipy.special import erf

Array = np.ndarray


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), in (0, 1); no overflow for any x."""
    return np.exp(-np.logaddexp(0, -x))


def d_sigmoid(x: Array) -> Array:
    """Slope of the sigmoid: s (1 - s), at most 1/4."""
    return sigmoid(x) * sigmoid(-x)  # 1 - s(x) = s(-x), without cancellation


def tanh(x: Array) -> Array:
    """Hyperbolic tangent, in (-1, 1): a sigmoid stretched to both signs."""
    return np.tanh(x)


def d_tanh(x: Array) -> Array:
    """Slope of tanh: 1 - tanh², at most 1."""
    return 1 - np.tanh(x) ** 2


def relu(x: Array) -> Array:
    """Rectified linear unit max(x, 0) (Fukushima 1969; Nair & Hinton 2010)."""
    return np.maximum(x, 0)


def d_relu(x: Array) -> Array:
    """Slope of ReLU: 1 above zero, else 0; at zero itself 0, as the frameworks do."""
    return np.heaviside(x, 0)


def leaky_relu(x: Array, leak: float = 0.01) -> Array:
    """ReLU that lets the share `leak` of a negative x through (Maas et al. 2013)."""
    return np.where(x > 0, x, leak * x)


def d_leaky_relu(x: Array, leak: float = 0.01) -> Array:
    """Slope of leaky ReLU: 1 above zero, else `leak`."""
    return leak + (1 - leak) * np.heaviside(x, 0)


def gelu(x: Array) -> Array:
    """Gaussian error linear unit x Φ(x), exact (Hendrycks & Gimpel 2016)."""
    return x * normal_cdf(x)


def d_gelu(x: Array) -> Array:
    """Slope of the exact GELU: Φ(x) + x φ(x)."""
    return normal_cdf(x) + x * np.exp(-(x**2) / 2) / sqrt(2 * pi)


def gelu_tanh(x: Array) -> Array:
    """GELU approximated with tanh, equation 2 of Hendrycks & Gimpel (2016)."""
    return x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2


def softplus(x: Array) -> Array:
    """log(1 + e^x), a smooth ReLU whose slope is the sigmoid (Dugas et al. 2001)."""
    return np.logaddexp(0, x)


def logistic_loss(scores: Array, truth: Array) -> float:
    """Mean of log(1 + e^z) - y z: how surprising the truth is (Cox 1958).

    `scores` z and `truth` y, 0 or 1, are (samples,). This is -log of the share that
    the sigmoid gives to the right class, finite where that share rounds to 0.
    """
    return float(np.mean(np.logaddexp(0, scores) - truth * scores))


def d_logistic_loss(scores: Array, truth: Array) -> Array:
    """Slope of the logistic loss along each score, (samples,): (p - y) / samples."""
    return (sigmoid(scores) - truth) / len(scores)


def softmax(logits: Array) -> Array:
    """Shares e^z / Σ e^z along the last axis (Bridle 1990); no overflow.

    Shape (..., classes) in and out; each row of the result sums to 1.
    """
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_softmax(logits: Array) -> Array:
    """Logarithm of softmax along the last axis, finite where softmax itself is 0."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def d_softmax(logits: Array) -> Array:
    """All slopes ∂p_i / ∂z_j = p_i (δ_ij - p_j) of softmax for one row of logits.

    Shape (classes,) in, (classes, classes) out.
    """
    p = softmax(logits)
    return np.diag(p) - np.outer(p, p)


def normal_cdf(x: Array) -> Array:
    """Φ(x): the probability that a standard normal number is below x."""
    return (1 + erf(x / sqrt(2))) / 2


#: The element-wise activations that lesson 03 compares: name -> function, derivative.
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid": (sigmoid, d_sigmoid),
    "tanh": (tanh, d_tanh),
    "relu": (relu, d_relu),
    "leaky_relu": (leaky_relu, d_leaky_relu),
    "gelu": (gelu, d_gelu),
}
