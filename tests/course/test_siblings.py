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


def test_own_letters_and_those_of_others_are_never_the_same():
    own, others = siblings.drawn(8000, 2, 5)
    assert own.shape == others.shape == (2, 3000)
    assert all(
        len({*a.tolist(), *b.tolist()}) == 6000
        for a, b in zip(own, others, strict=True)
    )
    assert not torch.equal(own[0], own[1])


def test_a_network_agrees_with_itself_and_is_as_good_as_its_answers(task):
    x, y = task
    one, two = siblings.train(x, y, 3, steps=60), siblings.train(x, 9 - y, 3, steps=60)
    assert siblings.agreement(one, one, x) == 1 > siblings.agreement(one, two, x)
    label = siblings.answered(one, x, "label")
    assert siblings.accuracy(one, x, label) == 1
    assert siblings.accuracy(one, x, y) == (label == y).float().mean()


def test_answers_to_one_digit_are_tenths_and_sum_to_one(task):
    x, y = task
    w = siblings.train(x, y, 3, steps=20)
    full, short = (siblings.answered(w, x, k) for k in ("probabilities", "one digit"))
    torch.testing.assert_close(full.sum(-1), torch.ones(2, 300))
    torch.testing.assert_close(short.sum(-1), torch.ones(2, 300))
    near = full.mul(10).round()
    exact = near.sum(-1) == 10
    torch.testing.assert_close(10 * short[exact], near[exact], atol=2e-4, rtol=0)


def test_labels_are_changed_blindly_or_from_one_to_another():
    y = torch.arange(10).repeat(2, 100)
    blind = siblings.mislabelled(y, 0.05, 1)
    assert (blind != y).sum(-1).tolist() == [50, 50]
    aimed = siblings.mislabelled(y, 0.05, 1, aim=(2, 6))
    rows = aimed != y
    assert rows.sum() == 100 and set(y[rows].tolist()) == {2}
    assert set(aimed[rows].tolist()) == {6}
    scattered = siblings.mislabelled(y, 0.05, 1, aim=(2, None))
    assert torch.equal(scattered != y, rows)
    assert len(set(scattered[rows].tolist()) - {2}) > 5


def test_a_perfect_sign_catches_all_and_a_blind_one_its_share():
    wrong = torch.tensor([[True, False, False, True, False] * 20])
    alarms = np.array([0.0, 0.1, 0.5])
    assert siblings.caught(wrong.float(), wrong, alarms).tolist() == [1, 1, 1]
    blind = siblings.caught(torch.zeros(1, 100), wrong, alarms)
    np.testing.assert_allclose(blind, alarms)


def test_neighbours_disagree_where_a_label_is_wrong(task):
    x, y = task
    y = y.clone()
    y[:, 0] = 1 - y[:, 0]
    differ = siblings.disagreement(x, y)
    assert differ.shape == y.shape and differ[:, 0].min() > 0.8
    assert differ[:, 1:].mean() < 0.1


def test_who_is_seen_more_often_is_told_apart_better(task):
    x, y = task
    members, strangers = (x[:, :64], 9 - y[:, :64]), (x[:, 64:], y[:, 64:])
    path = siblings.remembered(members, strangers, (x[0], y[0]), (1, 100), seed=7)
    assert path.shape == (2, 2) and path[1, 1] > path[0, 1]
    w = siblings.train(*members, 7, steps=100)
    expected = [
        siblings.accuracy(w, x[0], y[0]),
        siblings.told_apart(w, members, strangers),
    ]
    np.testing.assert_allclose(path[1], expected)
