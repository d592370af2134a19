"""Channels become matrices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from localaws.algorithms import data


def get_content_type(content_type_cfg_val: str | None) -> str:
    """Return "csv" or "libsvm" for a channel's ContentType."""
    return data.kind_of(content_type_cfg_val)


def get_dmatrix(
    data_path: str, content_type: str, csv_weights: int = 0, is_pipe: bool = False
) -> Any:
    """Return the matrix of a file or a folder, None where there is no data."""
    if is_pipe:
        raise ValueError("localaws has no Pipe mode: use File or FastFile")
    path = Path(data_path)
    files = [path] if path.is_file() else data.files_of(path)
    kind = data.kind_of(content_type)
    return data.matrix(files, kind, csv_weights == 1) if files else None
