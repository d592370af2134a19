"""The optimizers of lesson 04 in NumPy: rules that turn a gradient into a step.

A rule serves one array of parameters and remembers what it needs between steps. Its
`step(theta, gradient)` returns the new parameters and leaves both inputs as they are;
`learning_rate` may be changed between steps, as a schedule does.
"""

from collections.abc import Iterator

import numpy as np

Array = np.ndarray


class SGD:
    """Gradient descent: θ - rate g (Cauchy 1847; Robbins & Monro 1951)."""

    def __init__(self, learning_rate: float):
        self.learning_rate = learning_rate

    def step(self, theta: Array, gradient: Array) -> Array:
        """The parameters after one step, of the shape of `theta`."""
        return theta - self.learning_rate * gradient


class Momentum:
    """Heavy ball: v ← μ v + g, then θ - rate v (Polyak 1964), as in PyTorch.

    Keras keeps rate v instead: the same as long as the learning rate is constant.
    """

    def __init__(self, learning_rate: float, momentum: float = 0.9):
        self.learning_rate, self.momentum = learning_rate, momentum
        self.velocity: Array | float = 0.0

    def step(self, theta: Array, gradient: Array) -> Array:
        """The parameters after one step, of the shape of `theta`."""
        self.velocity = self.momentum * self.velocity + gradient
        return theta - self.learning_rate * self.velocity


class Nesterov(Momentum):
    """Momentum that steps by g + μ v, with v already renewed (Sutskever et al. 2013).

    The form with the gradient at θ itself, which PyTorch and Keras share.
    """

    def step(self, theta: Array, gradient: Array) -> Array:
        """The parameters after one step, of the shape of `theta`."""
        self.velocity = self.momentum * self.velocity + gradient
        ahead = gradient + self.momentum * self.velocity
        return theta - self.learning_rate * ahead


class RMSProp:
    """Step rate g / (√s + ε), where s averages g² (Hinton 2012), as in PyTorch.

    Keras divides by √(s + ε), so its `epsilon` is the square of this one.
    """

    def __init__(self, learning_rate: float, rho: float = 0.9, epsilon: float = 1e-8):
        self.learning_rate, self.rho, self.epsilon = learning_rate, rho, epsilon
        self.square: Array | float = 0.0

    def step(self, theta: Array, gradient: Array) -> Array:
        """The parameters after one step, of the shape of `theta`."""
        self.square = self.rho * self.square + (1 - self.rho) * gradient**2
        size = np.sqrt(self.square) + self.epsilon
        return theta - self.learning_rate * gradient / size


class Adam:
    """Adaptive moments, algorithm 1 of Kingma & Ba (2015), as in PyTorch.

    Keras follows the paper's faster form, whose ε is weaker by √(1 - β₂ᵗ) here.
    """

    def __init__(
        self,
        learning_rate: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta1, self.beta2 = beta1, beta2
        self.steps = 0
        self.mean: Array | float = 0.0
        self.square: Array | float = 0.0

    def step(self, theta: Array, gradient: Array) -> Array:
        """The parameters after one step, of the shape of `theta`."""
        self.steps += 1
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * gradient
        self.square = self.beta2 * self.square + (1 - self.beta2) * gradient**2
        mean = self.mean / (1 - self.beta1**self.steps)
        square = self.square / (1 - self.beta2**self.steps)
        return theta - self.learning_rate * mean / (np.sqrt(square) + self.epsilon)


def batches(n: int, size: int, rng: np.random.Generator) -> Iterator[Array]:
    """One epoch: the numbers 0 to n - 1 in random order, `size` at a time.

    Each occurs once; the last batch is smaller where `size` does not divide n.
    """
    order = rng.permutation(n)
    for start in range(0, n, size):
        yield order[start : start + size]


def cosine(progress: float) -> float:
    """The share of the learning rate at a progress in [0, 1]: 1 at first, 0 at last.

    Half a cosine wave (Loshchilov & Hutter 2017).
    """
    return (1 + np.cos(np.pi * progress)) / 2
