"""The NumPy pieces against PyTorch, Keras, SciPy and finite differences."""

import numpy as np
import pytest
import torch
from scipy import special

from course import nn

X = np.linspace(-6, 6, 48)  # zero, where ReLU has no slope, is not among them
ORACLES = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": torch.nn.functional.leaky_relu,
    "gelu": torch.nn.functional.gelu,
}


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_activation_and_slope_equal_pytorch(name):
    function, slope = nn.ACTIVATIONS[name]
    x = torch.tensor(X, requires_grad=True)
    y = ORACLES[name](x)
    y.sum().backward()
    np.testing.assert_allclose(function(X), y.detach(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(slope(X), x.grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_slope_equals_finite_differences(name):
    function, slope = nn.ACTIVATIONS[name]
    step = 1e-5
    difference = (function(X + step) - function(X - step)) / (2 * step)
    np.testing.assert_allclose(slope(X), difference, atol=1e-9)


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_activation_equals_keras(name):
    import keras

    options = {"leaky_relu": {"negative_slope": 0.01}, "gelu": {"approximate": False}}
    theirs = getattr(keras.activations, name)(X, **options.get(name, {}))
    # TensorFlow keeps constants of these two in single precision
    tolerance = 1e-7 if name in options else 1e-12
    np.testing.assert_allclose(nn.ACTIVATIONS[name][0](X), theirs, atol=tolerance)


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activation_keeps_shape_and_dtype(name, dtype):
    x = X.astype(dtype).reshape(2, 4, 6)
    for function in nn.ACTIVATIONS[name]:
        assert function(x).shape == x.shape
        assert function(x).dtype == dtype


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_activation_survives_large_numbers(name):
    large = np.array([-1e4, -800.0, 800.0, 1e4])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for function in nn.ACTIVATIONS[name]:
            assert np.isfinite(function(large)).all()


def test_relu_has_slope_zero_at_zero_as_in_pytorch():
    x = torch.zeros(1, requires_grad=True)
    torch.relu(x).backward()
    assert nn.d_relu(np.zeros(1)) == x.grad.numpy() == 0


def test_gelu_tanh_equals_pytorch_and_is_only_near_gelu():
    theirs = torch.nn.functional.gelu(torch.tensor(X), approximate="tanh")
    np.testing.assert_allclose(nn.gelu_tanh(X), theirs, atol=1e-14)
    assert 1e-4 < np.abs(nn.gelu_tanh(X) - nn.gelu(X)).max() < 5e-4


def test_softplus_equals_pytorch_and_its_slope_is_the_sigmoid():
    x = torch.tensor(X, requires_grad=True)
    y = torch.nn.functional.softplus(x)
    y.sum().backward()
    np.testing.assert_allclose(nn.softplus(X), y.detach(), atol=1e-12)
    np.testing.assert_allclose(nn.sigmoid(X), x.grad, atol=1e-12)


@pytest.mark.parametrize("shift", [0, 1000, -1000])
def test_softmax_and_its_logarithm_equal_scipy(shift):
    logits = np.random.default_rng(0).normal(size=(3, 4, 5)) * 10 + shift
    np.testing.assert_allclose(
        nn.softmax(logits), special.softmax(logits, axis=-1), atol=1e-14
    )
    np.testing.assert_allclose(
        nn.log_softmax(logits), special.log_softmax(logits, axis=-1), atol=1e-10
    )


def test_softmax_rows_add_up_to_one_in_single_precision():
    shares = nn.softmax(np.array([[0, 1000], [3, 3]], dtype="float32"))
    assert shares.dtype == np.float32
    assert shares.tolist() == [[0, 1], [0.5, 0.5]]


def test_softmax_slopes_equal_pytorch():
    logits = np.array([0.5, -1.0, 2.0, 700.0])
    theirs = torch.autograd.functional.jacobian(
        lambda z: z.softmax(0), torch.tensor(logits)
    )
    np.testing.assert_allclose(nn.d_softmax(logits), theirs, atol=1e-15)


@pytest.mark.parametrize("truth", [0.0, 1.0, 0.3])
def test_logistic_loss_and_its_slopes_equal_pytorch_even_where_a_share_rounds(truth):
    z = np.append(X, [-800.0, 0.0, 800.0])
    y = np.full(len(z), truth)
    scores, t = torch.tensor(z, requires_grad=True), torch.tensor(y)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, t)
    loss.backward()
    np.testing.assert_allclose(nn.logistic_loss(z, y), loss.item(), rtol=1e-12)
    slopes = nn.d_logistic_loss(z, y)
    np.testing.assert_allclose(slopes, scores.grad, rtol=1e-12, atol=1e-15)


def test_logistic_loss_is_the_logarithm_of_the_share_of_the_right_class():
    z, y = np.array([2.0, -1.0]), np.array([1, 0])
    shares = nn.sigmoid(z)[0], 1 - nn.sigmoid(z)[1]
    assert nn.logistic_loss(z, y) == pytest.approx(-np.mean(np.log(shares)))
