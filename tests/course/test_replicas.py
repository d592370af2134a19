"""Replicas read as the cells of lesson 09 do, and none takes notice of the others."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from course import recurrent, replicas

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 7, 3)).astype("float32")  # (samples, time, inputs)
Y = np.array([0, 1, 1, 0, 1, 0])


def sizes(kind="gru", **settings):
    given = {"inputs": 3, "units": 4, "classes": 2, "letters": 0, "dropout": 0.0}
    return SimpleNamespace(**given | {"kind": kind, "identity": False} | settings)


def trained(seeds, most=None, dropout=0.0, steps=3):
    network = replicas.Replicas(sizes(dropout=dropout), seeds)
    adam = torch.optim.Adam(network.weights.values())
    places = [np.tile(np.arange(6), (len(seeds), 1))] * steps
    replicas.fit(network, X, Y, places, adam, [0.01] * steps, most)
    return network


@pytest.mark.parametrize("kind", sorted(replicas.STEPS))
def test_states_and_scores_are_those_of_the_cells_by_hand(kind):
    network = replicas.Replicas(sizes(kind), [3, 4])
    shown = network.scores(X)
    for number, one in enumerate(network.apart()):
        weights = one.arrays()
        zero = np.zeros((6, 4))
        state = (zero, zero) if kind == "lstm" else zero
        cell = [weights[name] for name in "WUb"]
        steps = X.transpose(1, 0, 2)
        end = recurrent.unroll(recurrent.CELLS[kind][0], steps, state, *cell)[-1]
        last = (end[0] if kind == "lstm" else end).value
        np.testing.assert_allclose(
            shown[number], last @ weights["V"] + weights["v"], atol=1e-5
        )
        np.testing.assert_allclose(one.scores(X)[0], shown[number], atol=1e-6)


def test_a_replica_becomes_what_it_becomes_alone():
    both, alone = trained([3, 4]), trained([4])
    for name, weight in alone.weights.items():
        torch.testing.assert_close(both.weights[name][1], weight[0])
    assert not torch.allclose(both.weights["U"][0], both.weights["U"][1])


def test_padding_leaves_no_trace():
    network = replicas.Replicas(sizes(letters=9), [1, 2])
    rows = np.array([[3, 4, 0, 0], [5, 2, 8, 1], [7, 0, 0, 0]])
    alone = network.scores(rows[:1, :2])
    np.testing.assert_allclose(network.scores(rows)[:, :1], alone, atol=1e-6)
    longer = np.pad(rows, [(0, 0), (0, 5)])
    np.testing.assert_allclose(network.scores(longer), network.scores(rows), atol=1e-6)


def test_an_identity_passes_the_state_on():
    network = replicas.Replicas(sizes("rnn", identity=True), [0])
    network.weights["W"].data[:] = 0
    start = torch.full((1, 1, 1, 3), 0.0)
    assert torch.equal(network.weights["U"][0], torch.eye(4))
    assert all(float(h.detach().abs().max()) == 0 for h in network.states(start))


def test_clipping_shortens_a_replicas_gradient_and_keeps_its_direction():
    gradients = [torch.tensor([[[3.0, 4.0]], [[0.3, 0.4]]]), torch.zeros(2, 1, 1)]
    (long, short), _ = replicas.clip(gradients, 1.0)
    torch.testing.assert_close(long, torch.tensor([[0.6, 0.8]]))
    torch.testing.assert_close(short, torch.tensor([[0.3, 0.4]]))


def test_clipping_and_dropout_change_what_is_learned():
    plain = trained([3]).weights["U"]
    assert not torch.allclose(trained([3], most=1e-9, steps=1).weights["U"], plain)
    torch.manual_seed(0)
    assert not torch.allclose(trained([3], dropout=0.5).weights["U"], plain)
