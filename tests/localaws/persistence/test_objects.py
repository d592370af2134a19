"""The bytes of an object in a file read as moto's buffer does."""

import hashlib
import io
import threading
import weakref

import pytest
from moto.s3.models import s3_backends

from localaws.persistence.buckets import Buckets
from localaws.persistence.objects import Stored


def test_a_stored_object_reads_as_the_buffer_that_it_replaces(tmp_path):
    data = bytes(range(256))
    (tmp_path / "data").write_bytes(data)
    stored, buffer = Stored(tmp_path / "data"), io.BytesIO(data)
    for seek in [(0,), (10,), (0, io.SEEK_END), (-5, io.SEEK_END), (250,)]:
        assert stored.seek(*seek) == buffer.seek(*seek)
        for size in (3, -1, 1):
            assert stored.read(size) == buffer.read(size)
            assert stored.tell() == buffer.tell()


ACCOUNT = "123456789012"
KEPT = {"REQUEST_METHOD": "PUT", "RAW_URI": "/shelf/k", "QUERY_STRING": ""}


@pytest.fixture
def put(context, tmp_path):
    """Return a function that puts an object, keeps it, and returns what moto has."""
    s3 = context.clients.get("s3", "us-east-1")
    s3.create_bucket(Bucket="shelf")
    buckets = Buckets(tmp_path / "s3", ACCOUNT)
    buckets.keep({**KEPT, "RAW_URI": "/shelf"})

    def made(body, keep=True):
        s3.put_object(Bucket="shelf", Key="k", Body=body)
        if keep:
            buckets.keep(KEPT)
        return s3_backends[ACCOUNT]["aws"].buckets["shelf"].keys["k"]

    return made


@pytest.mark.parametrize("keep", [True, False])
def test_who_reads_an_object_while_it_is_replaced_reads_it_whole(put, tmp_path, keep):
    before = put(b"old" * 1000, keep)
    put(b"new")
    assert before.value == b"old" * 1000 and before.size == 3000
    del before
    left = list((tmp_path / "s3" / "shelf").iterdir())
    assert len(left) == 3  # the bucket's record, the object's, its bytes


def test_a_hash_that_is_computed_waits_for_who_reads(put):
    key, found = put(b"body"), []
    key._etag = None
    with key.lock:
        thread = threading.Thread(target=lambda: found.append(key.etag))
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert found == [f'"{hashlib.md5(b"body").hexdigest()}"']


def test_moto_keeps_no_note_of_what_it_made(put):
    kept = weakref.ref(put(b"old"))
    put(b"new")
    assert kept() is None
