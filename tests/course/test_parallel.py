"""Workers with a part of the batch each, against one process that has it all."""

import numpy as np
import pytest
import torch

from course import parallel

SIZES = 6, 5, 3


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    return rng.normal(size=(8, 6)), rng.integers(0, 3, 8)


def alone(x, y, steps, seed):
    model = parallel.network(SIZES, seed)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(
            model(torch.tensor(x)), torch.tensor(y)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [weight.detach().numpy() for weight in model.parameters()]


def test_two_processes_end_with_the_weights_of_one(batch):
    got = parallel.train(SIZES, *batch, workers=2, steps=5, seed=1)
    whole, half = alone(*batch, 5, 1), alone(batch[0][:4], batch[1][:4], 5, 1)
    pairs = list(zip(got, whole, half, strict=True))
    assert all(np.allclose(g, w, rtol=0, atol=1e-12) for g, w, _ in pairs)
    assert max(np.abs(g - h).max() for g, _, h in pairs) > 1e-3


def test_unequal_parts_are_refused(batch):
    with pytest.raises(ValueError, match="8 samples for 3 workers, expected equal"):
        parallel.train(SIZES, *batch, workers=3, steps=1, seed=0)


@pytest.mark.parametrize(("workers", "numbers"), [(1, 5), (2, 6), (3, 7), (5, 3)])
def test_a_ring_brings_the_sum_to_all_and_sends_less_than_twice(workers, numbers):
    gradients = np.random.default_rng(workers).normal(size=(workers, numbers))
    sums, states = parallel.ring(gradients)
    assert np.allclose(sums, gradients.sum(axis=0), rtol=0, atol=1e-12)
    assert (sums == sums[0]).all() and (states[0] == gradients).all()
    arrived = (states[1:] != states[:-1]).sum(axis=2)  # a part for each, each step
    assert arrived.shape == (2 * (workers - 1), workers)
    assert (arrived <= -(-numbers // workers)).all()


def test_gloo_adds_up_as_the_ring_does():
    gradients = np.random.default_rng(0).normal(size=(3, 11))
    found = parallel.all_reduce(gradients)
    assert np.allclose(found, parallel.ring(gradients)[0], rtol=0, atol=1e-12)
    assert (found == found[0]).all()


def test_an_error_in_a_process_is_raised_here():
    with pytest.raises(Exception, match="negative dimensions are not allowed"):
        parallel.processes(np.zeros, 1, -1)
