"""Load a file of letters, split it, and measure what training scales by.

A processing job runs it: https://docs.aws.amazon.com/sagemaker/latest/dg/processing-job.html
"""

import argparse
from pathlib import Path

import numpy as np

CLASSES = 10
SIDE = 28  # pixels
HELD = 0.2  # the share of a file that is not trained on
DIM = 25  # of 255: what pixels that never change are divided by

Pair = tuple[np.ndarray, np.ndarray]


def load(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return images (n, 784) of 0 to 255 and labels (n,) of a folder's `.npz` files.

    Raises ValueError where they cannot be trained on.
    """
    files = [np.load(path, allow_pickle=False) for path in sorted(folder.glob("*.npz"))]
    if not files:
        raise ValueError(f"There is no .npz file among {sorted(folder.iterdir())}.")
    x = np.concatenate([each["x"] for each in files])
    y = np.concatenate([each["y"] for each in files])
    if x.dtype != np.uint8 or x.shape != (len(y), SIDE, SIDE):
        raise ValueError(
            f"Images are {x.dtype} of shape {x.shape}, expected uint8 of shape "
            f"{(len(y), SIDE, SIDE)}."
        )
    if not 0 <= y.min() <= y.max() < CLASSES:
        raise ValueError(f"Labels are {y.min()} to {y.max()}, expected 0 to 9.")
    return x.reshape(len(x), -1).astype(np.float32), y.astype(np.int64)


def split(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[Pair, Pair]:
    """Return what to train on, and a fifth held out; equal images stay together."""
    letter = np.unique(x, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.random.default_rng(seed).permutation(letter.max() + 1)
    held = order[letter] < HELD * len(order)
    return (x[~held], y[~held]), (x[held], y[held])


def prepare(x: np.ndarray) -> dict[str, np.ndarray]:
    """Return mean and spread of each pixel: of what is trained on, and nothing else."""
    return {"mean": x.mean(axis=0), "spread": x.std(axis=0) + DIM}


def main() -> None:
    """Write `train/train.npz` and `held/held.npz`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("/opt/ml/processing"))
    args = parser.parse_args()
    (x, y), (held_x, held_y) = split(*load(args.folder / "incoming"), args.seed)
    for name, arrays in [
        ("train", {"x": x, "y": y, **prepare(x)}),
        ("held", {"x": held_x, "y": held_y}),
    ]:
        (args.folder / name).mkdir(parents=True, exist_ok=True)
        np.savez(args.folder / name / f"{name}.npz", **arrays)
    print(f"{len(y)} letters to train on, {len(held_y)} held out")


if __name__ == "__main__":
    main()
