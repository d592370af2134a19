"""Objects on disk: bytes first, then their record; nothing half written is found."""

import io

import pytest
from moto.moto_api._internal import moto_api_backend

from localaws.persistence import buckets
from localaws.persistence.buckets import Buckets, Stored

ACCOUNT = "123456789012"


@pytest.fixture
def s3(context, tmp_path):
    """A client of S3 whose changes are kept, as the server keeps them."""
    client = context.clients.get("s3", "us-east-1")
    client.kept = Buckets(tmp_path / "s3", ACCOUNT)

    def keep(bucket, key="", method="PUT", query=""):
        path = f"/{bucket}/{key}" if key else f"/{bucket}"
        uri = {"RAW_URI": path, "QUERY_STRING": query}
        client.kept.keep({"REQUEST_METHOD": method, **uri})

    client.keep = keep
    client.create_bucket(Bucket="shelf")
    keep("shelf")
    yield client
    del client.kept, client.keep


def put(s3, key, body, **members):
    s3.put_object(Bucket="shelf", Key=key, Body=body, **members)
    s3.keep("shelf", key)


def restart(s3, tmp_path):
    """Forget what moto holds, and load what was kept."""
    moto_api_backend.reset()
    s3.kept = Buckets(tmp_path / "s3", ACCOUNT)
    s3.kept.load()


def read(s3, key, **members):
    return s3.get_object(Bucket="shelf", Key=key, **members)["Body"].read()


def files(tmp_path):
    return sorted(path.name for path in (tmp_path / "s3" / "shelf").iterdir())


def test_a_stored_object_reads_as_the_buffer_that_it_replaces(tmp_path):
    data = bytes(range(256))
    (tmp_path / "data").write_bytes(data)
    stored, buffer = Stored(tmp_path / "data"), io.BytesIO(data)
    for seek in [(0,), (10,), (0, io.SEEK_END), (-5, io.SEEK_END), (250,)]:
        assert stored.seek(*seek) == buffer.seek(*seek)
        for size in (3, -1, 1):
            assert stored.read(size) == buffer.read(size)
            assert stored.tell() == buffer.tell()


def test_objects_are_there_after_a_restart_with_what_belongs_to_them(s3, tmp_path):
    put(s3, "a/ü b", b"data", ContentType="text/x", Metadata={"m": "1"}, Tagging="t=2")
    restart(s3, tmp_path)
    place = {"Bucket": "shelf", "Key": "a/ü b"}
    found = s3.get_object(**place)
    assert (found["Body"].read(), found["ContentType"]) == (b"data", "text/x")
    assert found["Metadata"] == {"m": "1"}
    tags = s3.get_object_tagging(**place)["TagSet"]
    assert tags == [{"Key": "t", "Value": "2"}]


def test_what_is_replaced_or_deleted_leaves_no_file(s3, tmp_path):
    put(s3, "k", b"old")
    put(s3, "k", b"new")
    assert len(files(tmp_path)) == 3  # the bucket's record, the object's, its bytes
    s3.delete_object(Bucket="shelf", Key="k")
    s3.keep("shelf", "k", "DELETE")
    assert files(tmp_path) == [buckets.BUCKET]
    s3.delete_bucket(Bucket="shelf")
    s3.keep("shelf", method="DELETE")
    assert not (tmp_path / "s3" / "shelf").exists()


def test_bytes_without_a_record_and_a_folder_without_a_bucket_are_removed(s3, tmp_path):
    put(s3, "k", b"kept")
    whole = files(tmp_path)
    (tmp_path / "s3" / "shelf" / "0123.abcd").write_bytes(b"half")
    (tmp_path / "s3" / "gone").mkdir()
    (tmp_path / "s3" / "gone" / "0123.abcd").touch()
    restart(s3, tmp_path)
    assert files(tmp_path) == whole and read(s3, "k") == b"kept"
    assert not (tmp_path / "s3" / "gone").exists()


def test_all_versions_come_back_and_so_does_the_marker(s3, tmp_path):
    on = {"Status": "Enabled"}
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration=on)
    s3.keep("shelf")
    ids = []
    for body in (b"1", b"2"):
        ids.append(s3.put_object(Bucket="shelf", Key="k", Body=body)["VersionId"])
        s3.keep("shelf", "k")
    s3.delete_object(Bucket="shelf", Key="k")
    s3.keep("shelf", "k", "DELETE")
    restart(s3, tmp_path)
    assert [read(s3, "k", VersionId=one) for one in ids] == [b"1", b"2"]
    rows = s3.list_object_versions(Bucket="shelf")
    assert [row["IsLatest"] for row in rows["DeleteMarkers"]] == [True]


def test_a_request_to_a_bucket_keeps_what_changed_below_it(s3, tmp_path):
    for key in "abc":
        put(s3, key, b"x")
    rows = {"Objects": [{"Key": "a"}, {"Key": "b"}]}
    s3.delete_objects(Bucket="shelf", Delete=rows)
    s3.put_object(Bucket="shelf", Key="d", Body=b"form")  # such as a form's upload
    s3.keep("shelf", method="POST", query="delete")
    restart(s3, tmp_path)
    keys = [row["Key"] for row in s3.list_objects_v2(Bucket="shelf")["Contents"]]
    assert keys == ["c", "d"]


@pytest.mark.parametrize("query", ["partNumber=1&uploadId=x", "uploads"])
def test_parts_and_reads_write_nothing(s3, tmp_path, query):
    s3.put_object(Bucket="shelf", Key="k", Body=b"x")
    s3.keep("shelf", "k", query=query)
    s3.keep("shelf", "k", method="GET")
    assert files(tmp_path) == [buckets.BUCKET]
