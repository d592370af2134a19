"""The channels of the XGBoost algorithm: files of CSV or LibSVM become a matrix.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html, and what
https://github.com/aws/sagemaker-xgboost-container says of wrong ones.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xgboost

from localaws.algorithms.errors import UserError

CSV, LIBSVM = "csv", "libsvm"
_TYPES = {
    "csv": CSV,
    "libsvm": LIBSVM,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
}
_UNREAD = ("parquet", "recordio-protobuf")
_OTHERS = (*_UNREAD, *(f"application/x-{name}" for name in _UNREAD))
DELIMITERS = ",\t;| "
SHOWN = 50  # characters of a line that an error shows
LONGEST = 1024 * 1024  # characters of a first line that are looked at

logger = logging.getLogger(__name__)


def kind_of(content_type: str | None) -> str:
    """Return the format that a channel's ContentType names: LibSVM where none does."""
    if content_type is None:
        return LIBSVM
    name, *rest = (part.strip() for part in content_type.lower().split(";"))
    given = dict(part.partition("=")[::2] for part in rest)
    if name in _OTHERS:
        raise UserError(
            f'localaws does not read channels of the type "{content_type}": convert '
            "the data to text/csv (label first, no header) or text/libsvm"
        )
    if name not in _TYPES:
        allowed = ", ".join([*_TYPES, *_OTHERS])
        raise UserError(f"{content_type} is not an accepted ContentType: {allowed}.")
    if given.get("label_size", "1") != "1":
        raise UserError(
            f"{content_type} is not an accepted csv ContentType. Optional parameter "
            "label_size must be equal to 1"
        )
    return _TYPES[name]


def matrix(files: list[Path], kind: str, weighted: bool = False) -> Any:
    """Return the matrix of files of a format.

    With `weighted`, the second column of CSV is the weight of its row.
    """
    try:
        return _from_csv(files, weighted) if kind == CSV else _from_libsvm(files)
    except (ValueError, IndexError, xgboost.core.XGBoostError) as error:
        said = first_part(error)
        raise UserError(f"Failed to load {kind} data with exception:\n{said}") from None


def first_part(error: Exception) -> str:
    """Return what XGBoost says, without its stack."""
    return str(error).partition("\nStack trace")[0].strip()


def files_of(folder: Path) -> list[Path]:
    """Return the data files of a channel in their order, from folders inside too."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if any(path.name.startswith(".") for path in files):
        raise UserError(
            "Hidden file found in the data path! Remove that before training."
        )
    return [p for p in files if not p.name.startswith("_") and p.stat().st_size]


def _from_csv(files: list[Path], weighted: bool) -> Any:
    """Return the matrix of tables: a label, perhaps a weight, and features.

    What is no number is missing, as it is to XGBoost's own reader; that one is not
    used, since it rounds wrongly and takes two tabs for one.
    """
    import numpy as np
    import pandas as pd

    delimiter = _delimiter(files[0])
    logger.info("Determined delimiter of CSV input is '%s'", delimiter)
    tables = [pd.read_csv(path, sep=delimiter, header=None) for path in files]
    whole = pd.concat(tables, ignore_index=True)
    rows = whole.apply(pd.to_numeric, errors="coerce").to_numpy(np.float32)
    unlabelled = np.flatnonzero(np.isnan(rows[:, 0]))
    if unlabelled.size:
        text = str(whole.iloc[unlabelled[0], 0])[:SHOWN]
        raise ValueError(
            f"Row {unlabelled[0] + 1} has the label '{text}', which is no number: the "
            "label is the first column, and there is no header"
        )
    first = 2 if weighted else 1
    weights = rows[:, 1] if weighted else None
    return xgboost.DMatrix(rows[:, first:], label=rows[:, 0], weight=weights)


def _from_libsvm(files: list[Path]) -> Any:
    """Return the matrix of lines `<label>(:<weight>) (qid:<group>) <index>:<value>`.

    Of the last there are many or none; indices begin with 0.
    """
    from scipy.sparse import csr_matrix

    labels, weights, groups, values, indices = ([] for _ in range(5))
    ends = [0]
    for path in files:
        for line in _lines(path):
            words = line.split()
            label, _, weight = words[0].partition(":")
            labels.append(float(label))
            weights.append(float(weight or 1))
            for index, _, value in (word.partition(":") for word in words[1:]):
                if index == "qid":
                    groups.append(int(value))
                else:
                    indices.append(_index(index))
                    values.append(float(value))
            ends.append(len(values))
    rows = csr_matrix((values, indices, ends))
    return xgboost.DMatrix(rows, label=labels, weight=weights, qid=groups or None)


def _index(text: str) -> int:
    """Return an index of a feature."""
    if text.isdecimal():
        return int(text)
    raise ValueError(f"'{text}' is no index of a feature: expected 0, 1, 2, ...")


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, without comments; raise where the first is wrong."""
    with path.open(errors="ignore") as file:
        lines = filter(None, (line.partition("#")[0].strip() for line in file))
        for number, line in enumerate(lines):
            if number == 0:
                _check_libsvm(path, line)
            yield line


def first_line(path: Path) -> str:
    """Return the first line of a file."""
    with path.open(errors="ignore") as file:
        return file.readline(LONGEST).rstrip("\r\n")


def _delimiter(path: Path) -> str:
    """Return what stands between the columns of a file, by its first line."""
    line = first_line(path)
    for mark in DELIMITERS:
        if mark in line.strip():
            return mark
    raise UserError(
        f"Could not determine delimiter on line {line[:SHOWN]}:\nCould not determine "
        "delimiter"
    )


def is_number(text: str) -> bool:
    """Return whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_libsvm(path: Path, line: str) -> None:
    """Check the first line of a file, where it is one of another format mostly."""
    label, *features = line.split()[:100]
    pairs = [
        label.split(":"),
        *(word.removeprefix("q").split(":") for word in features),
    ]
    counted = all(len(words) == 2 for words in pairs[1:]) and len(pairs[0]) <= 2
    numbers = (one for words in pairs for one in words if one != "id")
    if not counted or not all(map(is_number, numbers)):
        raise UserError(
            f"First line '{line[:SHOWN]}...' of file '{path.name}' is not 'LIBSVM' "
            "format. Please ensure the file is in 'LIBSVM' format."
        )
