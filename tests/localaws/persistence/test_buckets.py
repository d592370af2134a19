"""Objects on disk: bytes first, then their record; nothing half written is found."""

import errno
import os

import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal import moto_api_backend
from moto.s3.models import s3_backends

from localaws.persistence import (
    buckets,
    keeper,  # noqa: F401  lists are answered as in the server
)
from localaws.persistence.buckets import Buckets
from localaws.persistence.keys import keys_of

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
def test_parts_write_nothing_nor_do_reads_of_what_is_written(s3, tmp_path, query):
    s3.put_object(Bucket="shelf", Key="k", Body=b"x")
    s3.keep("shelf", "k", query=query)
    assert files(tmp_path) == [buckets.BUCKET]
    s3.keep("shelf", "k")
    written = files(tmp_path)
    s3.keep("shelf", "k", method="GET")
    s3.keep("shelf", method="GET")
    assert files(tmp_path) == written


@pytest.mark.parametrize("asked", ["a", ""])
def test_what_a_reader_is_told_is_on_disk_first(s3, tmp_path, asked):
    put(s3, "gone", b"old")
    s3.put_object(Bucket="shelf", Key="a", Body=b"its writer is not told yet")
    s3.delete_object(Bucket="shelf", Key="gone")
    s3.keep("shelf", asked, method="GET")
    written = files(tmp_path)
    s3.keep("shelf", asked, method="GET")
    assert files(tmp_path) == written, "it is written once"
    restart(s3, tmp_path)
    assert read(s3, "a") == b"its writer is not told yet"
    found = [row["Key"] for row in s3.list_objects_v2(Bucket="shelf")["Contents"]]
    assert found == (["a", "gone"] if asked else ["a"])


def test_objects_sleep_until_they_are_asked_for(s3, tmp_path):
    for key in "abc":
        put(s3, key, key.encode(), Tagging=f"t={key}")
    restart(s3, tmp_path)
    keys = keys_of(s3_backends[ACCOUNT]["aws"].buckets["shelf"])
    rows = s3.list_objects_v2(Bucket="shelf")["Contents"]
    s3.put_bucket_tagging(Bucket="shelf", Tagging={"TagSet": []})
    s3.keep("shelf")
    assert [row["Size"] for row in rows] == [1, 1, 1]
    assert all(keys.sleeps(key) for key in "abc")
    assert read(s3, "b") == b"b" and not keys.sleeps("b") and keys.sleeps("a")
    tags = s3.get_object_tagging(Bucket="shelf", Key="c")["TagSet"]
    assert tags == [{"Key": "t", "Value": "c"}]
    s3.delete_object(Bucket="shelf", Key="a")
    s3.keep("shelf", "a", "DELETE")
    put(s3, "c", b"new")
    restart(s3, tmp_path)
    assert [row["Key"] for row in s3.list_objects_v2(Bucket="shelf")["Contents"]] == [
        "b",
        "c",
    ]
    assert read(s3, "c") == b"new" and len(files(tmp_path)) == 5


def content(s3, bucket="shelf"):
    """Return what a client sees of a bucket: its keys, and the bytes of each."""
    rows = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {row["Key"]: (row["Size"], read(s3, row["Key"])) for row in rows}


@pytest.fixture
def full(monkeypatch):
    """Return what makes the disk take nothing more: no bytes, or no record."""

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fill(what):
        patch = monkeypatch.context()
        place = {
            "bytes": "localaws.persistence.objects.shutil.copyfileobj",
            "record": "localaws.persistence.buckets.write_text",
            "deletion": "localaws.persistence.buckets.Path.unlink",
        }
        entered = patch.__enter__()
        entered.setattr(place[what], fail)
        return patch

    return fill


def changes(s3):
    s3.put_object(Bucket="shelf", Key="new", Body=b"n")
    yield "new", "PUT", ""
    s3.put_object(Bucket="shelf", Key="old", Body=b"replaced")
    yield "old", "PUT", ""
    s3.copy_object(Bucket="shelf", Key="old", CopySource="shelf/other")
    yield "old", "PUT", ""


@pytest.mark.parametrize("what", ["bytes", "record"])
def test_a_write_that_fails_leaves_memory_as_the_disk_is(s3, tmp_path, full, what):
    for key in ("old", "other"):
        put(s3, key, key.encode())
    before, whole = content(s3), files(tmp_path)
    patch = full(what)
    for place in changes(s3):
        with pytest.raises(OSError, match="No space"):
            s3.keep("shelf", *place)
        assert content(s3) == before
    patch.__exit__(None, None, None)
    assert files(tmp_path) == whole
    restart(s3, tmp_path)
    assert content(s3) == before
    put(s3, "old", b"there is room again")
    assert read(s3, "old") == b"there is room again"


