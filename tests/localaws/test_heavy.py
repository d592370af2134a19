"""Jobs that write much.

A longer run: `HEAVY=1024,100 python -m pytest -n 0 -s tests/localaws/test_heavy.py`
(megabytes of a model, of a log).
"""

import hashlib
import os
import tarfile
import tempfile

import psutil
import pytest

from localaws import bounds, client
from localaws.jobs import logs

MODEL, LOG = map(int, os.environ.get("HEAVY", "64,100").split(","))
MEGABYTE = 1024 * 1024
WRITE = f"""
import hashlib, os
digest = hashlib.sha256()
with open("/opt/ml/model/weights", "wb") as file:
    for _ in range({MODEL}):
        part = os.urandom({MEGABYTE})
        digest.update(part)
        file.write(part)
print("digest", digest.hexdigest())
"""
PRINT = f"""
for number in range({LOG} * 10_486):
    print(f"{{number:9d}}", "x" * 89)
print("loss=0.5;")
"""
ONE_LINE = f"""
import sys
for number in range({LOG}):
    sys.stdout.write("x" * {MEGABYTE})
"""

pytestmark = pytest.mark.parametrize("mode", ["substitution"], indirect=True)


def server_megabytes(connection):
    pid = client.ask(connection.url)["pid"]
    return psutil.Process(pid).memory_info().rss / MEGABYTE


def test_a_large_model_arrives_whole(submit, finished, log_of, connection, s3):
    job = finished(submit(WRITE, StoppingCondition={"MaxRuntimeInSeconds": 600}))
    assert job["TrainingJobStatus"] == "Completed", job
    [line] = [row for row in log_of(job["TrainingJobName"]) if "digest" in row]
    address = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://")
    bucket, _, key = address.partition("/")
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as archive:
        s3.download_fileobj(bucket, key, archive)
        archive.seek(0)
        with tarfile.open(fileobj=archive) as tar:
            weights = tar.extractfile("weights")
            while part := weights.read(MEGABYTE):
                digest.update(part)
    assert line.split() == ["digest", digest.hexdigest()]


def test_a_long_log_is_read_to_its_end(submit, finished, log_of, connection):
    before = server_megabytes(connection)
    metric = {"Name": "loss", "Regex": "loss=([0-9.]+);"}
    job = finished(
        submit(PRINT, AlgorithmSpecification={"MetricDefinitions": [metric]})
    )
    assert job["TrainingJobStatus"] == "Completed", job
    assert job["FinalMetricDataList"][0]["Value"] == 0.5
    growth = server_megabytes(connection) - before
    print(f"{LOG} MB of log: {growth:+.0f} MB in the server")
    assert growth < 150
    found = [row for row in log_of(job["TrainingJobName"]) if "localaws:" not in row]
    assert found[0].split()[0] == "0" and found[-1] == "loss=0.5;"
    assert sum(map(len, found)) < 1.1 * logs.MOST


def test_a_line_without_end_is_read_in_parts(submit, finished, log_of, connection):
    before = server_megabytes(connection)
    job = finished(submit(ONE_LINE))
    assert job["TrainingJobStatus"] == "Completed", job
    growth = server_megabytes(connection) - before
    print(f"{LOG} MB in one line: {growth:+.0f} MB in the server")
    assert growth < 150
    found = [row for row in log_of(job["TrainingJobName"]) if "localaws:" not in row]
    assert {len(row) for row in found} == {bounds.LINE}
