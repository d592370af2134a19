"""Checkpoints go to S3 while the job runs, and come back at its start."""

import pytest
from botocore.exceptions import ClientError
from waiting import until

SAVE = """
import pathlib, time
folder = pathlib.Path("/opt/ml/checkpoints")
print("found", sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.pt")))
(folder / "deep").mkdir(exist_ok=True)
(folder / "deep/1.pt").write_text("one")
while not (folder / "stop").exists():
    time.sleep(0.05)
"""


def config(connection, name, **members):
    return {"S3Uri": f"s3://{connection.bucket}/checkpoints/{name}", **members}


def exists(s3, connection, key):
    keys = s3.list_objects_v2(Bucket=connection.bucket, Prefix=key).get("Contents", [])
    return [row["Key"] for row in keys] == [key]


def test_a_checkpoint_is_in_s3_while_the_job_runs(
    submit, finished, sagemaker, connection, s3, mode
):
    place = config(connection, f"live-{mode}")
    name = submit(SAVE, CheckpointConfig=place)
    key = f"checkpoints/live-{mode}/deep/1.pt"
    until(lambda: exists(s3, connection, key))
    assert s3.get_object(Bucket=connection.bucket, Key=key)["Body"].read() == b"one"
    described = sagemaker.describe_training_job(TrainingJobName=name)
    assert described["TrainingJobStatus"] == "InProgress"
    sagemaker.stop_training_job(TrainingJobName=name)
    assert finished(name)["TrainingJobStatus"] == "Stopped"


def test_the_next_job_starts_with_the_checkpoints_of_the_last(
    submit, finished, log_of, connection, s3, mode
):
    for key in (f"{mode}/0.pt", f"{mode}/stop", f"{mode}-2/no.pt"):
        s3.put_object(Bucket=connection.bucket, Key=f"checkpoints/{key}", Body=b"0")
    for found in (["0.pt"], ["0.pt", "deep/1.pt"]):
        name = submit(SAVE, CheckpointConfig=config(connection, mode))
        assert finished(name)["TrainingJobStatus"] == "Completed"
        assert f"found {found}" in log_of(name)


def test_the_last_checkpoint_arrives_though_the_script_ends_at_once(
    submit, finished, connection, s3
):
    code = "open('/opt/ml/checkpoints/mine/last.pt', 'w').write('x' * 1000)"
    code = f"import os; os.makedirs('/opt/ml/checkpoints/mine', exist_ok=True); {code}"
    local = {"LocalPath": "/opt/ml/checkpoints/mine"}
    name = submit(code, CheckpointConfig=config(connection, "last", **local))
    assert finished(name)["TrainingJobStatus"] == "Completed"
    assert exists(s3, connection, "checkpoints/last/last.pt")


def test_a_bucket_that_is_absent_fails_the_job(submit, finished):
    job = finished(submit("pass", CheckpointConfig={"S3Uri": "s3://absent-2/x"}))
    assert "Checkpoints were not restored" in job["FailureReason"], job
    assert "NoSuchBucket" in job["FailureReason"]


@pytest.mark.parametrize("place", ["/tmp/x", "/opt/ml", "/opt/ml/../x", "/opt/ml/a/.."])
def test_a_folder_outside_opt_ml_is_refused(submit, connection, place):
    with pytest.raises(ClientError, match="LocalPath"):
        submit("pass", CheckpointConfig=config(connection, "x", LocalPath=place))
