"""Serves a letter classifier: rows of pixels in, probabilities of ten letters out."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

PIXELS = 28  # a side


def network() -> nn.Sequential:
    """Two convolutions and two dense layers, in the order of the weights' names."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def model_fn(model_dir: str) -> nn.Sequential:
    """Load the weights from the model's folder."""
    torch.set_num_threads(1)
    model = network()
    weights = torch.load(Path(model_dir, "model.pth"), weights_only=True)
    model.load_state_dict(weights)
    return model.eval()


def input_fn(body: str | bytes, content_type: str) -> torch.Tensor:
    """Read CSV, an image of 784 values from 0 to 255 in each line."""
    if content_type != "text/csv":
        raise ValueError(f'Content type "{content_type}" is not supported: text/csv.')
    text = body if isinstance(body, str) else bytes(body).decode()
    rows = [np.array(line.split(","), np.float32) for line in text.splitlines()]
    return torch.tensor(np.stack(rows) / 255).reshape(-1, 1, PIXELS, PIXELS)


def predict_fn(images: torch.Tensor, model: nn.Sequential) -> torch.Tensor:
    """Return probabilities (images, letters)."""
    with torch.no_grad():
        return model(images).softmax(dim=1)


def output_fn(probabilities: torch.Tensor, accept: str) -> tuple[str, str]:
    """Write JSON, whatever the client accepts."""
    rows = [[round(p, 6) for p in row] for row in probabilities.tolist()]
    return json.dumps({"probabilities": rows}), "application/json"
