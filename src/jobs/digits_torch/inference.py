"""Answer requests with the digits classifier that `train.py` saved.

The four functions are those that the PyTorch containers of SageMaker look for:
https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html#serve-a-pytorch-model
"""

import io
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

PIXELS = 64  # an image of 8 x 8 pixels, row by row
CLASSES = 10


def build_model(hidden: int) -> nn.Module:
    """Return an untrained network: 64 pixels, `hidden` units, 10 logits."""
    return nn.Sequential(
        nn.Linear(PIXELS, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES)
    )


def model_fn(model_dir: str) -> nn.Module:
    """Return the trained model of `config.json` and `model.pth`, on a GPU if any."""
    config = json.loads(Path(model_dir, "config.json").read_text())
    model = build_model(config["hidden"])
    weights = torch.load(
        Path(model_dir, "model.pth"), map_location="cpu", weights_only=True
    )
    model.load_state_dict(weights)
    return model.to("cuda" if torch.cuda.is_available() else "cpu").eval()


def input_fn(body: bytes | str, content_type: str) -> torch.Tensor:
    """Return the images of a request: (images, 64), pixels in [0, 1].

    `application/json` holds a list of images, or `{"instances": [images]}`;
    `text/csv` one image a line; `application/x-npy` an array. An image is 64 numbers
    or 8 x 8, and a single image may come without the list around it.
    """
    readers = {
        "application/json": _read_json,
        "text/csv": _read_csv,
        "application/x-npy": _read_npy,
    }
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind not in readers:
        raise ValueError(
            f'Content type "{content_type}" is not supported: '
            f"send {', '.join(readers)}."
        )
    return torch.from_numpy(_as_images(readers[kind](body)))


def predict_fn(images: torch.Tensor, model: nn.Module) -> torch.Tensor:
    """Return the probability of each digit: (images, 10), on the CPU."""
    device = next(model.parameters()).device
    with torch.inference_mode():
        return model(images.to(device)).softmax(dim=1).cpu()


def output_fn(probabilities: torch.Tensor, accept: str) -> str:
    """Return `{"labels": [...], "probabilities": [[...], ...]}` as JSON.

    With `text/csv` each line holds the label and the ten probabilities.
    """
    labels = probabilities.argmax(dim=1).tolist()
    rows = probabilities.tolist()
    wanted = [part.split(";")[0].strip() for part in (accept or "*/*").split(",")]
    if {"application/json", "application/*", "*/*"} & set(wanted):
        return json.dumps({"labels": labels, "probabilities": rows})
    if "text/csv" in wanted:
        lines = (
            ",".join(map(str, [label, *row]))
            for label, row in zip(labels, rows, strict=True)
        )
        return "\n".join(lines) + "\n"
    raise ValueError(
        f'Cannot answer in "{accept}": accept application/json or text/csv.'
    )


def _read_json(body: bytes | str) -> np.ndarray:
    try:
        value = json.loads(body)
        value = value["instances"] if isinstance(value, dict) else value
        return np.array(value, dtype=np.float32)
    except KeyError:
        raise ValueError('The JSON object has no member "instances".') from None
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The body is not a JSON list of equally long images: {error}"
        ) from None


def _read_csv(body: bytes | str) -> np.ndarray:
    text = body.decode() if isinstance(body, bytes) else body
    rows = [line.split(",") for line in text.splitlines() if line.strip()]
    try:
        return np.array(rows, dtype=np.float32)
    except ValueError as error:
        raise ValueError(
            f"The body is not CSV with {PIXELS} numbers a line: {error}"
        ) from None


def _read_npy(body: bytes) -> np.ndarray:
    try:
        array = np.load(io.BytesIO(body), allow_pickle=False)
        return np.asarray(array, dtype=np.float32)
    except (EOFError, ValueError) as error:
        raise ValueError(f"The body is not an .npy array: {error}") from None


def _as_images(array: np.ndarray) -> np.ndarray:
    """Return `array` as (images, 64), or say which shape came instead."""
    one = array.shape in [(PIXELS,), (8, 8)]
    many = array.ndim in (2, 3) and array.shape[1:] in [(PIXELS,), (8, 8)]
    if not (one or many) or array.size == 0:
        raise ValueError(
            f"Images have shape {array.shape}: expected (n, 64) or (n, 8, 8), n >= 1."
        )
    if not np.isfinite(array).all() or array.min() < 0 or array.max() > 1:
        raise ValueError("Pixels must be numbers in [0, 1]: divide them by 16.")
    return np.ascontiguousarray(array.reshape(-1, PIXELS))
