"""Requests become arrays."""

from __future__ import annotations

from typing import Any

from localaws.serving import formats
from sagemaker_inference import errors


def decode(obj: bytes | str, content_type: str) -> Any:
    """Return the array in `obj`; raises `UnsupportedFormatError`."""
    try:
        return formats.decode(obj, content_type)
    except formats.UnsupportedFormat:
        raise errors.UnsupportedFormatError(content_type) from None
