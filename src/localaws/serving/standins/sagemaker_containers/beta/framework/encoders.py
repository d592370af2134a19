"""Requests become arrays, and arrays responses."""

from __future__ import annotations

from typing import Any

from localaws.serving import formats
from sagemaker_containers.beta.framework import errors


def decode(obj: bytes | str, content_type: str) -> Any:
    """Return the array in `obj`; raises `UnsupportedFormatError`."""
    try:
        return formats.decode(obj, content_type)
    except formats.UnsupportedFormat:
        raise errors.UnsupportedFormatError(content_type) from None


def encode(array_like: Any, content_type: str) -> bytes | str:
    """Return `array_like` as text, or as bytes for NPY.

    Raises `UnsupportedFormatError`.
    """
    try:
        data, kind = formats.encode(array_like, content_type)
    except formats.UnsupportedFormat:
        raise errors.UnsupportedFormatError(content_type) from None
    return data.decode() if kind in formats.TEXT else data
