"""Train the digits classifier: what SageMaker runs, and what runs by hand.

The folders come from the environment that SageMaker's training containers set:
https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from inference import PIXELS, build_model
from torch import nn


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the hyperparameters and folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    for name, variable in [
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--test", "SM_CHANNEL_TEST"),
        ("--model-dir", "SM_MODEL_DIR"),
    ]:
        folder = os.environ.get(variable)
        parser.add_argument(
            name, type=Path, default=folder, required=folder is None, help=variable
        )
    return parser.parse_args(arguments)


def load(path: Path, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return images (n, 64) and labels (n,) of an `.npz` file with `x` and `y`."""
    with np.load(path, allow_pickle=False) as arrays:
        images = torch.from_numpy(arrays["x"]).float().reshape(-1, PIXELS)
        labels = torch.from_numpy(arrays["y"]).long()
    return images.to(device), labels.to(device)


def train_epoch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    images: torch.Tensor,
    labels: torch.Tensor,
    batch_size: int,
) -> float:
    """Update `model` once over all images; return the mean loss."""
    total = 0.0
    for batch in torch.randperm(len(images)).to(images.device).split(batch_size):
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)


def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Return the share of images whose most probable class is the label."""
    with torch.inference_mode():
        return (model(images).argmax(dim=1) == labels).float().mean().item()


def save(model: nn.Module, hidden: int, folder: Path) -> None:
    """Write weights, configuration and `code/inference.py`: ready to deploy."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(model.cpu().state_dict(), folder / "model.pth")
    (folder / "config.json").write_text(json.dumps({"hidden": hidden}))
    (folder / "code").mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("inference.py"), folder / "code")


def main() -> None:
    """Train, report each epoch on a line that metric definitions can read, save."""
    args = parse_arguments()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # a model this small is fastest on one core
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    print(f"training on {device}", file=sys.stderr, flush=True)
    images, labels = load(args.train / "train.npz", device)
    test_images, test_labels = load(args.test / "test.npz", device)
    model = build_model(args.hidden).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.learning_rate)
    for epoch in range(1, args.epochs + 1):
        loss = train_epoch(model, optimizer, images, labels, args.batch_size)
        correct = accuracy(model, test_images, test_labels)
        line = f"epoch={epoch} train_loss={loss:.4f} test_accuracy={correct:.4f}"
        print(line, flush=True)
    save(model, args.hidden, args.model_dir)


if __name__ == "__main__":
    main()
