"""Checkpoints go to S3 while the job runs, and come back at its start."""

import json

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
        name = submit(SAVE, CheckpointConfig=config(connection, f"{mode}/"))
        assert finished(name)["TrainingJobStatus"] == "Completed"
        assert f"found {found}" in log_of(name)
        assert not any("from beside the folder" in line for line in log_of(name))


def test_an_address_without_a_slash_brings_what_lies_beside_and_the_log_warns(
    submit, finished, log_of, connection, s3, mode
):
    for key in (f"raw-{mode}/0.pt", f"raw-{mode}/stop", f"raw-{mode}0/no.pt"):
        s3.put_object(Bucket=connection.bucket, Key=f"checkpoints/{key}", Body=b"0")
    name = submit(SAVE, CheckpointConfig=config(connection, f"raw-{mode}"))
    assert finished(name)["TrainingJobStatus"] == "Completed"
    lines = log_of(name)
    assert f"found {['0.pt', f'raw-{mode}0/no.pt']}" in lines
    (warning,) = [line for line in lines if "from beside the folder" in line]
    assert f"checkpoints/raw-{mode}0/no.pt" in warning
    assert exists(s3, connection, f"checkpoints/raw-{mode}/deep/1.pt")


def test_the_configuration_is_a_file_of_the_job(submit, finished, log_of, connection):
    code = "print(open('/opt/ml/input/config/checkpointconfig.json').read())"
    place = config(connection, "file")
    name = submit(code, CheckpointConfig=place)
    finished(name)
    expected = {"LocalPath": "/opt/ml/checkpoints", **place}
    assert json.loads(log_of(name)[-1]) == expected


BOARD = """
import pathlib, signal, sys, time
folder = pathlib.Path("FOLDER")
def end(*_):
    (folder / "events.2").write_text("2")
    sys.exit()
signal.signal(signal.SIGTERM, end)
(folder / "run").mkdir(parents=True)
(folder / "run/events.1").write_text("1")
time.sleep(60)
"""


@pytest.mark.parametrize("folder", ["/opt/ml/output/tensorboard", "/opt/ml/logs"])
def test_what_is_for_tensorboard_is_in_s3_while_the_job_runs_and_at_its_end(
    submit, finished, sagemaker, connection, s3, mode, folder
):
    board = {"S3OutputPath": f"s3://{connection.bucket}/boards"}
    if folder == "/opt/ml/logs":
        board["LocalPath"] = folder
    name = submit(BOARD.replace("FOLDER", folder), TensorBoardOutputConfig=board)
    prefix = f"boards/{name}/tensorboard-output"
    until(lambda: exists(s3, connection, f"{prefix}/run/events.1"))
    described = sagemaker.describe_training_job(TrainingJobName=name)
    assert described["TrainingJobStatus"] == "InProgress"
    assert described["TensorBoardOutputConfig"] == board
    sagemaker.stop_training_job(TrainingJobName=name)
    assert finished(name)["TrainingJobStatus"] == "Stopped"
    listed = s3.list_objects_v2(Bucket=connection.bucket, Prefix=prefix)["Contents"]
    keys = [row["Key"].removeprefix(f"{prefix}/") for row in listed]
    assert keys == ["events.2", "run/events.1"]


def test_a_board_that_cannot_be_stored_fails_the_job(submit, finished):
    code = "open('/opt/ml/output/tensorboard/events.1', 'w').write('1')"
    board = {"S3OutputPath": "s3://absent-4/x"}
    reason = finished(submit(code, TensorBoardOutputConfig=board))["FailureReason"]
    assert "The upload to s3://absent-4/x" in reason and "NoSuchBucket" in reason


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
