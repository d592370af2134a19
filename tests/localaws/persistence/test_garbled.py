"""What is set aside of objects: by the start what it sees, the rest when asked for."""

import json

import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal import moto_api_backend

from localaws.persistence import keeper  # noqa: F401  lists as the server has them
from localaws.persistence.buckets import BUCKET, Buckets, digest

ACCOUNT = "123456789012"


@pytest.fixture
def s3(context, tmp_path):
    """A client of S3 with a bucket of three versions of two objects, on disk."""
    client = context.clients.get("s3", "us-east-1")
    client.create_bucket(Bucket="shelf")
    on = {"Status": "Enabled"}
    client.put_bucket_versioning(Bucket="shelf", VersioningConfiguration=on)
    for key in ("good", "bad", "bad"):
        client.put_object(Bucket="shelf", Key=key, Body=key.encode())
    environ = {"REQUEST_METHOD": "PUT", "RAW_URI": "/shelf", "QUERY_STRING": ""}
    Buckets(tmp_path, ACCOUNT).keep(environ)
    return client


def restart(tmp_path):
    moto_api_backend.reset()
    Buckets(tmp_path, ACCOUNT).load()


def seen(s3):
    rows = s3.list_object_versions(Bucket="shelf")["Versions"]
    assert s3.get_object(Bucket="shelf", Key="good")["Body"].read() == b"good"
    return sorted(row["Key"] for row in rows)


def unset(record, place):
    """Take an attribute from the first version of a record."""
    state = record["dict"][0][1][0]["state"]
    state[:] = [pair for pair in state if pair[0] != place]


def other_class(record):
    record["dict"][0][1][0]["class"] = "os:system"


def without_tags(record):
    record["dict"][2][1].pop()


LATER = [lambda r: unset(r, "bucket_name"), other_class, without_tags]


@pytest.mark.parametrize("spoil", LATER)
def test_a_record_that_cannot_be_woken_is_set_aside_and_named(
    s3, tmp_path, caplog, spoil
):
    path = tmp_path / "shelf" / f"{digest('bad')}.json"
    record = json.loads(path.read_text())
    spoil(record)
    path.write_text(json.dumps(record))
    restart(tmp_path)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="shelf", Key="bad")
    assert seen(s3) == ["good"] and path.name in caplog.text and not path.exists()
    s3.put_object(Bucket="shelf", Key="bad", Body=b"again")
    assert seen(s3) == ["bad", "good"]


@pytest.mark.parametrize("cut", [True, False])
def test_an_object_without_its_bytes_is_set_aside_and_named(s3, tmp_path, caplog, cut):
    data = (tmp_path / "shelf").glob(f"{digest('bad')}.*")
    path = min(path for path in data if path.suffix != ".json")
    path.write_bytes(b"b") if cut else path.unlink()
    whole = len(list((tmp_path / "shelf").iterdir()))
    for _ in range(2):
        restart(tmp_path)
        assert seen(s3) == ["good"] and path.name in caplog.text
        assert len(list((tmp_path / "shelf").iterdir())) == whole


def test_a_record_of_another_object_is_set_aside(s3, tmp_path, caplog):
    path = tmp_path / "shelf" / f"{digest('bad')}.json"
    path.rename(path.with_name(f"{digest('worse')}.json"))
    restart(tmp_path)
    assert seen(s3) == ["good"] and digest("worse") in caplog.text


def test_objects_without_their_bucket_are_not_deleted(s3, tmp_path, caplog):
    (tmp_path / "shelf" / BUCKET).unlink()
    restart(tmp_path)
    assert (tmp_path / "shelf~unreadable").exists() and "shelf" in caplog.text
