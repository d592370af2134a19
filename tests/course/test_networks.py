"""Lists of layers become the same network in each framework, and learn."""

import joblib
import numpy as np
import pytest
import torch

from course import networks

SIGNALS = [("conv", 6, 5, 2, 1), ("relu",), ("flat",), ("dense", 2)]
MIXED = [("conv", 4, 3, 1, 1), ("norm",), ("relu",), ("pool", 2), ("mean",)]
PICTURES = [("conv2", 4, 3, 2, 1), ("norm2",), ("relu",), ("pool2", 2), ("flat",)]
RNG = np.random.default_rng(0)


def bumps(count=200):
    """Signals (samples, 1, 20) with a bump or a dip somewhere, and which it is."""
    y = RNG.integers(2, size=count)
    x = RNG.normal(0, 0.1, size=(count, 1, 20)).astype("float32")
    place = RNG.integers(17, size=count)
    for k in range(3):
        x[np.arange(count), 0, place + k] += np.where(y == 1, 1, -1)
    return x, y


@pytest.mark.parametrize(
    ("layers", "x"),
    [
        ([*MIXED, ("dense", 3)], RNG.normal(size=(5, 2, 12)).astype("float32")),
        ([*PICTURES, ("dense", 3)], RNG.normal(size=(5, 1, 8, 8)).astype("float32")),
    ],
)
def test_both_frameworks_build_the_same_shapes_from_a_list(layers, x):
    ours = networks.torch_network(layers)
    assert ours(torch.tensor(x)).shape == (5, 3)
    theirs = networks.keras_network(layers)
    assert theirs(np.moveaxis(x, 1, -1)).shape == (5, 3)
    sizes = [int(np.prod(w.shape)) for w in theirs.trainable_weights]
    assert sum(sizes) == sum(p.numel() for p in ours.parameters())


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_each_framework_learns_what_a_convolution_can(framework):
    settings = {"steps": 100, "learning_rate": 0.02, "batch_size": 20, "seed": 0}
    model = networks.train(SIGNALS, *bumps(), framework=framework, **settings)
    x, y = bumps()
    assert np.mean(model.predict(x) == y) == model.accuracy(x, y) > 0.9
    assert model.kernels.shape == (6, 1, 5)
    assert model.size == 6 * 5 + 6 + 6 * 9 * 2 + 2


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_each_framework_trains_a_line(framework):
    x, y = bumps()
    x[:, 0, 3] = np.where(y == 1, 2, -2)  # what a line can see
    settings = {"steps": 200, "learning_rate": 0.02, "batch_size": 20, "seed": 0}
    layers = [("flat",), ("dense", 2)]
    model = networks.train(layers, x, y, framework=framework, **settings)
    assert np.mean(model.predict(x) == y) > 0.95 and model.size == 20 * 2 + 2


def test_a_seed_gives_the_same_network_again():
    settings = {"steps": 20, "learning_rate": 0.02, "batch_size": 20}
    x, y = bumps()
    first, again, other = (
        networks.train(SIGNALS, x, y, seed=seed, **settings) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.kernels, again.kernels)
    assert not np.array_equal(first.kernels, other.kernels)


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_several_seeds_give_what_each_gives_alone(framework, monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 3)
    settings = {"steps": 20, "learning_rate": 0.02, "batch_size": 20}
    x, y = bumps()
    settings["framework"] = framework
    together = networks.train_seeds(SIGNALS, x, y, seeds=range(3), **settings)
    for seed, model in enumerate(together):
        alone = networks.train(SIGNALS, x, y, seed=seed, **settings)
        np.testing.assert_array_equal(model.kernels, alone.kernels)
        np.testing.assert_array_equal(model.predict(x), alone.predict(x))


def test_an_unknown_layer_or_framework_is_named():
    with pytest.raises(ValueError, match='no layer "convolve", expected one of conv'):
        networks.torch_network([("convolve", 3)])
    given = {"steps": 1, "learning_rate": 0.1, "seed": 0}
    with pytest.raises(ValueError, match='framework is "jax"'):
        networks.train(SIGNALS, *bumps(), framework="jax", **given)
    with pytest.raises(ValueError, match='not "conv" with'):
        networks.train(MIXED, *bumps(), framework="numpy", **given)
