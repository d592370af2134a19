import re

import boto3
import pytest

from course.tools import bench
from course.tools.bench import cloud
from course.tools.bench.row import Size


@pytest.fixture(scope="module")
def connection():
    with bench.server() as connected:
        yield connected


def test_a_file_goes_to_s3_and_comes_back_whole(connection, tmp_path):
    rows = cloud.transfer_speed(connection, tmp_path, Size(runs=2, megabytes=3))
    assert [row.what.split(" ")[0] for row in rows] == ["upload", "download"]
    assert all(re.match(r"\d+ MB/s \(at least \d+\)$", row.measured) for row in rows)
    sent = (tmp_path / "large.bin").read_bytes()
    assert len(sent) == 3 * 2**20 and (tmp_path / "back.bin").read_bytes() == sent


def test_nothing_of_it_stays_in_the_bucket(connection, tmp_path):
    cloud.transfer_speed(connection, tmp_path, Size(runs=1, megabytes=1))
    left = boto3.client("s3").list_objects_v2(Bucket=connection.bucket)
    assert left.get("Contents", []) == []


def test_a_job_that_fails_is_no_measurement(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(cloud, "OWN", "'not a number'")
    with pytest.raises(RuntimeError, match=r'the job "bench.*" .* ended as Failed'):
        cloud.job_overhead(connection, tmp_path, runs=1)
