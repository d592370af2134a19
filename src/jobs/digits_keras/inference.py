"""Answer requests with the digits classifier that `train.py` saved.

The TensorFlow containers of SageMaker call `input_handler`, ask TensorFlow Serving, and
pass its answer to `output_handler`; nothing here imports TensorFlow:
https://github.com/aws/sagemaker-tensorflow-serving-container#prepost-processing
"""

import io
import json

import numpy as np

PIXELS = 64  # an image of 8 x 8 pixels, row by row


def input_handler(data, context) -> str:
    """Return the request that TensorFlow Serving reads: `{"instances": [images]}`.

    `data` is the body as a stream. `application/json` holds a list of images, or
    `{"instances": [images]}`; `text/csv` one image a line; `application/x-npy` an
    array. An image is 64 numbers or 8 x 8 in [0, 1], and a single image may come
    without the list around it. Raises ValueError for anything else.
    """
    readers = {
        "application/json": _read_json,
        "text/csv": _read_csv,
        "application/x-npy": _read_npy,
    }
    kind = (context.request_content_type or "").split(";")[0].strip().lower()
    if kind not in readers:
        raise ValueError(
            f'Content type "{context.request_content_type}" is not supported: '
            f"send {', '.join(readers)}."
        )
    images = _as_images(readers[kind](data.read()))
    return json.dumps({"instances": images.tolist()})


def output_handler(response, context) -> tuple[str, str]:
    """Return `{"labels": [...], "probabilities": [[...], ...]}` and its content type.

    Where `text/csv` alone is accepted, each line holds the label and the ten
    probabilities. Raises ValueError with the words of TensorFlow Serving's error.
    """
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    rows = json.loads(response.content)["predictions"]
    labels = [int(np.argmax(row)) for row in rows]
    accept = context.accept_header or "*/*"
    wanted = [part.split(";")[0].strip() for part in accept.split(",")]
    if {"application/json", "application/*", "*/*"} & set(wanted):
        body = json.dumps({"labels": labels, "probabilities": rows})
        return body, "application/json"
    if "text/csv" in wanted:
        lines = (
            ",".join(map(str, [label, *row]))
            for label, row in zip(labels, rows, strict=True)
        )
        return "\n".join(lines) + "\n", "text/csv"
    raise ValueError(
        f'Cannot answer in "{accept}": accept application/json or text/csv.'
    )


def _read_json(body: bytes) -> np.ndarray:
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


def _read_csv(body: bytes) -> np.ndarray:
    try:
        rows = [row.split(",") for row in body.decode().splitlines() if row.strip()]
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
    return array.reshape(-1, PIXELS)
