"""Readers learn, forget no gradient, and take no notice of padding."""

import numpy as np
import pytest
import torch

from course import readers, recurrent
from course.autograd import backward, total

RNG = np.random.default_rng(0)
WAVES = RNG.normal(size=(300, 8, 1)).astype("float32")
FIRST = (WAVES[:, 0, 0] > 0).astype("int64")  # only a memory knows it at the end
TEXTS = ["".join(RNG.choice(list("abc"), RNG.integers(2, 7))) for _ in range(300)]
LETTERS = recurrent.alphabet("abc")
ROWS = recurrent.encode(TEXTS, LETTERS, 6)
STARTS = np.array([text[0] == "a" for text in TEXTS]).astype("int64")


class Last(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.GRU(1, 16, batch_first=True)
        self.score = torch.nn.Linear(16, 2)

    def forward(self, x):
        return self.score(self.cell(x)[0][:, -1])


def train(kind, x, y, **settings):
    test = x[200:], y[200:]
    settings = {"classes": 2, "units": 16, "epochs": (20, 4), **settings}
    return readers.train(kind, x[:200], y[:200], test, batch_size=20, **settings)


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_a_cell_remembers_the_first_value(framework):
    torch.manual_seed(0)
    reader = train("gru", WAVES, FIRST, framework=framework, network=Last())
    assert reader.accuracy[-1] > 0.85 and len(reader.accuracy) == 24
    right = reader.scores(WAVES[200:]).argmax(axis=1) == FIRST[200:]
    assert right.mean() == pytest.approx(reader.accuracy[-1])


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("framework", ["keras", "numpy"])
def test_padding_leaves_no_trace_and_texts_are_learned(framework, kind):
    settings = {"embedding": 4, "dropout": 0.1, "framework": framework}
    reader = train(kind, ROWS, STARTS, **settings)
    assert reader.accuracy[-1] > 0.9
    alone = reader.scores(ROWS[:1, : len(TEXTS[0])])
    among = reader.scores(np.pad(ROWS[:5], [(0, 0), (0, 4)]))[:1]
    np.testing.assert_allclose(alone, among, atol=1e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_slopes_in_numpy_are_those_of_finite_differences(kind):
    weights = readers._start(kind, 3, 4, 2, RNG)
    weights["letters"] = [readers.Node(RNG.normal(size=(6, 3)))]
    for node in (node for nodes in weights.values() for node in nodes):
        node.value = node.value.astype("float64")
    network = readers._NumPy(kind, weights)

    def loss():
        return total(network.read(ROWS[:3]) ** 2)

    backward(loss())
    for nodes in weights.values():
        place, slope = (0,) * nodes[0].value.ndim, nodes[0].gradient
        place = (2, 0) if len(slope) == 6 else place  # a letter that occurs
        ends = []
        for step in (1e-6, -2e-6):
            nodes[0].value[place] += step
            ends.append(loss().value)
        nodes[0].value[place] += 1e-6
        expected = (ends[0] - ends[1]) / 2e-6
        assert slope[place] == pytest.approx(expected, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_what_a_reader_becomes_follows_from_the_seed(framework):
    def scores(seed):
        torch.manual_seed(0)
        settings = {"framework": framework, "epochs": (1, 1), "seed": seed}
        return train("gru", WAVES, FIRST, network=Last(), **settings).scores(WAVES)

    once, again, other = scores(3), scores(3), scores(4)
    np.testing.assert_array_equal(once, again)
    assert not np.allclose(again, other, atol=1e-4)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(ValueError, match='framework is "jax", expected torch or'):
        train("gru", WAVES, FIRST, framework="jax")
    with pytest.raises(ValueError, match='kind is "cnn"'):
        train("cnn", WAVES, FIRST, framework="numpy")
    with pytest.raises(ValueError, match="give network="):
        train("gru", WAVES, FIRST)
