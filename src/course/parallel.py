"""Processes that train one network together: each has a part of every batch."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from multiprocessing import set_forkserver_preload
from pathlib import Path
from typing import Any

import numpy as np
import torch

Sizes = tuple[int, ...]
# One server imports PyTorch, and every process is a copy of it. On a Mac, a copy of a
# process that has called Apple's libraries may crash: there each imports for itself.
START = "spawn" if sys.platform == "darwin" else "forkserver"


def network(sizes: Sizes, seed: int) -> torch.nn.Sequential:
    """Dense layers of these sizes in float64, with ReLU between them."""
    torch.manual_seed(seed)
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1]).double()


def train(
    sizes: Sizes, x: np.ndarray, y: np.ndarray, *, workers: int, steps: int, seed: int
) -> list[np.ndarray]:
    """The weights after `steps` of gradient descent at rate 0.1, by so many processes.

    x is (samples, inputs), y (samples,) class indices. Each worker computes the
    gradient of its part, all-reduce adds the parts up, and all step alike. Raises
    ValueError where the parts are not equal.
    """
    if workers < 1 or len(x) % workers:
        raise ValueError(
            f"{len(x)} samples for {workers} workers, expected equal parts: "
            "the mean of unequal parts is another gradient."
        )
    return processes(_trained, workers, sizes, x, y, steps, seed)[0]


def ring(gradients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sums that each worker has at the end, and the state before and after a step.

    Worker k brings row k of the gradients, (workers, numbers), in as many parts as
    there are workers; a state is (workers, numbers). Patarasuk and Yuan (2009).
    """
    n = len(gradients)
    parts = np.array_split(np.arange(gradients.shape[1]), n)
    states = [np.array(gradients)]
    for step in range(2 * (n - 1)):
        new = states[-1].copy()
        for worker in range(n):
            part = parts[(worker - step) % n]
            told = states[-1][worker, part]
            following = (worker + 1) % n
            new[following, part] = told + (step < n - 1) * states[-1][following, part]
        states.append(new)
    return states[-1], np.array(states)


def all_reduce(gradients: np.ndarray) -> np.ndarray:
    """The sums that each process has after all-reduce, (workers, numbers).

    Process k brings row k of the gradients, (workers, numbers).
    """
    found = processes(_reduced, len(gradients), gradients)
    return np.array([sums for (sums,) in found])


def processes(
    task: Callable[..., list[np.ndarray]], workers: int, *given: Any
) -> list[list[np.ndarray]]:
    """The arrays that each of so many processes returns from `task(*given)`.

    Inside, `torch.distributed` is ready: gloo, on this machine's loopback. The task
    is a function of a module, and each process has one thread.
    """
    set_forkserver_preload([__name__])
    with tempfile.TemporaryDirectory() as folder:
        torch.multiprocessing.start_processes(
            _work, (workers, folder, task, given), nprocs=workers, start_method=START
        )
        return [_saved(Path(folder, f"{rank}.npz")) for rank in range(workers)]


def _saved(path: Path) -> list[np.ndarray]:
    with np.load(path) as saved:
        return [saved[name] for name in saved.files]


def _work(rank: int, workers: int, folder: str, task: Callable, given: tuple) -> None:
    from torch import distributed

    torch.set_num_threads(1)
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    os.environ["GLOO_SOCKET_IFNAME"] = loopback  # nobody else can connect
    meeting = Path(folder, "meeting").as_uri()
    distributed.init_process_group(
        "gloo", init_method=meeting, rank=rank, world_size=workers
    )
    try:
        np.savez(Path(folder, f"{rank}.npz"), *task(*given))
    finally:
        distributed.destroy_process_group()


def _reduced(gradients: np.ndarray) -> list[np.ndarray]:
    from torch import distributed

    mine = torch.tensor(gradients[distributed.get_rank()])
    distributed.all_reduce(mine)
    return [mine.numpy()]


def _trained(sizes, x, y, steps, seed) -> list[np.ndarray]:
    from torch import distributed

    rank, workers = distributed.get_rank(), distributed.get_world_size()
    part = slice(rank * len(x) // workers, (rank + 1) * len(x) // workers)
    model = network(sizes, seed)
    _descend(model, torch.tensor(x[part]).double(), torch.tensor(y[part]), steps)
    return [weight.detach().numpy() for weight in model.parameters()]


def _descend(model, x, y, steps) -> None:
    """So many steps, each along the mean of all workers' gradients."""
    from torch import distributed

    weights = list(model.parameters())
    for _ in range(steps):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for weight, slope in zip(weights, slopes, strict=True):
                distributed.all_reduce(slope)  # the sum over the workers
                weight -= 0.1 * slope / distributed.get_world_size()
