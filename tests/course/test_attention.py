"""Attention, heads and block equal PyTorch's and Keras's, gradients too."""

import numpy as np
import pytest

from course import attention, nn
from course.autograd import Node, backward, total

WIDTH, HEADS, HIDDEN = 8, 2, 10  # Keras is exact for heads of 4
PRECISE = [("float64", 1e-10), ("float32", 1e-5)]


def rows(*shape, dtype="float64", seed=4):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def agree(one, other, tolerance):
    assert one.keys() == other.keys()
    for name, ours in one.items():
        assert ours.dtype == other[name].dtype, name
        scale = max(1.0, np.abs(ours).max())
        difference = np.abs(ours - other[name]).max()
        assert difference <= tolerance * scale, name


@pytest.mark.parametrize("mask", [None, attention.causal(5), np.eye(5, 5) < 1])
def test_attention_equals_pytorch_s_with_its_gradients(mask):
    torch = pytest.importorskip("torch")
    values = [rows(2, 3, 5, size, seed=n) for n, size in enumerate((4, 4, 7))]
    nodes = [Node(value) for value in values]
    answers, shares = attention.attention(*nodes, mask)
    backward(total(answers * answers))
    tensors = [torch.tensor(value, requires_grad=True) for value in values]
    closed = None if mask is None else torch.tensor(mask)
    theirs = torch.nn.functional.scaled_dot_product_attention(*tensors, closed)
    theirs.square().sum().backward()
    np.testing.assert_allclose(answers.value, theirs.detach(), atol=1e-12)
    np.testing.assert_allclose(shares.value.sum(axis=-1), 1)
    for node, tensor in zip(nodes, tensors, strict=True):
        np.testing.assert_allclose(node.gradient, tensor.grad, atol=1e-12)


def test_a_query_may_look_at_another_number_of_keys_and_nowhere_is_nan():
    query, keys, values = rows(1, 4), rows(3, 4), rows(3, 2)
    _, shares = attention.attention(query, keys, values)
    np.testing.assert_allclose(shares.value, nn.softmax(query @ keys.T / 2))
    _, shares = attention.attention(
        query, keys, values, np.array([[True, False, False]])
    )
    assert shares.value.tolist() == [[1, 0, 0]]
    with np.errstate(invalid="ignore"):
        answers, _ = attention.attention(query, keys, values, np.zeros((1, 3), bool))
    assert np.isnan(answers.value).all()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), PRECISE)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_heads_equal_the_framework_s_with_all_gradients(
    framework, dtype, tolerance, masked
):
    pytest.importorskip(framework)
    weights = attention.start(WIDTH, HEADS, 3, dtype=dtype)
    x, mask = rows(2, 5, WIDTH, dtype=dtype), attention.causal(5) if masked else None
    theirs_of = getattr(attention, f"in_{framework}")
    ours = attention.in_numpy(attention.multi_head, weights, x, mask)
    agree(ours, theirs_of(weights, x, mask), tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), PRECISE)
@pytest.mark.parametrize("way", [{}, {"norm_first": False, "epsilon": 1e-12}])
def test_a_block_equals_pytorch_s_with_all_gradients(way, dtype, tolerance):
    pytest.importorskip("torch")
    weights = attention.start(WIDTH, HEADS, 3, HIDDEN, dtype)
    x, mask = rows(2, 5, WIDTH, dtype=dtype), attention.causal(5)

    def block(*given):
        return attention.block(*given, **way)

    for each in (None, mask):
        ours = attention.in_numpy(block, weights, x, each)
        agree(ours, attention.in_torch(weights, x, each, **way), tolerance)


def test_the_two_kinds_of_block_and_their_epsilon_differ():
    weights, x = attention.start(WIDTH, HEADS, 3, HIDDEN), rows(2, 5, WIDTH)
    first = attention.block(x, weights).value
    assert not np.allclose(first, attention.block(x, weights, norm_first=False).value)
    assert not np.allclose(first, attention.block(x, weights, epsilon=0.1).value)


def test_heads_need_no_batch_and_padding_that_is_masked_leaves_no_trace():
    weights, x = attention.start(WIDTH, HEADS, 3, HIDDEN), rows(2, 5, WIDTH)
    alone = attention.block(x[0, :3], weights).value
    padded = attention.block(x, weights, np.arange(5) < np.array([[[3]], [[5]]])).value
    np.testing.assert_allclose(padded[0, :3], alone)
    np.testing.assert_allclose(padded[1], attention.block(x[1], weights).value)


