"""Attention and the transformer's block on the engine of lesson 05.

x is (batch, time, width), or without a batch. The weights are a dict of arrays or
nodes. For `multi_head`, with one entry for each head: Wq, Wk, Wv (heads, width, size),
bq, bk, bv (heads, size), Wo (heads, size, width), and bo (width,) for all. For `block`
also W1 (width, hidden), b1, W2 (hidden, width), b2, and gain1, shift1, gain2, shift2
(width,) of the two normalisations. A mask is True where a query may look: (queries,
keys), with axes of length 1 where it is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from course import nn
from course.autograd import Node, as_node, backward, exp, log_softmax, total, transpose

Weights = Mapping[str, Any]
HEADED = ("Wq", "Wk", "Wv", "Wo", "bq", "bk", "bv")  # one entry for each head
KERAS = ("Wq", "bq", "Wk", "bk", "Wv", "bv", "Wo", "bo")  # its order


def attention(queries, keys, values, mask=None) -> tuple[Node, Node]:
    """Scaled dot-product attention (Vaswani et al. 2017): the answers and the shares.

    queries are (..., queries, size), keys (..., keys, size), values (..., keys, width);
    answers are (..., queries, width), shares (..., queries, keys), each row 1 in sum.
    A query that may look nowhere gets nan.
    """
    scores = as_node(queries) @ transpose(keys) / keys.shape[-1] ** 0.5
    if mask is not None:
        closed = np.array(-np.inf, scores.value.dtype)  # e to this power is 0
        scores = scores + np.where(mask, np.zeros_like(closed), closed)
    shares = exp(log_softmax(scores))
    return shares @ values, shares


def causal(length: int) -> np.ndarray:
    """The mask (length, length) that lets each place see itself and those before."""
    return np.tri(length, dtype=bool)


def multi_head(x, weights: Weights, mask=None) -> Node:
    """Each head asks, looks and answers with its own weights; the answers add up.

    The same as to write the answers of the heads side by side and multiply them with
    one matrix, of which each Wo is a part.
    """
    answer = weights["bo"]
    for head in range(len(weights["Wq"])):
        q, k, v = (x @ weights["W" + n][head] + weights["b" + n][head] for n in "qkv")
        answer = attention(q, k, v, mask)[0] @ weights["Wo"][head] + answer
    return answer


def layer_norm(x, gain, shift, epsilon: float = 1e-5) -> Node:
    """Each row with mean 0 and variance 1, times gain, plus shift (Ba et al. 2016)."""
    centred = x - total(x, axis=-1) / x.shape[-1]
    variance = total(centred * centred, axis=-1) / x.shape[-1]
    return centred * (variance + epsilon) ** -0.5 * gain + shift


def gelu(a) -> Node:
    """The exact GELU of `course.nn`, with its slope."""
    a = as_node(a)
    return Node(nn.gelu(a.value), [(a, nn.d_gelu(a.value))], "gelu")


def block(
    x, weights: Weights, mask=None, norm_first: bool = True, epsilon: float = 1e-5
) -> Node:
    """One block: look around, then think for yourself; both are added to x.

    GPT normalises what each part reads (Xiong et al. 2020). With `norm_first` False,
    the sum is normalised instead, as in Vaswani et al. (2017) and BERT, whose epsilon
    is 1e-12.
    """

    def norm(values, number: int) -> Node:
        gain, shift = weights[f"gain{number}"], weights[f"shift{number}"]
        return layer_norm(values, gain, shift, epsilon)

    def think(values) -> Node:
        hidden = gelu(values @ weights["W1"] + weights["b1"])
        return hidden @ weights["W2"] + weights["b2"]

    if norm_first:
        x = x + multi_head(norm(x, 1), weights, mask)
        return x + think(norm(x, 2))
    x = norm(x + multi_head(x, weights, mask), 1)
    return norm(x + think(x), 2)


def pile(
    blocks: int, seed: int, add: bool = True, norm: bool = True
) -> tuple[float, float]:
    """The spread of what random blocks make of 7 random rows, and how far those differ.

    The spread is the standard deviation of all numbers; the largest difference between
    two rows is in such spreads. Without `add`, x is not added to what a part finds;
    without `norm`, a part reads x as it is.
    """
    x, keep = Node(np.random.default_rng(seed).normal(size=(7, 16))), float(add)
    for number in range(blocks):
        w = start(16, 2, 100 * seed + number, hidden=64)
        read = layer_norm(x, w["gain1"], w["shift1"]) if norm else x
        x = keep * x + multi_head(read, w)
        read = layer_norm(x, w["gain2"], w["shift2"]) if norm else x
        x = keep * x + gelu(read @ w["W1"] + w["b1"]) @ w["W2"] + w["b2"]
    rows = x.value
    return rows.std(), np.ptp(rows, axis=0).max() / rows.std()


def positions(length: int, width: int, slowest: float = 10_000.0) -> np.ndarray:
    """Waves (length, width) that tell places apart (Vaswani et al. 2017, 3.5).

    Columns are in pairs, a sine and a cosine; their angles a step fall from 1 towards
    1 / `slowest`. Raises ValueError for an odd width.
    """
    if width % 2:
        raise ValueError(
            f"the width is {width}, expected an even one: sine and cosine."
        )
    rates = slowest ** (-np.arange(0, width, 2) / width)
    angles = np.arange(length)[:, None] * rates  # (length, width / 2)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, width)


def start(
    width: int, heads: int, seed: int, hidden: int = 0, dtype: str = "float64"
) -> dict[str, np.ndarray]:
    """Random weights of `multi_head`, or, with `hidden` units, of a `block`.

    Those of matrices are normal with variance 1 / width; gains are around 1. Raises
    ValueError unless the heads divide the width.
    """
    if width % heads:
        raise ValueError(
            f"the width {width} cannot be shared by {heads} heads: expected a number "
            "of heads that divides it."
        )
    rng, size = np.random.default_rng(seed), width // heads
    shapes: dict[str, tuple] = {f"W{n}": (heads, width, size) for n in "qkv"}
    shapes |= {f"b{n}": (heads, size) for n in "qkv"}
    shapes |= {"Wo": (heads, size, width), "bo": (width,)}
    if hidden:
        shapes |= {"W1": (width, hidden), "b1": (hidden,)}
        shapes |= {"W2": (hidden, width), "b2": (width,)}
        shapes |= {name + n: (width,) for n in "12" for name in ("gain", "shift")}
    spread = {name: width**-0.5 if name[0] == "W" else 0.1 for name in shapes}
    found = {name: rng.normal(0, spread[name], shapes[name]) for name in shapes}
    return {n: (v + n.startswith("gain")).astype(dtype) for n, v in found.items()}


def apart(matrix: np.ndarray, heads: int) -> np.ndarray:
    """A matrix (width, heads × size), as frameworks keep it, as (heads, width, size).

    A row of biases (heads × size,) becomes (heads, size).
    """
    split = matrix.reshape(*matrix.shape[:-1], heads, -1)
    return np.moveaxis(split, -2, 0)


def together(matrices: np.ndarray) -> np.ndarray:
    """What `apart` has split, side by side again."""
    moved = np.moveaxis(matrices, 0, -2)
    return moved.reshape(*moved.shape[:-2], -1)


def in_numpy(
    layer: Callable, weights: Weights, x: np.ndarray, mask=None
) -> dict[str, np.ndarray]:
    """What `multi_head` or `block` gives for x, and the slopes of the sum of squares.

    "x" and the names of the weights are the keys of the slopes, "outputs" is that of
    what it gives.
    """
    nodes: dict[str, Any] = {
        name: [Node(part) for part in value] if name in HEADED else Node(value)
        for name, value in weights.items()
    }
    given = Node(x)
    outputs = layer(given, nodes, mask)
    backward(total(outputs * outputs))
    slopes = {
        name: np.stack([part.gradient for part in node])
        if name in HEADED
        else node.gradient
        for name, node in nodes.items()
    }
    return {"outputs": outputs.value, "x": given.gradient, **slopes}


def to_torch(weights: Weights) -> dict[str, np.ndarray]:
    """The weights as PyTorch's layers name and keep them: the result's row comes first.

    Of `torch.nn.MultiheadAttention`, or of `TransformerEncoderLayer` for a block.
    """
    inner = {
        "in_proj_weight": np.hstack([together(weights[f"W{n}"]) for n in "qkv"]).T,
        "in_proj_bias": np.hstack([together(weights[f"b{n}"]) for n in "qkv"]),
        "out_proj.weight": np.vstack([*weights["Wo"]]).T,
        "out_proj.bias": weights["bo"],
    }
    if "W1" not in weights:
        return inner
    found = {f"self_attn.{name}": value for name, value in inner.items()}
    for n in "12":
        found |= {f"linear{n}.weight": weights[f"W{n}"].T}
        found |= {f"linear{n}.bias": weights[f"b{n}"]}
        found |= {f"norm{n}.weight": weights[f"gain{n}"]}
        found |= {f"norm{n}.bias": weights[f"shift{n}"]}
    return found


def from_torch(found: Weights, heads: int) -> dict[str, np.ndarray]:
    """What `to_torch` has made, such as the gradients of a layer, named as ours."""
    inner = {name.removeprefix("self_attn."): part for name, part in found.items()}
    weights: dict[str, np.ndarray] = {}
    for kind, side in (("W", "weight"), ("b", "bias")):
        parts = np.split(inner[f"in_proj_{side}"].T, 3, axis=-1)
        weights |= {
            kind + n: apart(p, heads) for n, p in zip("qkv", parts, strict=True)
        }
    weights["Wo"] = np.stack(np.split(inner["out_proj.weight"].T, heads))
    weights["bo"] = inner["out_proj.bias"]
    for n in "12" if "linear1.weight" in inner else "":
        weights |= {f"W{n}": inner[f"linear{n}.weight"].T}
        weights |= {f"b{n}": inner[f"linear{n}.bias"]}
        weights |= {f"gain{n}": inner[f"norm{n}.weight"]}
        weights |= {f"shift{n}": inner[f"norm{n}.bias"]}
    return weights


def torch_layer(weights: Weights, norm_first: bool = True, epsilon: float = 1e-5):
    """PyTorch's layer with our weights: attention with heads, or a whole block."""
    import torch

    heads, width, _ = weights["Wq"].shape
    layer: torch.nn.Module = torch.nn.MultiheadAttention(width, heads, batch_first=True)
    if "W1" in weights:
        given: dict[str, Any] = {"batch_first": True, "norm_first": norm_first}
        given |= {"dropout": 0.0, "activation": "gelu", "layer_norm_eps": epsilon}
        hidden = len(weights["b1"])
        layer = torch.nn.TransformerEncoderLayer(width, heads, hidden, **given)
    values = {n: torch.tensor(value) for n, value in to_torch(weights).items()}
    layer.to(next(iter(values.values())).dtype)
    layer.load_state_dict(values)
    return layer


