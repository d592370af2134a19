"""Requests become what pipelines take, and what they give becomes an answer."""

from localaws.serving.formats import JSON
from localaws.serving.huggingface import decode as _decode
from localaws.serving.huggingface import encode as _encode


def decode(content: bytes | str, content_type: str = JSON) -> object:
    """Return the value of a request."""
    return _decode(content, content_type)


def encode(content: object, content_type: str = JSON) -> str | bytes:
    """Return an answer, as text but for NPY."""
    data = _encode(content, content_type)
    return data if content_type.endswith("npy") else data.decode()