def test_without_positions_a_block_knows_no_order_and_with_them_it_does():
    weights, x = attention.start(WIDTH, HEADS, 3, HIDDEN), rows(5, WIDTH)
    order, where = (
        np.random.default_rng(1).permutation(5),
        attention.positions(5, WIDTH),
    )
    straight = attention.block(x, weights).value
    np.testing.assert_allclose(
        attention.block(x[order], weights).value, straight[order]
    )
    straight = attention.block(x + where, weights).value
    moved = attention.block(x[order] + where, weights).value
    assert np.abs(moved - straight[order]).max() > 0.1


def test_a_causal_mask_hides_what_comes_later():
    weights, x = attention.start(WIDTH, HEADS, 3, HIDDEN), rows(5, WIDTH)
    assert attention.causal(3).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    other = x.copy()
    other[3:] += 1
    one, two = (
        attention.block(v, weights, attention.causal(5)).value for v in (x, other)
    )
    np.testing.assert_allclose(one[:3], two[:3])
    assert np.abs(one[3:] - two[3:]).min() > 1e-6


def test_the_layer_norm_equals_pytorch_s():
    torch = pytest.importorskip("torch")
    x, gain, shift = 3 * rows(4, WIDTH) + 1, rows(WIDTH, seed=1), rows(WIDTH, seed=2)
    gains = torch.tensor(gain), torch.tensor(shift)
    theirs = torch.nn.functional.layer_norm(torch.tensor(x), [WIDTH], *gains, 0.01)
    ours = attention.layer_norm(x, gain, shift, 0.01).value
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_positions_are_the_waves_of_the_paper():
    found = attention.positions(40, 8)
    for place, column in [(0, 0), (3, 0), (3, 1), (17, 4), (39, 7)]:
        angle = place / 10_000 ** (2 * (column // 2) / 8)
        expected = np.cos(angle) if column % 2 else np.sin(angle)
        assert found[place, column] == pytest.approx(expected)
    near = np.linalg.norm(found[1:] - found[:-1], axis=1)
    np.testing.assert_allclose(near, near[0])  # a step is as long everywhere
    faster = attention.positions(40, 8, slowest=100)
    assert faster[39, 7] == pytest.approx(np.cos(39 / 100**0.75))
    with pytest.raises(ValueError, match="the width is 5, expected an even one"):
        attention.positions(4, 5)


def test_a_start_follows_from_its_seed_and_keeps_the_size_of_what_passes():
    found = attention.start(64, 4, 3, 128, "float32")
    assert found["Wk"].shape == (4, 64, 16) and found["Wo"].shape == (4, 16, 64)
    assert found["W2"].shape == (128, 64) and found["b1"].dtype == np.float32
    assert np.std(found["Wq"]) == pytest.approx(1 / 8, rel=0.05)
    assert found["gain1"].mean() == pytest.approx(1, abs=0.1)
    again, other = attention.start(64, 4, 3, 128), attention.start(64, 4, 4, 128)
    np.testing.assert_allclose(again["Wo"], found["Wo"], rtol=1e-5)
    assert not np.allclose(again["Wo"], other["Wo"])
    assert "W1" not in attention.start(64, 4, 3)
    with pytest.raises(ValueError, match="64 cannot be shared by 5 heads"):
        attention.start(64, 5, 3)


def test_what_is_poured_into_pytorch_comes_back():
    weights = attention.start(WIDTH, HEADS, 3, HIDDEN)
    back = attention.from_torch(attention.to_torch(weights), HEADS)
    agree(weights, back, 0.0)
    whole = rows(WIDTH, WIDTH)
    split = attention.apart(whole, HEADS)
    assert split.shape == (HEADS, WIDTH, WIDTH // HEADS)
    np.testing.assert_array_equal(split[1], whole[:, 4:])
    np.testing.assert_array_equal(attention.together(split), whole)
    np.testing.assert_array_equal(
        attention.together(attention.apart(whole[0], 2)), whole[0]
    )


def test_a_pile_of_one_is_a_block_and_a_deep_one_needs_both_of_its_means():
    weights = attention.start(16, 2, 300, hidden=64)
    x = np.random.default_rng(3).normal(size=(7, 16))
    out = attention.block(x, weights).value
    apart = np.ptp(out, axis=0).max() / out.std()
    assert np.allclose(attention.pile(1, 3), (out.std(), apart), rtol=1e-12)
    whole, alone, large = (
        attention.pile(24, 3, *way) for way in [(1, 1), (0, 1), (1, 0)]
    )
    assert whole[0] < 100 and whole[1] > 0.5
    assert alone[1] < 1e-9  # all rows are the same
    assert large[0] > 1e5
