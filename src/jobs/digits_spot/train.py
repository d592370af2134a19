"""Train the digits classifier on a machine that may disappear, and go on where it was.

SageMaker keeps the folder of checkpoints in S3, and brings it back when a managed spot
job starts again:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-checkpoints.html
"""

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

PIXELS = 64
CHECKPOINT = "checkpoint.pt"


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the hyperparameters and folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--every", type=int, default=20, help="steps to a checkpoint")
    parser.add_argument(
        "--pause", type=float, default=0.0, help="seconds that a step takes longer"
    )
    parser.add_argument("--checkpoints", type=Path, default="/opt/ml/checkpoints")
    for name, variable in [
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--model-dir", "SM_MODEL_DIR"),
    ]:
        folder = os.environ.get(variable)
        parser.add_argument(
            name, type=Path, default=folder, required=folder is None, help=variable
        )
    return parser.parse_args(arguments)


def load(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images (n, 64) and labels (n,) of an `.npz` file with `x` and `y`."""
    with np.load(path, allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays["x"]).float().reshape(-1, PIXELS)
        return images, torch.from_numpy(arrays["y"]).long()


class Training:
    """A network in training, and all that its next step depends on."""

    def __init__(self, images: torch.Tensor, labels: torch.Tensor, seed: int) -> None:
        torch.manual_seed(seed)
        self.images, self.labels = images, labels
        self.model = nn.Sequential(
            nn.Linear(PIXELS, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10)
        )
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05, momentum=0.9)
        self.order = torch.empty(0, dtype=torch.long)  # of the images, in this epoch
        self.step = 0

    def advance(self, batch_size: int = 32) -> float:
        """Take one step, at the next images of the epoch; return their loss."""
        place = self.step % -(-len(self.images) // batch_size)
        if place == 0:
            self.order = torch.randperm(len(self.images))
        batch = self.order.split(batch_size)[place]
        scores = self.model(self.images[batch])
        loss = nn.functional.cross_entropy(scores, self.labels[batch])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return loss.item()

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "order": self.order,
            "step": self.step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        self.order = state["order"]
        self.step = state["step"]


def save(state: dict[str, Any], path: Path) -> None:
    """Write a checkpoint that is there as a whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    torch.save(state, unfinished)
    os.replace(unfinished, path)


def main() -> None:
    """Train from the checkpoint, if there is one, and save on the way."""
    args = parse_arguments()
    torch.set_num_threads(1)  # a model this small is fastest on one core
    training = Training(*load(args.train / "train.npz"), args.seed)
    checkpoint = args.checkpoints / CHECKPOINT
    if checkpoint.exists():
        training.restore(torch.load(checkpoint, weights_only=True))
    print(f"begins at step={training.step}", flush=True)
    while training.step < args.steps:
        loss = training.advance()
        time.sleep(args.pause)
        if training.step % args.every == 0:
            save(training.state(), checkpoint)
            print(f"step={training.step} loss={loss:.4f}", flush=True)
    args.model_dir.mkdir(parents=True, exist_ok=True)
    torch.save(training.model.state_dict(), args.model_dir / "model.pth")


if __name__ == "__main__":
    main()
