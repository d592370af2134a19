"""Requests of WebHDFS as Hadoop's client sends them, answered from a bucket."""

import http.client
import json
import os
import threading
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from localaws.processing import s3_gateway
from localaws.processing.chunks import PART, Chunks


@pytest.fixture
def bucket(s3):
    name = f"hdfs-{os.urandom(4).hex()}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def ask(bucket, s3):
    """Return a function that asks the gateway, as a proxy is asked."""
    with s3_gateway.running() as port:

        def send(method, path, op, body=None, at="", quoted=True, **more):
            given = "".join(f"&{k}={quote(str(v), safe='')}" for k, v in more.items())
            path = quote(path) if quoted else path.encode().decode("latin-1")
            url = f"http://{at or bucket}:9870/webhdfs/v1/{path}?op={op}{given}"
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            link._encode_request = lambda line: line.encode("latin-1")
            link.request(method, url, body, encode_chunked=hasattr(body, "__next__"))
            answer = link.getresponse()
            data, where = answer.read(), answer.headers.get("Location")
            link.close()
            return answer.status, data, where

        yield send


def told(answer):
    return answer[0], json.loads(answer[1])


def stored(ask, path, body):
    status, _, where = ask("PUT", path, "CREATE", overwrite="true")
    assert status == 307 and where.endswith("sent=1")
    return ask("PUT", path, "CREATE", body, overwrite="true", sent=1)[0]


def names(answer):
    rows = json.loads(answer[1])["FileStatuses"]["FileStatus"]
    return {row["pathSuffix"]: (row["type"], row["length"]) for row in rows}


@pytest.mark.parametrize("size", [0, 5, 3 * PART + 7])
def test_what_is_written_in_chunks_is_read_from_any_offset(ask, s3, bucket, size):
    data = os.urandom(size)
    parts = iter([data[k : k + 100_000] for k in range(0, size, 100_000)])
    assert stored(ask, "a b/x=1/ü.bin", parts) == 201
    held = s3.get_object(Bucket=bucket, Key="a b/x=1/ü.bin")["Body"].read()
    assert held == data
    assert ask("GET", "a b/x=1/ü.bin", "OPEN")[:2] == (200, data)
    assert ask("GET", "a b/x=1/ü.bin", "OPEN", offset=3)[1] == data[3:]
    assert ask("GET", "a b/x=1/ü.bin", "OPEN", offset=1, length=2)[1] == data[1:3]


def test_a_body_of_known_length_is_stored(ask, s3, bucket):
    assert stored(ask, "x", b"abc") == 201
    assert s3.get_object(Bucket=bucket, Key="x")["Body"].read() == b"abc"


def test_java_sends_letters_as_they_are_and_follows_where_it_is_sent(ask, s3, bucket):
    _, _, where = ask("PUT", "ü/日本", "CREATE", quoted=False)
    assert where.isascii() and quote("ü/日本") in where
    assert ask("PUT", "ü/日本", "CREATE", b"abc", quoted=False, sent=1)[0] == 201
    assert s3.get_object(Bucket=bucket, Key="ü/日本")["Body"].read() == b"abc"
    ask("PUT", "ü", "RENAME", quoted=False, destination="/é")
    assert ask("GET", "é/日本", "OPEN", quoted=False)[1] == b"abc"


def test_a_name_with_a_colon_is_told_so_that_java_takes_it_for_no_scheme(ask, bucket):
    assert stored(ask, "c/10:30/x:y", b"1") == 201
    assert names(ask("GET", "c", "LISTSTATUS")) == {"./10:30": ("DIRECTORY", 0)}
    assert names(ask("GET", "c/10:30", "LISTSTATUS")) == {"./x:y": ("FILE", 1)}


def test_what_boto3_refuses_is_told_too(ask):
    status, found = told(ask("GET", "x", "GETFILESTATUS", at="not_a!bucket"))
    assert status == 403 and "not_a!bucket" in found["RemoteException"]["message"]


def test_what_a_role_may_not_do_is_called_so_with_its_key(ask, bucket, monkeypatch):
    def refused(self, *_):
        told = {"Error": {"Code": "403", "Message": "Forbidden"}}
        raise ClientError(told, "HeadObject")

    monkeypatch.setattr(s3_gateway.Bucket, "status", refused)
    status, found = told(ask("GET", "a/b", "GETFILESTATUS"))
    said = found["RemoteException"]["message"]
    assert status == 403 and f"s3://{bucket}/a/b: AccessDenied" in said
    assert "HeadObject" in said and "role" in said


