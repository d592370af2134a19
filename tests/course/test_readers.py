"""Readers learn, forget no gradient, and take no notice of padding."""

import numpy as np
import pytest

from course import readers, recurrent
from course.autograd import backward, total

RNG = np.random.default_rng(0)
WAVES = RNG.normal(size=(300, 8, 1)).astype("float32")
FIRST = (WAVES[:, 0, 0] > 0).astype("int64")  # only a memory knows it at the end
TEXTS = ["".join(RNG.choice(list("abc"), RNG.integers(2, 7))) for _ in range(300)]
LETTERS = recurrent.alphabet("abc")
ROWS = recurrent.encode(TEXTS, LETTERS, 6)
STARTS = np.array([text[0] == "a" for text in TEXTS]).astype("int64")


def train(kind, x, y, **settings):
    test = x[200:], y[200:]
    given = {"units": 16, "epochs": 20, "batch_size": 20, "seeds": [0]}
    return readers.train(kind, x[:200], y[:200], test, **given | settings)


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_a_cell_remembers_the_first_value(framework):
    (reader,) = train("gru", WAVES, FIRST, framework=framework)
    assert reader.accuracy > 0.85
    right = reader.scores(WAVES[200:]).argmax(axis=1) == FIRST[200:]
    assert right.mean() == pytest.approx(reader.accuracy)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_padding_leaves_no_trace_and_texts_are_learned(framework, kind):
    settings = {"embedding": 4, "dropout": 0.1, "framework": framework}
    (reader,) = train(kind, ROWS, STARTS, **settings)
    assert reader.accuracy > 0.9
    alone = reader.scores(ROWS[:1, : len(TEXTS[0])])
    among = reader.scores(np.pad(ROWS[:5], [(0, 0), (0, 4)]))[:1]
    np.testing.assert_allclose(alone, among, atol=1e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_the_weights_are_those_that_the_scores_follow_from(framework, kind):
    settings = {"epochs": 1, "framework": framework, "embedding": 3}
    (reader,) = train(kind, ROWS, STARTS, **settings)
    weights, text = reader.weights, ROWS[:1, : len(TEXTS[0])]
    given = weights["letters"][text].swapaxes(0, 1)  # (time, 1, inputs)
    zero = np.zeros((1, 16))
    state = (zero, zero) if kind == "lstm" else zero
    cell = [weights[name] for name in "WUb"]
    end = recurrent.unroll(recurrent.CELLS[kind][0], given, state, *cell)[-1]
    last = (end[0] if kind == "lstm" else end).value
    found = last @ weights["V"] + weights["v"]
    np.testing.assert_allclose(reader.scores(text), found, atol=1e-5)


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_an_identity_starts_with_a_state_that_is_passed_on(framework):
    settings = {"identity": True, "epochs": 1, "learning_rate": 1e-9}
    (reader,) = train("rnn", WAVES, FIRST, framework=framework, **settings)
    np.testing.assert_allclose(reader.weights["U"], [np.eye(16)], atol=1e-5)
    np.testing.assert_allclose(reader.weights["b"], 0, atol=1e-5)


@pytest.mark.parametrize("framework", ["torch", "keras", "numpy"])
def test_a_clipped_gradient_changes_what_is_learned(framework):
    settings = {"epochs": 1, "batch_size": 100, "framework": framework}
    free, clipped = (
        train("rnn", WAVES, FIRST, most=most, **settings)[0].weights["U"]
        for most in (None, 1e-7)  # Adam's own epsilon is no smaller than this
    )
    assert not np.allclose(free, clipped, atol=1e-4)


def test_a_batch_holds_texts_of_nearly_the_same_length_and_each_text_occurs_once():
    lengths = np.array([len(text) for text in TEXTS])
    rngs = [np.random.default_rng(seed) for seed in (1, 2)]
    parts = list(readers.batches(lengths, 32, rngs))
    assert sorted({part.shape for part in parts}) == [(2, 12), (2, 32)]
    for row in np.concatenate(parts, axis=1):
        assert sorted(row) == list(range(300))
    assert max(np.ptp(lengths[part]) for part in parts) <= 2
    again = list(readers.batches(lengths, 32, rngs))
    assert not all(map(np.array_equal, parts, again))
    assert not np.array_equal(*parts[0])


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_slopes_in_numpy_are_those_of_finite_differences(kind):
    sizes = readers._Sizes(kind, 3, 4, 2, 6, 0.0, False)
    weights = readers._start(sizes, RNG)
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
    def scores(*seeds):
        settings = {"framework": framework, "epochs": 1, "seeds": seeds}
        return [r.scores(WAVES) for r in train("gru", WAVES, FIRST, **settings)]

    (once, other), (again,) = scores(3, 4), scores(3)
    np.testing.assert_allclose(once, again, atol=1e-5)
    assert not np.allclose(once, other, atol=1e-4)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(ValueError, match='framework is "jax", expected torch or'):
        train("gru", WAVES, FIRST, framework="jax")
    with pytest.raises(ValueError, match='kind is "cnn"'):
        train("cnn", WAVES, FIRST, framework="numpy")
