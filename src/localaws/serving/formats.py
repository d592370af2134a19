"""How arrays travel in requests and responses: JSON, CSV, NPY and NPZ.

The same defaults as the serving containers:
https://github.com/aws/sagemaker-inference-toolkit
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
NPZ = "application/x-npz"
ANY = "*/*"
TEXT = (JSON, CSV)  # handed to `input_fn` as str


class UnsupportedFormat(ValueError):
    """A content type that the default functions cannot read or write."""

    status_code = 415

    def __init__(self, content_type: str | None) -> None:
        super().__init__(
            f'Content type "{content_type}" is not supported by the default functions: '
            "implement input_fn to read the request, or output_fn to write the answer."
        )


def decode(body: bytes | str, content_type: str | None) -> Any:
    """Return the array in a request body; `UnsupportedFormat` for other types."""
    if content_type is None or content_type not in _DECODERS:
        raise UnsupportedFormat(content_type)
    return _DECODERS[content_type](body)


def encode(value: Any, accept: str) -> tuple[bytes, str]:
    """Return `value` in the first type of an Accept header that is known, and the type.

    Raises `UnsupportedFormat` where none is.
    """
    for content_type in accept.replace(" ", "").split(","):
        if content_type in _ENCODERS:
            return _ENCODERS[content_type](value), content_type
    raise UnsupportedFormat(accept)


def to_bytes(value: Any) -> bytes:
    """Return what a handler answered as the bytes that are sent."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    return _to_json(value)


def _from_json(body: bytes | str) -> Any:
    import numpy as np

    return np.array(json.loads(body))


def _from_csv(body: bytes | str) -> Any:
    import numpy as np

    text = body.decode() if isinstance(body, bytes) else body
    return np.genfromtxt(io.StringIO(text), delimiter=",")


def _from_npy(body: bytes) -> Any:
    import numpy as np

    return np.load(io.BytesIO(body), allow_pickle=False)  # a request is not trusted


def _from_npz(body: bytes) -> Any:
    from scipy.sparse import load_npz

    return load_npz(io.BytesIO(body))


def _to_json(value: Any) -> bytes:
    return json.dumps(value, default=plain).encode()


def _to_csv(value: Any) -> bytes:
    import numpy as np

    text = io.StringIO()
    np.savetxt(text, value, delimiter=",", fmt="%s")
    return text.getvalue().encode()


def _to_npy(value: Any) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, value)
    return buffer.getvalue()


def plain(value: Any) -> Any:
    """Return an array, or a number of numpy, as JSON has it; TypeError for others."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_DECODERS: dict[str, Callable[[Any], Any]] = {
    JSON: _from_json,
    CSV: _from_csv,
    NPY: _from_npy,
    NPZ: _from_npz,
}
_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    JSON: _to_json,
    CSV: _to_csv,
    NPY: _to_npy,
}
