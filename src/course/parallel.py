"""Two processes that train one network: each has half of every batch."""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

Sizes = tuple[int, ...]


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
    gradient of its part, all-reduce adds the parts up (gloo, on this machine's
    loopback), and all step alike. Raises ValueError where the parts are not equal.
    """
    if workers < 1 or len(x) % workers:
        raise ValueError(
            f"{len(x)} samples for {workers} workers, expected equal parts: "
            "the mean of unequal parts is another gradient."
        )
    with tempfile.TemporaryDirectory() as folder:
        task = (workers, folder, sizes, x, y, steps, seed)
        torch.multiprocessing.start_processes(
            _work, task, nprocs=workers, start_method="spawn"
        )
        with np.load(Path(folder, "weights.npz")) as saved:
            return [saved[name] for name in saved.files]


def _work(rank, workers, folder, sizes, x, y, steps, seed) -> None:
    from torch import distributed

    torch.set_num_threads(1)
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    os.environ["GLOO_SOCKET_IFNAME"] = loopback  # nobody else can connect
    meeting = Path(folder, "meeting").as_uri()
    distributed.init_process_group(
        "gloo", init_method=meeting, rank=rank, world_size=workers
    )
    try:
        part = slice(rank * len(x) // workers, (rank + 1) * len(x) // workers)
        model = network(sizes, seed)
        _descend(model, torch.tensor(x[part]).double(), torch.tensor(y[part]), steps)
        if rank == 0:
            weights = [weight.detach().numpy() for weight in model.parameters()]
            np.savez(Path(folder, "weights.npz"), *weights)
    finally:
        distributed.destroy_process_group()


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
