"""Recurrent networks of one shape side by side in PyTorch, one for each seed.

Every weight has a first axis more, the replica: a single product then serves all, and
five small networks take little longer than one. Weights, and what is read, are in the
shapes of `course.recurrent`, behind that axis.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from course.recurrent import CELLS, PAD

PART = 500  # sequences that are read at once where nothing is learned


class Replicas:
    """Cells "rnn", "gru" or "lstm" with the scores from the state that they end in.

    `weights` holds W, U, b and inner (biases at the input and at the state), V and v
    (of the scores), and `letters` where numbers are read: each with the replicas first,
    and all gates side by side. `sizes` says kind, inputs, units, classes, letters (0
    for none), dropout, and whether U starts as the identity.
    """

    def __init__(self, sizes: Any, seeds: Sequence[int]):
        self.sizes, self.count = sizes, len(seeds)
        units, width = sizes.units, CELLS[sizes.kind][1] * sizes.units
        shapes = {"W": (sizes.inputs, width), "U": (units, width), "b": (1, width)}
        shapes |= {"inner": (1, width), "V": (units, sizes.classes)}
        shapes["v"] = 1, sizes.classes
        rngs = [np.random.default_rng(seed) for seed in seeds]
        self.weights = {
            name: _uniform(rngs, shape, 1 / np.sqrt(units))
            for name, shape in shapes.items()
        }
        if sizes.letters:
            shape = sizes.letters, sizes.inputs
            self.weights["letters"] = _stacked([rng.normal(size=shape) for rng in rngs])
        if sizes.identity:
            self.weights["U"][:] = torch.eye(units).repeat(1, width // units)
            self.weights["b"][:] = self.weights["inner"][:] = 0
        for weight in self.weights.values():
            weight.requires_grad_()

    def apart(self) -> Iterator[Replicas]:
        """Each replica alone."""
        for number in range(self.count):
            one = copy.copy(self)
            one.count = 1
            one.weights = {
                name: weight[number, None].detach()
                for name, weight in self.weights.items()
            }
            yield one

    def arrays(self) -> dict[str, np.ndarray]:
        """The weights of the first replica, with one matrix or row for each gate."""
        first = {
            name: weight[0].detach().numpy() for name, weight in self.weights.items()
        }
        gates, units = CELLS[self.sizes.kind][1], self.sizes.units
        outer, inner = (first.pop(name).reshape(-1, units) for name in ("b", "inner"))
        rows = outer + inner
        if self.sizes.kind == "gru":  # the proposal's inner bias stands inside r
            rows = np.vstack([rows[:2], outer[2], inner[2]])
        split = {name: np.stack(np.split(first[name], gates, axis=1)) for name in "WU"}
        return first | split | {"b": rows, "v": first["v"][0]}

    def read(self, x: Tensor, training: bool = False) -> Tensor:
        """The scores (replicas, batch, classes) of x (replicas, batch, time, ...)."""
        if "letters" in self.weights:
            lengths = (x != PAD).sum(dim=2)
            x = x[:, :, : lengths.max()]  # no step beyond the longest text
            rows = torch.arange(self.count)[:, None, None]
            x = self._dropped(self.weights["letters"][rows, x], training)
            states = torch.stack(self.states(x), dim=2)
            last = states[rows[..., 0], torch.arange(x.shape[1]), lengths - 1]
        else:
            last = self.states(x)[-1]
        last = self._dropped(last, training)
        return torch.baddbmm(self.weights["v"], last, self.weights["V"])

    def _dropped(self, values: Tensor, training: bool) -> Tensor:
        return torch.nn.functional.dropout(values, self.sizes.dropout, training)

    def states(self, x: Tensor) -> list[Tensor]:
        """What the cell shows after each step, (replicas, batch, units).

        x is (replicas, batch, time, inputs).
        """
        replicas, batch, time, inputs = x.shape
        units, step = self.weights["U"].shape[1], STEPS[self.sizes.kind]
        x = x.transpose(1, 2).reshape(replicas, time * batch, inputs)
        b, inner = self.weights["b"], self.weights["inner"]
        if self.sizes.kind != "gru":  # only there the two biases are apart
            b = b + inner
        given = torch.baddbmm(b, x, self.weights["W"])
        parts = given.reshape(replicas, time, batch, -1).unbind(1)
        state = [x.new_zeros(replicas, batch, units)] * 2
        shown = []
        for part in parts:
            state = step(part, inner, state, self.weights["U"])
            shown.append(state[0])
        return shown

    def scores(self, x: np.ndarray) -> np.ndarray:
        """The scores of all replicas for the same sequences, without dropout."""
        with torch.no_grad():
            parts = [part.expand(self.count, *part.shape) for part in _parts(x)]
            return torch.cat([self.read(part) for part in parts], dim=1).numpy()


def _stacked(parts: list) -> Tensor:
    return torch.tensor(np.stack(parts), dtype=torch.float32)


def _uniform(rngs: list, shape: tuple, bound: float) -> Tensor:
    return _stacked([rng.uniform(-bound, bound, shape) for rng in rngs])


def _parts(x: np.ndarray) -> Sequence[Tensor]:
    return torch.tensor(x).split(PART)


def _rnn(given: Tensor, inner: Tensor, state: list, U: Tensor) -> list:
    return [torch.tanh(torch.baddbmm(given, state[0], U))]


def _gru(given: Tensor, inner: Tensor, state: list, U: Tensor) -> list:
    units = U.shape[1]
    mixed = torch.baddbmm(inner, state[0], U)
    (gates, proposal), (old, candidate) = (
        part.split([2 * units, units], dim=-1) for part in (given, mixed)
    )
    r, z = torch.sigmoid(gates + old).split(units, dim=-1)
    n = torch.tanh(torch.addcmul(proposal, r, candidate))
    return [torch.lerp(n, state[0], z)]


def _lstm(given: Tensor, inner: Tensor, state: list, U: Tensor) -> list:
    i, f, g, o = torch.baddbmm(given, state[0], U).split(U.shape[1], dim=-1)
    kept = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
    return [torch.sigmoid(o) * torch.tanh(kept), kept]


STEPS: dict[str, Callable] = {"rnn": _rnn, "gru": _gru, "lstm": _lstm}


def clip(gradients: Sequence[Tensor], most: float) -> list[Tensor]:
    """The gradients of each replica, shrunk together to a norm of at most `most`."""
    squares = torch.stack([g.square().sum(dim=(1, 2)) for g in gradients]).sum(dim=0)
    share = (most / squares.sqrt().clamp(min=1e-12)).clamp(max=1)
    return [gradient * share[:, None, None] for gradient in gradients]


def fit(
    replicas: Replicas,
    x: np.ndarray,
    y: np.ndarray,
    places: Iterable[np.ndarray],
    adam: torch.optim.Adam,
    rates: Iterable[float],
    most: float | None = None,
) -> None:
    """Train on batches, (replicas, batch) places in x and y, at one rate for each.

    `adam` holds the weights; `most` clips the norm of each replica's gradient.
    """
    inputs, truth = torch.tensor(x), torch.tensor(y)
    weights = list(replicas.weights.values())
    for place, rate in zip(places, rates, strict=False):
        scores = replicas.read(inputs[place], training=True)
        target = truth[place].flatten()
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, 1), target)
        found = list(torch.autograd.grad(loss * replicas.count, weights))
        found = clip(found, most) if most else found
        adam.param_groups[0]["lr"] = rate
        for weight, gradient in zip(weights, found, strict=True):
            weight.grad = gradient
        adam.step()
