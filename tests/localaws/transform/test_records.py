"""An input object becomes records, and records become mini-batches."""

import gzip
import io

import pytest

from localaws.transform.records import MB, BadInput, batches, records


def bodies(data, split="Line", single=False, most=100, asked=bytes, limit=100):
    found = records(io.BytesIO(data), split, limit)
    return [one.body for one in batches(found, single, most, asked)]


def test_an_object_that_is_not_split_is_one_record_with_all_its_lines():
    assert bodies(b"a\nb\n", "None") == [b"a\nb\n"]
    assert bodies(b"", "None") == [b""]


@pytest.mark.parametrize(
    ("data", "single", "together"),
    [
        (b"a,1\nb,2\n", [b"a,1", b"b,2"], b"a,1\nb,2\n"),
        (b"a,1\nb,2", [b"a,1", b"b,2"], b"a,1\nb,2"),
        (b"a\r\nb\r\n", [b"a", b"b"], b"a\r\nb\r\n"),
        (b"\n\na\n\n\nb\n\n", [b"a", b"b"], b"a\nb\n"),
    ],
)
def test_a_line_is_a_record_and_stands_alone_without_its_end(data, single, together):
    assert bodies(data, single=True) == single
    assert bodies(data) == [together]


def test_an_object_without_lines_has_no_batch():
    assert bodies(b"") == bodies(b"\n\n") == []


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (4, [b"aa\n", b"bb\n", b"c\n"]),
        (5, [b"aa\n", b"bb\nc\n"]),
        (6, [b"aa\nbb\n", b"c\n"]),
    ],
)
def test_a_batch_has_as_many_records_as_it_may_hold(most, expected):
    assert bodies(b"aa\nbb\nc\n", most=most) == expected


def test_what_a_model_is_asked_counts_and_not_what_is_filtered_out():
    found = bodies(b"long,1\nlong,2\n", most=4, asked=lambda data: data[-1:])
    assert found == [b"1\n2\n"]


@pytest.mark.parametrize("split", ["None", "Line"])
def test_a_record_that_is_larger_than_a_payload_is_an_error(split):
    assert bodies(b"x" * 100, split) == [b"x" * 100]
    for limits in ({"limit": MB}, {"limit": MB, "most": MB}):
        with pytest.raises(BadInput, match=r"than MaxPayloadInMB: .* MB\. Split"):
            bodies(b"x" * (MB + 1), split, **limits)


def test_the_records_before_an_error_are_found():
    found = batches(records(io.BytesIO(b"a\n" + b"x" * 9), "Line", 5), True, 5, bytes)
    with pytest.raises(BadInput, match="A record is larger"):
        [one.body for one in found]


# What TensorFlow 2.21's TFRecordWriter wrote of "one", "" and "three".
WRITTEN = bytes.fromhex(
    "0300000000000000b099490e6f6e6501405508000000000000000029039807d8ea82a2"
    "0500000000000000eab2043e74687265656023fb45"
)


def test_tfrecords_are_sent_bare_one_by_one_and_framed_together():
    assert bodies(WRITTEN, "TFRecord", single=True) == [b"one", b"", b"three"]
    assert bodies(WRITTEN, "TFRecord") == [WRITTEN]
    assert b"".join(bodies(WRITTEN, "TFRecord", most=21)) == WRITTEN
    assert len(bodies(WRITTEN, "TFRecord", most=21)) == 3


@pytest.mark.parametrize(
    ("cut", "words"),
    [(-1, "in the middle"), (5, "in the middle"), (14, "in the middle")],
)
def test_a_tfrecord_that_is_cut_is_an_error(cut, words):
    with pytest.raises(BadInput, match=words):
        bodies(WRITTEN[:cut], "TFRecord")


def test_no_tfrecord_is_no_reason_to_read_for_ever():
    with pytest.raises(BadInput, match="A record is larger"):
        bodies(b"a,b,c\n" * 99, "TFRecord")


def test_a_large_object_is_never_whole_in_memory():
    class Endless(io.RawIOBase):
        sent = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            self.sent += len(buffer)
            buffer[:] = b"x,\n" * (len(buffer) // 3) + b"\n" * (len(buffer) % 3)
            return len(buffer)

    source = Endless()
    found = batches(records(io.BufferedReader(source), "Line", 99), False, 300, bytes)
    assert [len(next(found).body) for _ in range(3)] == [300] * 3
    assert source.sent < 100_000


def test_compressed_data_is_read_as_it_comes():
    packed = gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"a\nb\n")))
    found = records(packed, "Line", 9)
    assert [one.data for one in found] == [b"a", b"b"]
