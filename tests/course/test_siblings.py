"""Networks side by side are networks alone, and learn."""

import numpy as np
import pytest
import torch

from course import siblings


@pytest.fixture(scope="module")
def task():
    """Images (2, 300, 196) of two networks; the label is whether a block is lit."""
    rng = np.random.default_rng(0)
    y = torch.tensor(rng.integers(0, 2, (2, 300)))
    x = torch.tensor(rng.random((2, 300, 196)), dtype=torch.float32)
    x[..., :98] += y[..., None]
    return x, y


def test_scores_and_losses_are_those_of_torch(task):
    x, y = task
    w = siblings.started(2, torch.Generator().manual_seed(1))
    for k in range(2):
        hidden = torch.nn.functional.linear(x[k], w[0][k].T, w[1][k, 0])
        out = torch.nn.functional.linear(hidden.relu(), w[2][k].T, w[3][k, 0])
        loss = torch.nn.functional.cross_entropy(out, y[k], reduction="none")
        torch.testing.assert_close(siblings.scores(w, x)[k], out)
        torch.testing.assert_close(siblings.losses(w, x, y)[k], loss)
    assert siblings.losses(w, x[0], y[0]).shape == (2, 300)


def test_they_learn_and_none_learns_from_the_other(task):
    x, y = task
    alone = siblings.train(x, y, 3, steps=60)
    assert (siblings.scores(alone, x).argmax(-1) == y).float().mean() > 0.95
    other = siblings.train(torch.stack([x[0], x[1] * 0]), y, 3, steps=60)
    torch.testing.assert_close(alone[0][0], other[0][0])
    assert not torch.allclose(alone[0][1], other[0][1])


def test_labels_and_certain_probabilities_are_the_same_target(task):
    x, y = task
    one = siblings.train(x, y, 5, steps=5)
    two = siblings.train(x, torch.eye(10)[y], 5, steps=5)
    torch.testing.assert_close(one, two)


def test_noise_is_added_and_each_step_is_told(task):
    x, y = task
    seen = []
    watch = lambda step, w: seen.append((step, w[0].clone()))  # noqa: E731
    noisy = siblings.train(x, y, 5, steps=4, noise=0.5, watch=watch)
    assert [step for step, _ in seen] == [1, 2, 3, 4]
    torch.testing.assert_close(seen[-1][1], noisy[0])
    assert not torch.allclose(noisy[0], siblings.train(x, y, 5, steps=4)[0])


def test_letters_are_means_of_four_pixels():
    image = np.arange(784, dtype="float32").reshape(1, 28, 28)
    assert siblings.small(image)[0, 0] == np.mean([0, 1, 28, 29])
    assert siblings.small(image)[0, 195] == np.mean([754, 755, 782, 783])


def test_who_was_there_is_told_by_a_small_loss(task):
    x, y = task
    w = siblings.train(x[:, :20], 9 - y[:, :20], 7, steps=150)  # learned by heart
    members, strangers = (x[:, :20], 9 - y[:, :20]), (x[:, 20:], y[:, 20:])
    assert siblings.told_apart(w, members, strangers) > 0.95
    assert siblings.told_apart(w, members, members) == pytest.approx(0.5)


def test_the_nearest_are_others_of_the_same_network(task):
    line = torch.tensor([[[0.0], [1.0], [3.0], [7.0]], [[0.0], [9.0], [1.0], [7.0]]])
    assert siblings.nearest(line, 1)[..., 0].tolist() == [[1, 0, 1, 2], [2, 3, 0, 1]]
    x, y = task
    near = siblings.nearest(x, 5)
    assert near.shape == (2, 300, 5)
    assert (y[0][near[0]] == y[0][:, None]).float().mean() > 0.95
