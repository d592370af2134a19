"""Train a small network on the digits: one setting of its knobs, or many at once.

NumPy alone, so that a training of a tuning job takes no longer than its process needs
to start. `fit` has an axis for the settings: a lesson trains hundreds at once, the job
one, by the same lines.
"""

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

PIXELS, HIDDEN, CLASSES = 64, 16, 10
BATCH = 50  # images of a step


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the hyperparameters and folders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learning-rate", type=float, default=0.3)
    parser.add_argument("--weight-decay", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=0, help="seconds an epoch")
    for name, variable in [
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--validation", "SM_CHANNEL_VALIDATION"),
        ("--model-dir", "SM_MODEL_DIR"),
    ]:
        folder = os.environ.get(variable)
        parser.add_argument(
            name, type=Path, default=folder, required=folder is None, help=variable
        )
    return parser.parse_args(arguments)


def load(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 64) and labels (n,) of an `.npz` file with `x` and `y`."""
    with np.load(path, allow_pickle=False) as arrays:
        return arrays["x"].reshape(-1, PIXELS), arrays["y"]


def fit(
    images: np.ndarray,
    labels: np.ndarray,
    rates: np.ndarray,
    decays: np.ndarray,
    epochs: int,
    seed: int,
) -> Iterator[list[np.ndarray]]:
    """Yield the weights after each epoch, for settings of a rate and a decay each.

    Images are (n, 64). The weights have the settings as their first axis; all
    settings begin with the same ones, and see the images in the same order.
    """
    rng = np.random.default_rng(seed)
    shapes = (PIXELS, HIDDEN), (HIDDEN, CLASSES)
    weights = [rng.normal(0, each[0] ** -0.5, each) for each in shapes]
    weights = [np.tile(w.astype(np.float32), (len(rates), 1, 1)) for w in weights]
    rates, decays = (np.float32(each)[:, None, None] for each in (rates, decays))
    targets = np.eye(CLASSES, dtype=np.float32)[labels]
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            step(weights, images[batch], targets[batch], rates, decays)
        yield weights


def step(weights, images, targets, rates, decays) -> None:
    """Change the weights by one step of gradient descent with weight decay."""
    first, second = weights
    hidden = np.tanh(images @ first)  # (settings, batch, hidden)
    error = (softmax(hidden @ second) - targets) / len(images)
    back = error @ second.swapaxes(1, 2) * (1 - hidden**2)
    second -= rates * (hidden.swapaxes(1, 2) @ error + decays * second)
    first -= rates * (images.T @ back + decays * first)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def measure(weights, images, labels) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean loss, and the share of right answers, of each setting."""
    first, second = weights
    shares = softmax(np.tanh(images @ first) @ second)
    right = shares[:, np.arange(len(labels)), labels]
    accuracy = (shares.argmax(axis=-1) == labels).mean(axis=-1)
    return -np.log(np.maximum(right, 1e-9)).mean(axis=-1), accuracy


def main() -> None:
    """Train, print each epoch on a line that metric definitions can read, save."""
    args = parse_arguments()
    images, labels = load(args.train / "train.npz")
    held_out = load(args.validation / "validation.npz")
    rates, decays = np.array([args.learning_rate]), np.array([args.weight_decay])
    epochs = fit(images, labels, rates, decays, args.epochs, args.seed)
    for epoch, weights in enumerate(epochs, start=1):
        [loss], [accuracy] = measure(weights, *held_out)
        line = f"epoch={epoch} validation_loss={loss:.5f}"
        print(f"{line} validation_accuracy={accuracy:.4f}", flush=True)
        time.sleep(args.pause)
    args.model_dir.mkdir(parents=True, exist_ok=True)
    np.savez(args.model_dir / "model.npz", first=weights[0][0], second=weights[1][0])


if __name__ == "__main__":
    main()
