"""Train the network that reads letters, and hand it on in eight bits.

Batch normalisation and shifted images come from lesson 07, the eight bits from lesson
15. What it scales by is a part of the network: who asks it sends pixels as they are.
"""

import argparse
import os
import shutil
from pathlib import Path

import numpy as np
import torch
from torch import nn

SIDE, CLASSES = 28, 10
BATCH, RATE, REACH = 50, 0.01, 2  # images a step, of Adam, pixels of a shift


class Scale(nn.Module):
    """Take the mean of each pixel off and divide by its spread."""

    def __init__(self, mean: torch.Tensor, spread: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x (n, 784), scaled."""
        return (x - self.mean) / self.spread


def network(mean: np.ndarray, spread: np.ndarray, width: int) -> nn.Sequential:
    """Return an untrained network: 784 pixels, twice `width` units, 10 scores."""
    layers: list[nn.Module] = [Scale(torch.tensor(mean), torch.tensor(spread))]
    inputs = SIDE * SIDE
    for _ in range(2):
        layers += [nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU()]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(width, CLASSES))


def shifted(x: torch.Tensor) -> torch.Tensor:
    """Return images (n, 784), all moved by the same few pixels."""
    by = torch.randint(-REACH, REACH + 1, (2,)).tolist()
    return x.view(-1, SIDE, SIDE).roll(by, dims=(1, 2)).view(len(x), -1)


def fit(
    data: dict[str, np.ndarray], epochs: int, width: int, seed: int
) -> nn.Sequential:
    """Return a trained network; `data` holds x (n, 784), y (n,), mean and spread."""
    torch.manual_seed(seed)
    x, y = torch.tensor(data["x"]), torch.tensor(data["y"])
    model = network(data["mean"], data["spread"], width)
    adam = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    steps = epochs * -(-len(x) // BATCH)
    falls = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(BATCH):
            adam.zero_grad()
            nn.functional.cross_entropy(model(shifted(x[rows])), y[rows]).backward()
            adam.step()
            falls.step()
    return model.eval()


def compact(model: nn.Sequential) -> dict[str, np.ndarray]:
    """Return a network as arrays: matrices of int8 with a scale for each unit.

    Batch normalisation is a factor and a shift of each unit by now: they go into the
    matrix and the bias before it. h becomes (w * s) h + b in each layer.
    """
    arrays = {name: value.numpy() for name, value in model[0].named_buffers()}
    linear = [layer for layer in model if isinstance(layer, nn.Linear)]
    norms = [layer for layer in model if isinstance(layer, nn.BatchNorm1d)]
    for number, layer in enumerate(linear):
        w, b = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        if number < len(norms):
            norm = {k: v.numpy() for k, v in norms[number].state_dict().items()}
            factor = norm["weight"] / np.sqrt(norm["running_var"] + norms[number].eps)
            w = factor[:, None] * w
            b = factor * (b - norm["running_mean"]) + norm["bias"]
        step = np.abs(w).max(axis=1, keepdims=True) / 127
        arrays[f"w{number}"] = np.round(w / step).astype(np.int8)
        arrays |= {f"s{number}": step, f"b{number}": b}
    return arrays


def main() -> None:
    """Train on `train.npz`; write `model.npz` and `code/`, ready to deploy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    for name, variable in [
        ("--train", "SM_CHANNEL_TRAIN"),
        ("--model-dir", "SM_MODEL_DIR"),
    ]:
        folder = os.environ.get(variable)
        parser.add_argument(name, type=Path, default=folder, required=folder is None)
    args = parser.parse_args()
    torch.set_num_threads(1)  # a network this small is fastest on one core
    with np.load(args.train / "train.npz", allow_pickle=False) as arrays:
        model = fit(dict(arrays), args.epochs, args.width, args.seed)
    args.model_dir.mkdir(parents=True, exist_ok=True)
    np.savez(args.model_dir / "model.npz", **compact(model))
    (args.model_dir / "code").mkdir(exist_ok=True)
    shutil.copy(Path(__file__).with_name("inference.py"), args.model_dir / "code")
    print(f"{args.epochs} epochs of {len(model)} layers", flush=True)


if __name__ == "__main__":
    main()
