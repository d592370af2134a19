"""Rows of features in a request to XGBoost: CSV or LibSVM, without labels.

https://github.com/aws/sagemaker-xgboost-container
"""

from __future__ import annotations

from typing import Any

from localaws.serving.formats import UnsupportedFormat

CSV, LIBSVM = "csv", "libsvm"
_TYPES = {
    "csv": CSV,
    "text/csv": CSV,
    "libsvm": LIBSVM,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
}
_UNREAD = "application/x-recordio-protobuf", "recordio-protobuf"
DELIMITERS = ",\t;| "


class Unreadable(UnsupportedFormat):
    """A body that is not what its type says, or of a type that is not read."""

    def __init__(self, message: str) -> None:
        ValueError.__init__(self, message)


def matrix(body: bytes | str, content_type: str | None) -> Any:
    """Return the matrix in a request; LibSVM where no type is given."""
    import xgboost

    name = (content_type or LIBSVM).partition(";")[0].strip().lower()
    if name in _UNREAD:
        raise Unreadable(f"localaws does not read {name}: send text/csv or text/libsvm")
    if name not in _TYPES:
        allowed = ", ".join(_TYPES)
        raise Unreadable(f"{content_type} is not an accepted ContentType: {allowed}.")
    kind = _TYPES[name]
    try:
        text = body if isinstance(body, str) else body.decode()
        rows = _dense(text.strip()) if kind == CSV else _sparse(text.strip("\n"))
        return xgboost.DMatrix(rows)
    except (ValueError, IndexError) as error:
        raise Unreadable(
            f"Loading {kind} data failed with Exception, please ensure data is in "
            f"{kind} format:\n {type(error)}\n {error}"
        ) from None


def _dense(text: str) -> Any:
    """Return the array of lines; what is empty is missing."""
    import numpy as np

    lines = text.splitlines()
    delimiter = next((mark for mark in DELIMITERS if mark in lines[0]), ",")
    cells = ([cell.strip() or "nan" for cell in row.split(delimiter)] for row in lines)
    return np.array([list(map(float, row)) for row in cells])


def _sparse(text: str) -> Any:
    """Return the matrix of lines `<index>:<value> ...`; a label is passed over."""
    from scipy.sparse import csr_matrix

    ends, indices, values = [0], [], []
    for line in text.split("\n"):
        for word in line.split():
            index, colon, value = word.partition(":")
            if colon and not index.isdecimal():
                raise ValueError(f"'{index}' is no index of a feature: 0, 1, 2, ...")
            if colon:
                indices.append(int(index))
                values.append(float(value))
        ends.append(len(values))
    width = max(indices, default=0) + 1
    return csr_matrix((values, indices, ends), shape=(len(ends) - 1, width))
