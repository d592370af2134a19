"""Steps that are timed on one process and two, and what a larger batch learns."""

import numpy as np
import pytest
import torch

from course import parallel, scaling


@pytest.fixture(scope="module")
def seconds():
    return scaling.measure([(32, 32), (32, 1024)], rounds=2)


def test_each_point_has_three_times_of_a_step(seconds):
    assert seconds.shape == (2, 3)
    assert (seconds > 1e-5).all() and (seconds < 10).all()


def test_two_that_exchange_take_longer_than_two_that_do_not(seconds):
    assert (seconds[:, 1] > seconds[:, 2]).all()


def test_more_images_take_longer(seconds):
    assert seconds[1, 0] > 1.5 * seconds[0, 0]


@pytest.mark.parametrize("width", [1, 7, 32])
def test_the_weights_are_those_of_the_network(width):
    model = parallel.network((64, width, width, 10), seed=0)
    assert scaling.count(width) == sum(w.numel() for w in model.parameters())


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return rng.normal(size=(48, 5)), rng.integers(0, 10, 48)


def test_one_batch_of_all_is_gradient_descent_as_pytorch_does_it(samples):
    x, y = samples
    found = scaling.losses(x, y, batch=48, rates=[0.3], seeds=[4], epochs=3, hidden=6)
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(by_pytorch(x, y, seed=4), abs=1e-5)


def by_pytorch(x, y, seed):
    """The loss after three steps at 0.3, in the module's first weights."""
    draw = torch.Generator().manual_seed(seed)
    layers = [torch.nn.Linear(5, 6), torch.nn.Linear(6, 10)]
    for layer, shape in zip(layers, [(6, 6), (7, 10)], strict=True):
        drawn = (2 * torch.rand(shape, generator=draw) - 1) / shape[0] ** 0.5
        layer.weight.data, layer.bias.data = drawn[:-1].T.clone(), drawn[-1].clone()
    model = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    inputs, truth = torch.tensor(x).float(), torch.tensor(y)
    for _ in range(3):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), truth).backward()
        optimizer.step()
    return torch.nn.functional.cross_entropy(model(inputs), truth).item()


def test_each_rate_and_each_seed_is_a_training_of_its_own(samples):
    settings = {"batch": 16, "epochs": 2, "hidden": 6}
    both = scaling.losses(*samples, rates=[0.1, 0.5], seeds=[0, 1], **settings)
    one = scaling.losses(*samples, rates=[0.5], seeds=[1], **settings)
    assert both.shape == (2, 2)
    assert both[1, 1] == pytest.approx(one[0, 0], abs=1e-5)
    assert len(np.unique(both.round(6))) == 4
