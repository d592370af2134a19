"""Train the digits classifier on one machine, or on several that agree at each step.

`torchrun` says by variables how many processes there are and which one this is; without
it there is one. https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables
"""

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the hyperparameters and folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=64, help="of all machines")
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    for name, variable in [
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--model-dir", "SM_MODEL_DIR"),
    ]:
        folder = os.environ.get(variable)
        parser.add_argument(
            name, type=Path, default=folder, required=folder is None, help=variable
        )
    return parser.parse_args(arguments)


def join() -> tuple[int, int]:
    """Meet the other processes; return this one's number and how many there are."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return 0, 1
    network = os.environ.get("SM_NETWORK_INTERFACE_NAME")
    if network:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", network)
    distributed.init_process_group("gloo")
    return distributed.get_rank(), count


def batches(
    samples: int, size: int, rank: int, count: int, order: torch.Generator
) -> Iterator[Tensor]:
    """Yield this process's part of each whole batch, places among the samples.

    All draw the same order, and the parts are equal: the mean of their gradients is
    the gradient of the batch. Raises ValueError where they would not be.
    """
    if size % count:
        raise ValueError(f"--batch-size {size} is no multiple of {count} processes.")
    for batch in torch.randperm(samples, generator=order).split(size):
        if len(batch) == size:
            yield batch[rank::count]


def train(
    model: nn.Module, images: Tensor, labels: Tensor, args, rank: int, count: int
) -> list[float]:
    """Update the model, epoch by epoch; return the seconds of each step."""
    optimizer = torch.optim.SGD(model.parameters(), lr=args.learning_rate)
    order, seconds = torch.Generator().manual_seed(args.seed), []
    for _ in range(args.epochs):
        for batch in batches(len(images), args.batch_size, rank, count, order):
            begin = time.perf_counter()
            loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()  # DistributedDataParallel averages the gradients here
            optimizer.step()
            seconds.append(time.perf_counter() - begin)
    return seconds


def fingerprint(model: nn.Module) -> str:
    """Return sixteen digits that are equal where every bit of the weights is."""
    digest = hashlib.sha256()
    for weight in model.parameters():
        digest.update(weight.detach().numpy().tobytes())
    return digest.hexdigest()[:16]


def main() -> None:
    """Train, print the time of a step and what the weights are, save on the first."""
    args = parse_arguments()
    rank, count = join()
    torch.set_num_threads(1)  # a model this small is fastest on one core
    torch.manual_seed(args.seed)
    sizes = (64, args.hidden, 10)
    model: nn.Module = nn.Sequential(
        nn.Linear(*sizes[:2]), nn.ReLU(), nn.Linear(*sizes[1:])
    )
    parallel = DistributedDataParallel(model) if count > 1 else model
    with np.load(args.train / "train.npz", allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays["x"]).float().reshape(-1, 64)
        labels = torch.from_numpy(arrays["y"]).long()
    seconds = train(parallel, images, labels, args, rank, count)
    line = f"steps={len(seconds)} step_ms={1000 * median(seconds):.4f}"
    line = f"rank={rank} of={count} {line} weights={fingerprint(model)}\n"
    sys.stdout.write(line)  # whole: torchrun's processes may share an output
    if rank == 0:
        args.model_dir.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), args.model_dir / "model.pth")
    if count > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
