"""Parts of objects: the right bytes, and no more than these are read."""

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError

from localaws import client

MEGABYTE = 1024 * 1024
DATA = bytes(range(256)) * 8


@pytest.fixture(params=["temporary", "kept"])
def stored(request, connection):
    """S3 of a server that keeps nothing, and of one that keeps its objects in files."""
    if request.param == "temporary":
        yield boto3.client("s3"), client.ask(connection.url)["pid"]
        return
    server = request.getfixturevalue("restartable")
    yield server.client("s3"), server.said["pid"]


@pytest.mark.parametrize(
    ("wanted", "expected", "said"),
    [
        ("bytes=0-0", DATA[:1], "bytes 0-0/2048"),
        ("bytes=3-9", DATA[3:10], "bytes 3-9/2048"),
        ("bytes=2000-", DATA[2000:], "bytes 2000-2047/2048"),
        ("bytes=2040-9999", DATA[2040:], "bytes 2040-2047/2048"),
        ("bytes=-5", DATA[-5:], "bytes 2043-2047/2048"),
        ("bytes=-9999", DATA, "bytes 0-2047/2048"),
        ("bytes=9-3", DATA, None),
        ("bytes=0-1,5-6", DATA, None),
    ],
)
def test_a_part_is_what_its_bounds_say(connection, s3, wanted, expected, said):
    place = {"Bucket": connection.bucket, "Key": "bytes"}
    s3.put_object(**place, Body=DATA)
    found = s3.get_object(**place, Range=wanted)
    assert found["Body"].read() == expected
    assert (found.get("ContentRange"), found["ContentLength"]) == (said, len(expected))
    assert found["ResponseMetadata"]["HTTPStatusCode"] == (206 if said else 200)


@pytest.mark.parametrize(("size", "wanted"), [(9, "9-"), (9, "-0"), (0, "0-5")])
def test_a_part_beyond_the_end_is_refused(connection, s3, size, wanted):
    place = {"Bucket": connection.bucket, "Key": "short"}
    s3.put_object(**place, Body=bytes(size))
    with pytest.raises(ClientError, match="range is not satisfiable") as caught:
        s3.get_object(**place, Range=f"bytes={wanted}")
    assert caught.value.response["Error"]["Code"] == "InvalidRange"


def test_a_part_of_an_older_version_is_its_own(connection, s3):
    place = {"Bucket": f"versions-{connection.bucket}"[:63], "Key": "k"}
    s3.create_bucket(Bucket=place["Bucket"])
    s3.put_bucket_versioning(
        Bucket=place["Bucket"], VersioningConfiguration={"Status": "Enabled"}
    )
    old = s3.put_object(**place, Body=b"old text")["VersionId"]
    s3.put_object(**place, Body=b"new text")
    found = s3.get_object(**place, VersionId=old, Range="bytes=0-2")
    assert (found["Body"].read(), found["VersionId"]) == (b"old", old)


def test_a_large_object_is_read_once(stored, tmp_path):
    s3, pid = stored
    s3.create_bucket(Bucket="large-objects")
    data = DATA * 512 * 64
    s3.put_object(Bucket="large-objects", Key="k", Body=data)
    server = psutil.Process(pid)
    before = server.io_counters().read_chars
    s3.download_file("large-objects", "k", str(tmp_path / "k"))
    assert (tmp_path / "k").read_bytes() == data
    assert server.io_counters().read_chars - before < 2 * len(data)
