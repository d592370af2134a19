"""Requests become matrices."""

from __future__ import annotations

import json
from typing import Any

from localaws.serving import tabular


def csv_to_dmatrix(input: bytes | str, dtype: Any = None) -> Any:
    """Return the matrix of lines of CSV."""
    return tabular.matrix(input, "text/csv")


def libsvm_to_dmatrix(string_like: bytes | str) -> Any:
    """Return the matrix of lines of LibSVM."""
    return tabular.matrix(string_like, "text/libsvm")


def decode(obj: bytes | str, content_type: str) -> Any:
    """Return the matrix of a body of one of both types."""
    return tabular.matrix(obj, content_type)


def json_to_jsonlines(json_data: dict | str) -> bytes:
    """Return the only list of a JSON object as lines."""
    found = json_data if isinstance(json_data, dict) else json.loads(json_data)
    if len(found) != 1:
        raise ValueError("JSON response is not compatible for conversion to jsonlines.")
    [rows] = found.values()
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()
