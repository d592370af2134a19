"""Convolution and its companions, compared with PyTorch and Keras."""

import keras
import numpy as np
import pytest
import torch

from course import convolution
from course.nn import log_softmax

RNG = np.random.default_rng(0)
X, W, B = RNG.normal(size=(6, 3, 21)), RNG.normal(size=(4, 3, 5)), RNG.normal(size=4)


def in_torch(stride, padding):
    """Outputs, and the slopes of x, w and b for the loss sum(sin(outputs))."""
    x, w, b = (torch.tensor(a, requires_grad=True) for a in (X, W, B))
    out = torch.nn.functional.conv1d(x, w, b, stride, padding)
    out.sin().sum().backward()
    return [out.detach().numpy(), *(a.grad.numpy() for a in (x, w, b))]


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 4])
def test_conv1d_and_its_slopes_are_those_of_pytorch(stride, padding):
    out = convolution.conv1d(X, W, B, stride, padding)
    slopes = convolution.d_conv1d(np.cos(out), X, W, stride, padding)
    for ours, theirs in zip([out, *slopes], in_torch(stride, padding), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_conv1d_is_that_of_keras_with_the_channels_last():
    last, kernel = X.transpose(0, 2, 1), W.transpose(2, 1, 0)
    theirs = keras.ops.conv(last, kernel, strides=2, padding="valid") + B
    ours = convolution.conv1d(X, W, B, stride=2)
    np.testing.assert_allclose(ours.transpose(0, 2, 1), theirs, rtol=1e-10)


def test_pooling_and_norm_are_those_of_keras():
    last, (scale, shift) = X.transpose(0, 2, 1), RNG.normal(size=(2, 3))
    pooled = np.transpose(keras.ops.max_pool(last, 2), (0, 2, 1))
    np.testing.assert_array_equal(convolution.max_pool(X, 2), pooled)
    layer = keras.layers.BatchNormalization(epsilon=1e-5, dtype="float64")
    layer.build(last.shape)
    layer.set_weights([scale, shift, np.zeros(3), np.ones(3)])
    theirs = np.transpose(layer(last, training=True), (0, 2, 1))
    np.testing.assert_allclose(convolution.batch_norm(X, scale, shift), theirs, 1e-10)


def test_float32_stays_float32_and_agrees_to_single_precision():
    x, w, b = (a.astype("float32") for a in (X, W, B))
    out = convolution.conv1d(x, w, b, stride=2, padding=1)
    slopes = convolution.d_conv1d(np.cos(out), x, w, stride=2, padding=1)
    for ours, theirs in zip([out, *slopes], in_torch(2, 1), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


def test_conv2d_is_that_of_pytorch():
    image, kernel = X[0], W[0, :2, :4]
    tensors = torch.tensor(image)[None, None], torch.tensor(kernel)[None, None]
    theirs = torch.nn.functional.conv2d(*tensors)[0, 0]
    np.testing.assert_allclose(convolution.conv2d(image, kernel), theirs, rtol=1e-10)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_max_pool_drops_what_is_left_over_as_pytorch_does(size):
    theirs = torch.nn.functional.max_pool1d(torch.tensor(X), size)
    np.testing.assert_array_equal(convolution.max_pool(X, size), theirs)


def test_batch_norm_is_that_of_pytorch_in_training():
    scale, shift = torch.tensor(RNG.normal(size=(2, 3)))
    theirs = torch.nn.functional.batch_norm(
        torch.tensor(X), None, None, scale, shift, training=True
    )
    ours = convolution.batch_norm(X, scale.numpy(), shift.numpy())
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


def test_the_small_network_has_the_slopes_of_finite_differences():
    shapes = [(4, 3, 5), (4,), (5, 4, 3), (5,), (25, 10), (10,)]
    weights, y = [RNG.normal(size=s) for s in shapes], np.array([1, 9, 4, 4, 0, 2])

    def loss():
        scores = convolution.forward(weights, X)[1]
        return -log_softmax(scores)[np.arange(6), y].mean()

    slopes = convolution.backward(weights, *convolution.forward(weights, X), y)
    for w, slope in zip(weights, slopes, strict=True):
        place = tuple(RNG.integers(w.shape))
        w[place] += 1e-6
        up = loss()
        w[place] -= 2e-6
        down = loss()
        w[place] += 1e-6
        assert slope[place] == pytest.approx((up - down) / 2e-6, abs=1e-6)
