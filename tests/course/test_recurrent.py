"""The recurrent cells equal PyTorch's and Keras's; texts become padded rows."""

import numpy as np
import pytest

from course import recurrent

STEPS, BATCH, INPUTS, UNITS = 12, 3, 4, 5
KINDS = {"rnn": (1, 1), "gru": (3, 4), "lstm": (4, 4)}  # matrices, rows of biases


def weights(kind, dtype="float64"):
    gates, biases = KINDS[kind]
    rng = np.random.default_rng(3)
    shapes = (gates, INPUTS, UNITS), (gates, UNITS, UNITS), (biases, UNITS)
    return [rng.normal(0, 0.5, shape).astype(dtype) for shape in shapes]


def sequence(dtype="float64"):
    x = np.random.default_rng(4).normal(size=(STEPS, BATCH, INPUTS))
    return x.astype(dtype)


@pytest.mark.parametrize("framework", ["torch", "keras"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_equals_the_framework_over_a_sequence_gradients_too(kind, framework):
    pytest.importorskip(framework)
    theirs_of = getattr(recurrent, f"in_{framework}")
    for dtype, tolerance in [("float64", 1e-10), ("float32", 1e-5)]:
        given, x = weights(kind, dtype), sequence(dtype)
        ours = recurrent.in_numpy(recurrent.CELLS[kind][0], given, x)
        pairs = zip(ours, theirs_of(kind, given, x), strict=True)
        for one, other in pairs:
            assert one.dtype == other.dtype == dtype
            np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", ["rnn", "gru"])
def test_the_norms_are_those_of_the_slopes_at_each_state(kind):
    torch = pytest.importorskip("torch")
    given, x = weights(kind), sequence()
    found = recurrent.gradient_norms(recurrent.CELLS[kind][0], given, x)
    layer = recurrent.torch_layer(kind, given)
    states = [torch.zeros(1, BATCH, UNITS, dtype=torch.float64)]
    for part in torch.tensor(x):
        states.append(layer(part[None], states[-1])[1])
    slopes = torch.autograd.grad(states[-1].sum(), states[1:])
    np.testing.assert_allclose(found, [float(slope.norm()) for slope in slopes])


def test_the_norm_at_a_step_of_an_lstm_is_that_of_both_its_states():
    torch = pytest.importorskip("torch")
    given, x = weights("lstm"), sequence()
    found = recurrent.gradient_norms(recurrent.lstm_step, given, x)
    layer = recurrent.torch_layer("lstm", given)
    before = layer(torch.tensor(x[:-1]))[1]
    end = layer(torch.tensor(x[-1:]), before)[1][0].sum()
    (at_h, at_c), (h, c) = torch.autograd.grad(end, before), before
    at_c = at_c + at_h * h / c.tanh() * (1 - c.tanh() ** 2)  # h is made of c
    expected = float((at_h**2 + at_c**2).sum().detach()) ** 0.5
    assert found[-2] == pytest.approx(expected)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_start_has_the_shapes_of_the_cell_and_small_numbers(kind):
    found = recurrent.start(kind, INPUTS, UNITS, 3, "float32")
    shapes = [(part.shape, part.dtype) for part in weights(kind, "float32")]
    assert [(part.shape, part.dtype) for part in found] == shapes
    largest = max(np.abs(part).max() for part in found)
    assert 0.7 / UNITS**0.5 < largest < 1 / UNITS**0.5
    again = recurrent.start(kind, INPUTS, UNITS, 3)
    other = recurrent.start(kind, INPUTS, UNITS, 4)
    np.testing.assert_allclose(found[0], again[0], rtol=1e-6)
    assert not np.allclose(again[0], other[0])


def test_a_letter_has_a_number_and_an_unseen_one_the_number_for_unknown():
    numbers = recurrent.alphabet(["abba", "cab"])
    assert numbers == {"a": 2, "b": 3, "c": 4}
    rows = recurrent.encode(["cab", "xa", "abbac"], numbers, 4)
    assert rows.tolist() == [[4, 2, 3, 0], [1, 2, 0, 0], [2, 3, 3, 2]]
    assert rows.dtype == np.int64


def test_a_text_that_leaves_nothing_to_read_is_refused():
    with pytest.raises(ValueError, match="at least one letter"):
        recurrent.encode(["a", ""], {"a": 2}, 4)
    with pytest.raises(ValueError, match="length is 0"):
        recurrent.encode(["a"], {"a": 2}, 0)


def test_bits_a_letter_count_each_letter_and_the_end_and_nothing_after_it():
    rows = np.array([[2, 3, 0, 0], [4, 0, 0, 0]])
    even = np.zeros((2, 4, 8))
    assert recurrent.bits_a_letter(even, rows) == pytest.approx(3)
    sure = even.copy()
    sure[[0, 1], [3, 2], [5, 7]] = 99  # of what follows the end
    assert recurrent.bits_a_letter(sure, rows) == pytest.approx(3)
    sure[0, 2, 0] = 99  # of the end of the first name: 4 of 5 are left
    assert recurrent.bits_a_letter(sure, rows) == pytest.approx(3 * 4 / 5)
    full = np.array([[2, 3, 4, 5]])  # cut before its end
    assert recurrent.bits_a_letter(even[:1], full) == pytest.approx(3)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_weights_come_back_from_a_layer_of_keras_as_they_went_in(kind):
    pytest.importorskip("keras")
    given = weights(kind)
    layer = recurrent.keras_layer(kind, given)
    found = recurrent.keras_weights(kind, layer.get_weights())
    for one, other in zip(given, found, strict=True):
        np.testing.assert_allclose(one, other)