def in_torch(
    weights: Weights, x: np.ndarray, mask=None, **way
) -> dict[str, np.ndarray]:
    """As `in_numpy`, by PyTorch, whose masks are True where nobody may look."""
    import torch

    layer, given = torch_layer(weights, **way), torch.tensor(x, requires_grad=True)
    closed = None if mask is None else torch.tensor(~mask)
    if "W1" in weights:
        outputs = layer(given, src_mask=closed)
    else:
        outputs, _ = layer(given, given, given, attn_mask=closed)
    asked = dict(layer.named_parameters())
    loss = outputs.square().sum()
    of_x, *found = torch.autograd.grad(loss, [given, *asked.values()])
    slopes = {n: slope.numpy() for n, slope in zip(asked, found, strict=True)}
    own = from_torch(slopes, len(weights["Wq"]))
    return {"outputs": outputs.detach().numpy(), "x": of_x.numpy(), **own}


def in_keras(weights: Weights, x: np.ndarray, mask=None) -> dict[str, np.ndarray]:
    """As `in_numpy` of `multi_head`, by Keras, whose heads are the middle axis.

    Keras rounds 1 / √size to single precision: only where it is a power of 2, as for
    sizes of 4 and 16, do both agree to the last digits in double precision.
    """
    import keras
    import tensorflow as tf

    heads, _, size = weights["Wq"].shape
    layer = keras.layers.MultiHeadAttention(heads, size, dtype=x.dtype.name)
    layer.build(x.shape, x.shape)
    layer.set_weights([_turned(name, weights[name]) for name in KERAS])
    given = tf.Variable(x)
    with tf.GradientTape() as tape:
        outputs = layer(
            given, given, attention_mask=mask if mask is None else mask[None]
        )
        loss = tf.reduce_sum(outputs**2)
    of_x, *slopes = tape.gradient(loss, [given, *layer.trainable_variables])
    named = zip(KERAS, map(np.asarray, slopes), strict=True)
    own = {name: _turned(name, slope) for name, slope in named}
    return {"outputs": np.asarray(outputs), "x": np.asarray(of_x), **own}


def _turned(name: str, value: np.ndarray) -> np.ndarray:
    """To Keras's (width, heads, size) and back."""
    return value.swapaxes(0, 1) if name in ("Wq", "Wk", "Wv") else value