def test_a_bucket_that_cannot_be_written_is_none(s3, tmp_path, full):
    patch = full("record")
    s3.create_bucket(Bucket="second")
    with pytest.raises(OSError, match="No space"):
        s3.keep("second")
    on = {"Status": "Enabled"}
    put_versioning = s3.put_bucket_versioning
    put_versioning(Bucket="shelf", VersioningConfiguration=on)
    with pytest.raises(OSError, match="No space"):
        s3.keep("shelf")
    patch.__exit__(None, None, None)
    assert [row["Name"] for row in s3.list_buckets()["Buckets"]] == ["shelf"]
    assert "Status" not in s3.get_bucket_versioning(Bucket="shelf")
    s3.create_bucket(Bucket="second")


def test_a_deletion_that_fails_did_not_happen(s3, tmp_path, full):
    put(s3, "k", b"x")
    patch = full("deletion")
    s3.delete_object(Bucket="shelf", Key="k")
    with pytest.raises(OSError, match="No space"):
        s3.keep("shelf", "k", "DELETE")
    assert content(s3) == {"k": (1, b"x")}
    patch.__exit__(None, None, None)


GARBLED = [b"", b"{", b"\xff", b"[]", b'{"dict": []}', b"[" * 100_000]


@pytest.mark.parametrize("garbled", GARBLED)
def test_an_object_that_cannot_be_read_is_set_aside_and_named(
    s3, tmp_path, caplog, garbled
):
    for key in ("good", "bad"):
        put(s3, key, key.encode())
    [record] = (tmp_path / "s3" / "shelf").glob(f"{buckets.digest('bad')}.json")
    record.write_bytes(garbled)
    whole = len(files(tmp_path))
    for _ in range(2):  # nothing of it is lost at the second start either
        restart(s3, tmp_path)
        assert content(s3) == {"good": (4, b"good")}
        assert len(files(tmp_path)) == whole
    assert record.name in caplog.text and not record.exists()


@pytest.mark.parametrize("garbled", GARBLED)
def test_a_bucket_that_cannot_be_read_is_set_aside_and_named(
    s3, tmp_path, caplog, garbled
):
    s3.create_bucket(Bucket="other")
    s3.keep("other")
    (tmp_path / "s3" / "shelf" / buckets.BUCKET).write_bytes(garbled)
    restart(s3, tmp_path)
    assert [row["Name"] for row in s3.list_buckets()["Buckets"]] == ["other"]
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.list_objects(Bucket="shelf")
    assert "shelf" in caplog.text and (tmp_path / "s3" / "shelf~unreadable").exists()


def everything(s3):
    """Return keys, versions and tags of the bucket, and its own."""
    place = {"Bucket": "shelf"}
    rows = s3.list_object_versions(**place)
    versions = rows.get("Versions", []) + rows.get("DeleteMarkers", [])
    keys = content(s3)
    tags = [s3.get_object_tagging(**place, Key=key)["TagSet"] for key in keys]
    own = s3_backends[ACCOUNT]["aws"].tagger.get_tag_dict_for_resource(
        "arn:aws:s3:::shelf"
    )
    return keys, sorted(row["VersionId"] for row in versions), tags, own


SEVERAL = {
    "deletions": lambda s3, tags: s3.delete_objects(
        Bucket="shelf", Delete={"Objects": [{"Key": key} for key in "abc"]}
    ),
    "a form": lambda s3, tags: s3.put_object(Bucket="shelf", Key="form", Body=b"x"),
    "tags": lambda s3, tags: s3.put_bucket_tagging(Bucket="shelf", Tagging=tags),
}


@pytest.mark.parametrize("request_", sorted(SEVERAL))
def test_a_request_to_a_bucket_that_fails_is_undone_below_it(
    s3, tmp_path, full, request_
):
    put_versioning = s3.put_bucket_versioning
    put_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    s3.keep("shelf")
    for key in "abcd":
        put(s3, key, key.encode(), Tagging=f"t={key}")
    before = everything(s3)
    patch = full("record")
    SEVERAL[request_](s3, {"TagSet": [{"Key": "k", "Value": "v"}]})
    with pytest.raises(OSError, match="No space"):
        s3.keep("shelf", method="POST")
    patch.__exit__(None, None, None)
    assert everything(s3) == before
    restart(s3, tmp_path)
    assert everything(s3) == before


def test_tags_that_cannot_be_written_are_none(s3, tmp_path, full):
    for key in ("bare", "tagged"):
        put(s3, key, b"x", **({"Tagging": "t=1"} if key == "tagged" else {}))
    before = everything(s3)
    patch = full("record")
    tags = {"TagSet": [{"Key": "k", "Value": "v"}]}
    for key in ("bare", "tagged"):
        s3.put_object_tagging(Bucket="shelf", Key=key, Tagging=tags)
        with pytest.raises(OSError, match="No space"):
            s3.keep("shelf", key)
    patch.__exit__(None, None, None)
    assert everything(s3) == before


def test_objects_can_be_deleted_to_make_room(s3, tmp_path, full):
    for key in "abcd":
        put(s3, key, b"x")
    patch = full("record")
    SEVERAL["deletions"](s3, {})
    s3.keep("shelf", method="POST", query="delete")
    patch.__exit__(None, None, None)
    restart(s3, tmp_path)
    assert list(content(s3)) == ["d"]