def test_a_prefix_is_a_folder(ask, s3, bucket):
    for key in ("d/a", "d/e/b", "d/e/c", "de"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    status, found = told(ask("GET", "d/e/b", "GETFILESTATUS"))
    assert (status, found["FileStatus"]["type"]) == (200, "FILE")
    assert found["FileStatus"]["length"] == 5
    for path in ("d", "d/e", ""):
        found = told(ask("GET", path, "GETFILESTATUS"))[1]["FileStatus"]
        assert found["type"] == "DIRECTORY"
    assert names(ask("GET", "d", "LISTSTATUS")) == {
        "a": ("FILE", 3),
        "e": ("DIRECTORY", 0),
    }
    assert names(ask("GET", "d/a", "LISTSTATUS")) == {"": ("FILE", 3)}
    blocks = told(ask("GET", "d/a", "GETFILEBLOCKLOCATIONS"))[1]
    assert blocks["BlockLocations"]["BlockLocation"][0]["length"] == 3


def test_more_keys_than_a_page_are_listed_and_moved(ask, s3, bucket, monkeypatch):
    monkeypatch.setitem(s3_gateway.PAGE, "PageSize", 3)
    for number in range(8):
        s3.put_object(Bucket=bucket, Key=f"many/{number}", Body=b"")
    assert len(names(ask("GET", "many", "LISTSTATUS"))) == 8
    moved = ask("PUT", "many", "RENAME", destination="/other")
    assert told(moved) == (200, {"boolean": True})
    assert len(names(ask("GET", "other", "LISTSTATUS"))) == 8
    assert ask("GET", "many", "GETFILESTATUS")[0] == 404


def test_a_folder_that_was_made_is_there_until_it_is_deleted(ask):
    assert told(ask("PUT", "t/0", "MKDIRS")) == (200, {"boolean": True})
    assert names(ask("GET", "t", "LISTSTATUS")) == {"0": ("DIRECTORY", 0)}
    assert stored(ask, "t/0/x", b"1") == 201
    ask("PUT", "t/0", "RENAME", destination="/t/1")
    assert names(ask("GET", "t", "LISTSTATUS")) == {"1": ("DIRECTORY", 0)}
    assert told(ask("DELETE", "t", "DELETE", recursive="true"))[1] == {"boolean": True}
    assert ask("GET", "t", "GETFILESTATUS")[0] == 404
    assert told(ask("DELETE", "t", "DELETE"))[1] == {"boolean": False}
    assert told(ask("PUT", "t", "RENAME", destination="/u"))[1] == {"boolean": False}


def test_what_is_not_there_and_what_cannot_be_done_are_told_in_java_s_words(ask):
    for answer in (
        ask("GET", "none", "OPEN"),
        ask("GET", "x", "LISTSTATUS", at="no-b"),
    ):
        status, found = told(answer)
        assert status == 404
        assert found["RemoteException"]["exception"] == "FileNotFoundException"
    status, found = told(ask("POST", "x", "APPEND"))
    assert status == 400 and "localaws has no APPEND" in str(found)


def test_a_reader_that_has_read_enough_leaves_no_words(bucket, s3, monkeypatch, capfd):
    s3.put_object(Bucket=bucket, Key="x", Body=bytes(30 * PART))
    told, own = threading.Event(), s3_gateway.Server.handle_error

    def handle_error(*arguments):
        own(*arguments)
        told.set()

    monkeypatch.setattr(s3_gateway.Server, "handle_error", handle_error)
    with s3_gateway.running() as port:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("GET", f"http://{bucket}:9870/webhdfs/v1/x?op=OPEN")
        answer = link.getresponse()
        answer.read(9)
        answer.close()
        link.close()
        assert told.wait(20)
    assert "Traceback" not in capfd.readouterr().err


def test_a_body_that_breaks_off_is_not_stored():
    cut = SimpleNamespace(
        headers={"Transfer-Encoding": "chunked"}, rfile=BytesIO(b"5\r\nabc")
    )
    with pytest.raises(ConnectionError, match="broke off"):
        Chunks(cut).read()
