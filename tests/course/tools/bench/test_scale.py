"""What is measured is there: the objects, and the records of the jobs."""

import boto3
import pytest

from course.tools.bench import scale
from course.tools.bench.row import Size


@pytest.fixture
def filled(tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "made-up-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    place = scale.Place(tmp_path / "full")
    scale._fill(place, Size(objects=12, jobs=3))
    place.localaws("start")
    yield place
    place.localaws("stop")


def test_the_server_lists_as_many_as_were_asked_for(filled):
    rows = filled.client("s3").list_objects_v2(Bucket=scale.BUCKET)
    assert rows["KeyCount"] == 12 and filled.memory() > 20
    jobs = filled.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    names = {job["TrainingJobName"] for job in jobs}
    assert names == {"job-0", "job-1", "job-2"}
    assert {job["TrainingJobStatus"] for job in jobs} == {"Completed"}
