"""A SavedModel asked as TensorFlow Serving is asked: JSON in, JSON out.

https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

KEYS = {"instances": "predictions", "inputs": "outputs"}


class BadRequest(ValueError):
    """A request that the model cannot answer; the client is told why."""


class SavedModel:
    """One version of a model, with its signatures."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        if count := os.environ.get("OMP_NUM_THREADS"):
            tf.config.threading.set_intra_op_parallelism_threads(int(count))
            tf.config.threading.set_inter_op_parallelism_threads(int(count))
        self.version = folder.name
        self._tf = tf
        self._model = tf.saved_model.load(str(folder))  # keeps the variables alive

    def predict(self, body: bytes) -> dict[str, Any]:
        """Return `predictions` for `instances`, `outputs` for `inputs`.

        Raises `BadRequest`.
        """
        request = _parse(body)
        name = request.get("signature_name", "serving_default")
        if name not in self._model.signatures:
            known = sorted(self._model.signatures)
            raise BadRequest(f'The signature "{name}" is unknown: {known}.')
        function = self._model.signatures[name]
        specs = function.structured_input_signature[1]
        [key] = [key for key in KEYS if key in request]
        values = _columns(request[key], list(specs), by_row=key == "instances")
        tensors = {name: self._tensor(specs[name], values[name]) for name in specs}
        try:
            outputs = function(**tensors)
        except (self._tf.errors.OpError, ValueError, TypeError) as error:
            raise BadRequest(_reason(error)) from error
        return {KEYS[key]: _shown(outputs, by_row=key == "instances")}

    def _tensor(self, spec: Any, value: Any) -> Any:
        try:
            tensor = self._tf.constant(_plain(value), dtype=spec.dtype)
        except (ValueError, TypeError) as error:
            raise BadRequest(
                f'The input "{spec.name}" must be {spec.dtype.name}: {error}'
            ) from error
        if not spec.shape.is_compatible_with(tensor.shape):
            raise BadRequest(
                f'The input "{spec.name}" has shape {tensor.shape}, and the model '
                f"expects {spec.shape}."
            )
        return tensor


def find(folder: Path) -> list[tuple[str, Path]]:
    """Return name and newest version of each SavedModel: `<name>/<digits>/`.

    Versions at the top of the folder are those of a model named "model".
    """
    newest: dict[str, Path] = {}
    for file in sorted(folder.rglob("saved_model.pb")):
        version = file.parent
        if not version.name.isdecimal() or version == folder:
            continue
        name = "model" if version.parent == folder else version.parent.name
        if name not in newest or int(newest[name].name) < int(version.name):
            newest[name] = version
    return sorted(newest.items())


def _parse(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"JSON Parse error: {error}") from error
    if not isinstance(request, dict) or len(KEYS.keys() & request.keys()) != 1:
        raise BadRequest("The request must have either 'instances' or 'inputs'.")
    return request


def _columns(value: Any, names: list[str], *, by_row: bool) -> dict[str, Any]:
    """Return the value of each input, from rows or from columns."""
    rows = value if by_row else [value]
    if not isinstance(rows, list) or not rows:
        raise BadRequest("'instances' must be a list with at least one element.")
    named = all(isinstance(row, dict) and "b64" not in row for row in rows)
    if not named and len(names) > 1:
        raise BadRequest(f"The model has several inputs: name them {names}.")
    if named and any(set(row) != set(names) for row in rows):
        raise BadRequest(f"The inputs are named {sorted(rows[0])}, expected {names}.")
    if not named:
        return {names[0]: value}
    if not by_row:
        return value
    return {name: [row[name] for row in rows] for name in names}


def _plain(value: Any) -> Any:
    """Return `value` with the bytes of each `{"b64": text}`."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"])
    return value


def _reason(error: Exception) -> str:
    """Return what went wrong in a line, without the node where it did."""
    text = str(error).partition("\n\t [[")[0]
    lines = text.splitlines() or [type(error).__name__]
    return lines[-1] if lines[0] == "Graph execution error:" else lines[0]


def _shown(outputs: dict[str, Any], *, by_row: bool) -> Any:
    columns = {name: _text(tensor.numpy().tolist()) for name, tensor in outputs.items()}
    if len(columns) == 1:
        return next(iter(columns.values()))
    if not by_row:
        return columns
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(item) for item in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
