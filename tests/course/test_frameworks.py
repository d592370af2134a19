"""What Keras and PyTorch are asked for, against finite differences and by hand."""

from functools import partial

import keras
import numpy as np
import torch

from course import frameworks

rng = np.random.default_rng(0)
X, LABELS = rng.normal(size=(6, 4)), np.array([0, 2, 1, 1, 0, 2])
THETA = rng.normal(size=(4, 3))


def loss(theta):
    logits = X @ theta
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[range(6), LABELS])


def test_both_frameworks_give_the_loss_and_its_slopes():
    slopes = np.zeros_like(THETA)
    for place in np.ndindex(THETA.shape):
        step = np.zeros_like(THETA)
        step[place] = 1e-6
        slopes[place] = (loss(THETA + step) - loss(THETA - step)) / 2e-6
    for value, gradient in frameworks.softmax_gradients(THETA, X, LABELS):
        np.testing.assert_allclose(value, loss(THETA), rtol=1e-12)
        np.testing.assert_allclose(gradient, slopes, atol=1e-8)


def test_the_optimizers_step_once_for_each_batch_by_its_gradient():
    batches = np.array([[0], [2], [1]])
    asked = []

    def gradient(theta, rows):
        asked.append((theta.copy(), rows.tolist()))
        return np.full_like(theta, float(rows[0]))

    in_keras = keras.optimizers.SGD(0.25)
    ends = [
        frameworks.descend_keras(in_keras, THETA, gradient, batches),
        frameworks.descend_torch(
            partial(torch.optim.SGD, lr=0.25), THETA, gradient, batches
        ),
    ]
    np.testing.assert_allclose(ends, [THETA - 0.75] * 2, rtol=1e-12)
    assert [rows for _, rows in asked] == [[0], [2], [1]] * 2
    np.testing.assert_allclose(asked[2][0], THETA - 0.5, rtol=1e-12)
