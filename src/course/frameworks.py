"""Softmax regression and optimizers in Keras and PyTorch, beside the course's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Gradient = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of theta, on some rows


def softmax_gradients(
    theta: np.ndarray, x: np.ndarray, labels: np.ndarray
) -> list[tuple[float, np.ndarray]]:
    """Loss and gradient of softmax(x theta), by TensorFlow and by PyTorch."""
    import keras
    import tensorflow as tf
    import torch

    weights = tf.Variable(theta)
    with tf.GradientTape() as tape:
        each = keras.losses.sparse_categorical_crossentropy(labels, x @ weights, True)
        loss = tf.reduce_mean(each)
    tensor = torch.tensor(theta, requires_grad=True)
    logits, truth = torch.tensor(x) @ tensor, torch.tensor(labels)
    other = torch.nn.functional.cross_entropy(logits, truth)
    other.backward()
    assert tensor.grad is not None
    in_keras = float(loss), tape.gradient(loss, weights).numpy()
    return [in_keras, (other.item(), tensor.grad.numpy())]


def descend_keras(
    rule: Any, theta: np.ndarray, gradient: Gradient, batches: Iterable[np.ndarray]
) -> np.ndarray:
    """Where one of Keras's optimizers arrives from theta, a step for each batch."""
    import keras
    import tensorflow as tf

    weights = keras.Variable(theta, dtype="float64")
    for rows in batches:
        rule.apply([tf.constant(gradient(weights.numpy(), rows))], [weights])
    return weights.numpy()


def descend_torch(
    rule: Any, theta: np.ndarray, gradient: Gradient, batches: Iterable[np.ndarray]
) -> np.ndarray:
    """Where one of PyTorch's optimizers arrives; `rule` makes it of some tensors."""
    import torch

    weights = torch.tensor(theta)
    optimizer = rule([weights])
    for rows in batches:
        weights.grad = torch.tensor(gradient(weights.numpy(), rows))
        optimizer.step()
    return weights.numpy()
