"""The bytes of an object in a file read as moto's buffer does."""

import io

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
