"""Readers stop where their source or their limit ends, and keep nothing more."""

import http.client
import io
import os
import tracemalloc

import pytest

from localaws import bounds
from localaws.bounds import Body, Chunks, Limited, Malformed, TooLong


class Endless(io.RawIOBase):
    """A source without end that counts what is read of it, and at once."""

    def __init__(self):
        self.given = self.most = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        buffer[:] = b"x" * len(buffer)
        self.given += len(buffer)
        self.most = max(self.most, len(buffer))
        return len(buffer)


def test_a_source_is_read_whole_up_to_its_limit():
    data = os.urandom(3 * bounds.PART + 7)
    for limit in (len(data), len(data) + 1):
        assert bounds.whole(io.BytesIO(data), limit) == data
    with pytest.raises(TooLong, match=r"more than 786,438 bytes"):
        bounds.whole(io.BytesIO(data), len(data) - 1)


@pytest.mark.parametrize(
    "read", [lambda s: bounds.whole(s, 10**6), lambda s: Limited(s, 10**6).readall()]
)
def test_of_a_source_without_end_little_more_than_the_limit_is_read(read):
    source = Endless()
    with pytest.raises(TooLong):
        read(source)
    assert source.given < 10**6 + bounds.PART and source.most <= bounds.PART


def test_a_line_without_end_comes_in_parts():
    source = io.BufferedReader(Endless())
    parts = bounds.lines(source)
    assert [len(next(parts)) for _ in range(3)] == [bounds.LINE] * 3
    text = b"a\n" + b"b" * 25 + b"\nc"
    found = list(bounds.lines(io.BytesIO(text), 10))
    assert found == [b"a\n", b"b" * 10, b"b" * 10, b"b" * 5 + b"\n", b"c"]
    assert b"".join(found) == text


def chunked(*parts, end=b"0\r\n\r\n"):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + end


@pytest.mark.parametrize("size", [1, 3, 4096, 10**6])
def test_chunks_are_what_the_standard_library_reads(size):
    parts = [os.urandom(n) for n in (1, 2, 70_000, 5)]
    wire = chunked(*parts, end=b"0;last\r\nX-Trailer: 1\r\n\r\n") + b"GET / HTTP/1.1"
    file = io.BytesIO(wire)
    body = io.BufferedReader(Chunks(file, 10**6), size)
    assert body.read() == b"".join(parts)
    assert file.read() == b"GET / HTTP/1.1"  # the next request is left

    class Wire:
        def makefile(self, mode):
            return io.BytesIO(
                b"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n" + wire
            )

    answer = http.client.HTTPResponse(Wire())
    answer.begin()
    assert answer.read() == b"".join(parts)


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (b"zz\r\n", '"zz": write hex digits'),
        (b"\r\n", '"": write hex digits'),
        (b"-5\r\n", '"-5"'),
        (b"+5\r\n", '"+5"'),
        (b"0x5\r\n", '"0x5"'),
        (b"1_0\r\n", '"1_0"'),
        (b"0" * 17 + b"\r\n", "write hex digits"),
        (b"5;" + b"x" * 2000 + b"\r\n", "more than 1024 bytes"),
        (b"3\r\nabcdef\r\n", 'goes on with "def"'),
        (b"0\r\n" + b"a: b\r\n" * 101, "more than 100 trailers"),
    ],
)
def test_what_are_no_chunks_is_said_in_words(wire, words):
    body = Chunks(io.BytesIO(wire), 1000)
    with pytest.raises(Malformed) as caught:
        body.readall()
    assert words in str(caught.value)
    assert body.left == float("inf")


@pytest.mark.parametrize("size", [b"FFFFFFFFFFFFFFFF", b"3e9"])
def test_a_chunk_beyond_the_limit_is_refused_before_it_comes(size):
    with pytest.raises(TooLong, match="more than 1,000 bytes"):
        Chunks(io.BytesIO(size + b"\r\n"), 1000).readall()
    many = io.BytesIO(chunked(*[b"x" * 400] * 3))
    with pytest.raises(TooLong):
        Chunks(many, 1000).readall()
    assert len(many.read()) > 400  # the third is not even read


@pytest.mark.parametrize(
    "wire", [b"", b"5", b"5\r\nab", b"2\r\nab", b"0\r\n", b"0\r\nx"]
)
def test_chunks_that_break_off_are_an_error_and_not_the_end(wire):
    with pytest.raises(ConnectionResetError, match="in the middle"):
        Chunks(io.BytesIO(wire), 1000).readall()


def test_a_body_that_breaks_off_is_an_error_and_not_the_end():
    body = io.BufferedReader(Body(io.BytesIO(b"12345"), 9))
    with pytest.raises(ConnectionResetError, match="in the middle"):
        body.read()
    assert io.BufferedReader(Body(io.BytesIO(b"123456789"), 5)).read() == b"12345"


def test_of_a_file_the_beginning_is_read(tmp_path):
    (tmp_path / "output").mkdir()
    with (tmp_path / "output/failure").open("wb") as file:
        file.write(b"no data")
        file.truncate(10**9)
    tracemalloc.start()
    assert bounds.beginning(tmp_path, "output/failure", 9) == b"no data\0\0"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("place", ["file", "link", "folder", "pipe", "above", "none"])
def test_what_is_no_file_of_this_folder_is_not_read(tmp_path, place):
    secret, output = tmp_path / "secret", tmp_path / "ml/output"
    secret.mkdir()
    (secret / "failure").write_text("a secret of the host")
    output.parent.mkdir()
    if place == "above":
        output.symlink_to(secret)
    elif place != "none":
        output.mkdir()
    if place == "file":
        (output / "failure").write_text("said")
    elif place == "link":
        (output / "failure").symlink_to(secret / "failure")
    elif place == "folder":
        (output / "failure").mkdir()
    elif place == "pipe":
        os.mkfifo(output / "failure")
    read = bounds.beginning(tmp_path / "ml", "output/failure", 100)
    assert read == (b"said" if place == "file" else b"")
    assert bounds.beginning(tmp_path / "absent", "output/failure", 100) == b""
