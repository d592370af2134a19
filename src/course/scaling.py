"""What more machines bring: the time of a step, and what a larger batch learns."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from course import parallel

INPUTS, CLASSES = 64, 10
STEPS = 6  # that are timed in a row
RATE = 0.1


def count(width: int) -> int:
    """How many weights the measured network has: 64, width, width and 10 units."""
    sizes = (INPUTS, width, width, CLASSES)
    return sum((before + 1) * after for before, after in pairwise(sizes))


def measure(grid: Sequence[tuple[int, int]], rounds: int = 8) -> np.ndarray:
    """Seconds of a step for each (width, batch): three columns, (points, 3).

    One process with the whole batch; two processes with half of it each, which add
    their gradients up; the same two without that. What else runs on the machine only
    makes a step longer, so the shortest is taken, of a few steps of each point in each
    of so many rounds over the grid. A step of two processes ends when both are done.
    """
    return parallel.processes(_measured, 2, list(grid), rounds)[0][0]


def _measured(grid: list[tuple[int, int]], rounds: int) -> list[np.ndarray]:
    seconds = np.full((len(grid), 3), np.inf)
    for _ in range(rounds):
        for row, (width, batch) in enumerate(grid):
            seconds[row] = np.minimum(seconds[row], _ways(width, batch))
    return [seconds]


def _ways(width: int, batch: int) -> list[float]:
    """The three times of one point; the second process waits during the first."""
    from torch import distributed

    alone = torch.zeros(STEPS, dtype=torch.float64)
    if distributed.get_rank() == 0:
        alone = _times(width, batch, together=False)
    found = []
    for taken in (alone, *(_times(width, batch // 2, way) for way in (True, False))):
        distributed.all_reduce(taken, distributed.ReduceOp.MAX)  # and both wait here
        found.append(taken.min().item())
    return found


def _times(width: int, batch: int, together: bool) -> Tensor:
    """Seconds of each of some steps in a row, after two that do not count."""
    sizes = (INPUTS, width, width, CLASSES)
    model = parallel.network(sizes, seed=0).float()
    x, y = torch.rand(batch, INPUTS), torch.randint(CLASSES, (batch,))
    step = partial(_step, list(model.parameters()), model, x, y, together)
    step()
    step()
    marks = [time.perf_counter()]
    for _ in range(STEPS):
        step()
        marks.append(time.perf_counter())
    return torch.tensor(marks, dtype=torch.float64).diff()


def _step(weights: list[Tensor], model, x: Tensor, y: Tensor, together: bool) -> None:
    from torch import distributed

    loss = torch.nn.functional.cross_entropy(model(x), y)
    slopes = torch.autograd.grad(loss, weights)
    if together:
        whole = torch.cat([slope.flatten() for slope in slopes])
        distributed.all_reduce(whole)
        slopes = whole.div_(distributed.get_world_size()).split(
            [weight.numel() for weight in weights]
        )
    with torch.no_grad():
        for weight, slope in zip(weights, slopes, strict=True):
            weight -= RATE * slope.view_as(weight)


def losses(
    x: np.ndarray,
    y: np.ndarray,
    *,
    batch: int,
    rates: Iterable[float],
    seeds: Sequence[int],
    epochs: int,
    hidden: int = 64,
) -> np.ndarray:
    """The mean training loss after so many epochs of gradient descent, (rates, seeds).

    x is (samples, inputs), y (samples,) class indices. A network with one hidden layer
    is trained for each rate and each seed, which fixes its start and the order of the
    samples; all at once, behind one product.
    """
    rates, draws = [*rates], [torch.Generator().manual_seed(seed) for seed in seeds]
    weights = [
        torch.stack([_uniform(shape, draw) for draw in draws]).repeat(len(rates), 1, 1)
        for shape in ((x.shape[1] + 1, hidden), (hidden + 1, CLASSES))
    ]
    for weight in weights:
        weight.requires_grad_()
    inputs, truth = torch.tensor(x).float(), torch.tensor(y)
    rate = torch.tensor(rates).repeat_interleave(len(seeds))[:, None, None]
    for _ in range(epochs):
        orders = torch.stack([torch.randperm(len(x), generator=d) for d in draws])
        for places in orders.split(batch, dim=1):
            places = places.repeat(len(rates), 1)
            loss = _loss(weights, inputs[places], truth[places]).mean(dim=1).sum()
            slopes = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for weight, slope in zip(weights, slopes, strict=True):
                    weight -= rate * slope
    copies = len(rates) * len(seeds)
    with torch.no_grad():
        found = _loss(weights, inputs.expand(copies, -1, -1), truth.expand(copies, -1))
    return found.mean(dim=1).reshape(len(rates), len(seeds)).numpy()


def _uniform(shape: tuple[int, int], draw: torch.Generator) -> Tensor:
    return (2 * torch.rand(shape, generator=draw) - 1) / shape[0] ** 0.5


def _loss(weights: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """The loss of each sample, (networks, samples); x has one more axis, the inputs."""
    first, second = weights
    h = torch.baddbmm(first[:, -1:], x, first[:, :-1]).relu()
    scores = torch.baddbmm(second[:, -1:], h, second[:, :-1])
    each = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), y.flatten(), reduction="none"
    )
    return each.view(y.shape)
