"""DataProcessing: what of a record a model is sent, and what of its answer is kept.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localaws.transform.paths import NotFound, Path
from localaws.transform.records import BadInput, Batch

CSV, JSON = "CSV", "JSON"
_MEDIA = {"text/csv": CSV, "application/json": JSON, "application/jsonlines": JSON}
MEDIA = sorted(_MEDIA)
INPUT, OUTPUT = "SageMakerInput", "SageMakerOutput"


def language(media: str) -> str:
    """Return how a media type writes records: CSV, JSON, or nothing for others."""
    return _MEDIA.get(media.partition(";")[0].strip().lower(), "")


@dataclass(frozen=True)
class Filters:
    """What happens to records before a model is asked, and to its answers."""

    before: Path
    after: Path
    joins: bool
    content_type: str  # of the records
    accept: str = ""  # of the answers, where it is asked for
    lines: bool = False  # whether each answer ends with a new line in the output

    def asked(self, data: bytes) -> bytes:
        """Return what a model gets of a record; raise BadInput."""
        if self.before.whole:
            return data
        kind = language(self.content_type)
        return _written(kind, _selected(self.before, _read(kind, data, "record")))

    def kept(self, batch: Batch, answer: bytes, media: str) -> bytes:
        """Return what is stored of the answer to a batch; raise BadInput.

        Where the answers are to be read, there is one in each line, or one alone.
        """
        if not self.joins and self.after.whole:
            return self._ended([answer])
        media = self.accept or media
        if not (kind := language(media)):
            expected = ", ".join(MEDIA)
            raise BadInput(
                f'The answer is "{media}", of which nothing can be joined or selected: '
                f"let the model answer with one of {expected}, and set Accept."
            )
        alone = kind == JSON and len(batch.records) == 1
        answers = [answer] if alone else [a for a in answer.splitlines() if a.strip()]
        values = [_read(kind, one, "answer") for one in answers]
        if self.joins:
            values = self._joined(batch, values, kind)
        return self._ended([_written(kind, _selected(self.after, v)) for v in values])

    def _joined(self, batch: Batch, values: list[Any], kind: str) -> list[Any]:
        if len(values) != len(batch.records):
            raise BadInput(
                f"The model answered {len(batch.records)} records with {len(values)}: "
                "JoinSource needs one answer to each, in a line of its own."
            )
        if language(self.content_type) != kind:
            raise BadInput(
                f'The records are "{self.content_type}" and the answers {kind}: '
                "JoinSource needs the same format of both."
            )
        given = [_read(kind, record.data, "record") for record in batch.records]
        return [_join(*pair) for pair in zip(given, values, strict=True)]

    def _ended(self, answers: Sequence[bytes]) -> bytes:
        """Return answers one after the other, each with the end that AssembleWith sets.

        An answer that ends with a new line gets no second one.
        """
        if not self.lines:
            return b"".join(answers)
        return b"".join(_without_end(answer) + b"\n" for answer in answers)


def _without_end(answer: bytes) -> bytes:
    return answer.removesuffix(b"\n").removesuffix(b"\r")


def _join(record: Any, answer: Any) -> Any:
    """Return a record with its answer: a longer row, or one more attribute."""
    if isinstance(record, list) and isinstance(answer, _Row):
        return _Row([*record, *answer])
    if isinstance(record, dict):
        return {**record, OUTPUT: answer}
    return {INPUT: record, OUTPUT: answer}


class _Row(list):
    """A record of a CSV file; paths see a list."""


def _read(kind: str, data: bytes, what: str) -> Any:
    try:
        text = data.decode()
        if kind == JSON:
            return json.loads(text)
        [row] = csv.reader(io.StringIO(text), strict=True)
        return _Row(row)
    except (ValueError, csv.Error, RecursionError):
        shown = data[:80].decode("utf-8", "replace")
        raise BadInput(f'A {what} is not one of {kind}: "{shown}".') from None


def _selected(path: Path, value: Any) -> Any:
    try:
        return path.select(value)
    except NotFound as error:
        raise BadInput(f"The filter {path.text} fits no record: {error}.") from None


def _written(kind: str, value: Any) -> bytes:
    if kind == JSON:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    text = io.StringIO()
    row = value if isinstance(value, list) else [value]
    csv.writer(text, lineterminator="").writerow(row)
    return text.getvalue().encode()
