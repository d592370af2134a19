"""Answer requests with the network that `train.py` saved: NumPy is all it needs.

The four functions are those that the PyTorch containers of SageMaker look for:
https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html#serve-a-pytorch-model
"""

import json
from pathlib import Path

import numpy as np

PIXELS, LAYERS = 784, 3

Arrays = dict[str, np.ndarray]


def model_fn(model_dir: str) -> Arrays:
    """Return the arrays of `model.npz`."""
    with np.load(Path(model_dir, "model.npz"), allow_pickle=False) as arrays:
        return dict(arrays)


def input_fn(body: bytes | str, content_type: str) -> np.ndarray:
    """Return the images of a request: (n, 784), numbers from 0 to 255, as JSON."""
    if content_type != "application/json":
        raise ValueError(f'Content type "{content_type}": send application/json.')
    images = np.array(json.loads(body), dtype=np.float32)
    if images.ndim < 2 or images[0].size != PIXELS:
        raise ValueError(f"Images have shape {images.shape}, expected (n, {PIXELS}).")
    return images.reshape(len(images), PIXELS)


def predict_fn(images: np.ndarray, model: Arrays) -> np.ndarray:
    """Return the probability of each letter: (n, 10)."""
    h = (images - model["mean"]) / model["spread"]
    for layer in range(LAYERS):
        h = h @ (model[f"w{layer}"] * model[f"s{layer}"]).T + model[f"b{layer}"]
        h = np.maximum(h, 0) if layer < LAYERS - 1 else h
    powers = np.exp(h - h.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def output_fn(shares: np.ndarray, accept: str) -> str:
    """Return JSON: labels, and how sure the network is of each."""
    labels, sure = shares.argmax(axis=1), shares.max(axis=1)
    return json.dumps({"labels": labels.tolist(), "sure": sure.tolist()})
