"""The records of an input object, and the mini-batches that they are sent in.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from localaws import bounds

MB = 1024 * 1024
_HEAD = struct.Struct("<QI")  # of a TFRecord: its length, and a checksum of that
_FOOT = 4  # bytes of a checksum of the data


class BadInput(ValueError):
    """An input object that cannot be sent to a model; the text is for the job's log."""


@dataclass(frozen=True)
class Record:
    """A record as a model gets it alone, between what frames it in a file."""

    data: bytes
    before: bytes = b""
    after: bytes = b""


@dataclass
class Batch:
    """The records of one request, and its body."""

    records: list[Record] = field(default_factory=list)
    body: bytes = b""


def records(stream: Any, split: str, most: int) -> Iterator[Record]:
    """Yield the records of an object; raise BadInput where one has over `most` bytes.

    A line without anything in it is no record.
    """
    if split == "None":
        yield Record(_whole(stream, most))
    elif split == "Line":
        yield from filter(lambda one: one.data, _lines(stream, most))
    else:
        yield from _frames(stream, most)


def _whole(stream: Any, most: int) -> bytes:
    try:
        return bounds.whole(stream, most)
    except bounds.TooLong:
        raise too_long("The object", most) from None


def _lines(stream: Any, most: int) -> Iterator[Record]:
    for line in iter(lambda: stream.readline(most + 2), b""):
        data = line.rstrip(b"\r\n")
        if len(data) > most:
            raise too_long("A record", most)
        yield Record(data, after=line[len(data) :])


def _frames(stream: Any, most: int) -> Iterator[Record]:
    """Yield what TensorFlow's TFRecordWriter wrote.

    https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
    """
    while head := stream.read(_HEAD.size):
        length = _HEAD.unpack(head)[0] if len(head) == _HEAD.size else 0
        if length > most:
            raise too_long("A record", most)
        data, foot = stream.read(length), stream.read(_FOOT)
        if len(foot) < _FOOT:
            raise BadInput("The object ends in the middle of a TFRecord.")
        yield Record(data, head, foot)


def too_long(what: str, most: int) -> BadInput:
    """Return the error for what exceeds MaxPayloadInMB."""
    return BadInput(
        f"{what} is larger than MaxPayloadInMB: {most / MB:g} MB. Split the object "
        "into records (SplitType), make them smaller, or allow more."
    )


def batches(
    found: Iterator[Record], single: bool, most: int, asked: Callable[[bytes], bytes]
) -> Iterator[Batch]:
    """Yield mini-batches: one record each, or as many as `most` bytes hold.

    `asked` is what a model gets of a record's data. What frames a record is sent where
    several are.
    """
    batch, size = Batch(), 0
    parts: list[bytes] = []
    for record in found:
        data = asked(record.data)
        part = data if single else record.before + data + record.after
        if len(part) > most + len(record.before) + len(record.after):
            raise too_long("A record", most)
        if batch.records and (single or size + len(part) > most):
            yield Batch(batch.records, b"".join(parts))
            batch, size, parts = Batch(), 0, []
        batch.records.append(record)
        parts.append(part)
        size += len(part)
    if batch.records:
        yield Batch(batch.records, b"".join(parts))
