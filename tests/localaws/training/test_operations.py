"""Training jobs through boto3: they really run."""

import subprocess
import sys
import time

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from training_jobs import channel, members
from waiting import until

from localaws import client

TRAIN = """
import json, os, pathlib, socket
ml = pathlib.Path("/opt/ml")
config = ml / "input/config"
print("hosts", json.loads((config / "resourceconfig.json").read_text())["hosts"])
print("channels", list(json.loads((config / "inputdataconfig.json").read_text())))
print("rate", json.loads((config / "hyperparameters.json").read_text())["rate"])
print("data", sorted(p.name for p in (ml / "input/data/train").iterdir()))
print("at", os.environ["MODEL"], "of", os.environ["TRAINING_JOB_NAME"])
for loss in (0.5, 0.25):
    print(f"loss={loss};")
(ml / "model/weights").write_text("42")
(ml / "output/data/report").write_text("fine")
"""


def test_a_script_trains_and_its_artefacts_are_in_s3(
    submit, finished, log_of, connection, s3
):
    for key in ("data/a.csv", "data/b.csv"):
        s3.put_object(Bucket=connection.bucket, Key=key, Body=b"1,2")
    name = submit(
        TRAIN,
        HyperParameters={"rate": "0.1"},
        Environment={"MODEL": "/opt/ml/model"},
        InputDataConfig=[channel("train", f"s3://{connection.bucket}/data")],
        AlgorithmSpecification={
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+);"}]
        },
    )
    job = finished(name)
    assert job["TrainingJobStatus"] == "Completed", job
    lines = log_of(name)
    assert "hosts ['algo-1']" in lines and "rate 0.1" in lines
    assert "channels ['code', 'train']" in lines
    assert "data ['a.csv', 'b.csv']" in lines
    assert f"at /opt/ml/model of {name}" in lines
    (metric,) = job["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("loss", 0.25)
    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert members(s3, model) == {"weights": b"42"}
    output = model.replace("model.tar.gz", "output.tar.gz")
    assert members(s3, output) == {"report": b"fine"}
    steps = [row["Status"] for row in job["SecondaryStatusTransitions"]]
    expected = "Pending Starting Downloading Training Uploading Completed"
    assert " ".join(steps) == expected
    assert job["BillableTimeInSeconds"] >= 1
    assert not any((connection.folder / "jobs").glob(f"*{name}"))


def test_metrics_reach_cloudwatch(submit, finished):
    definition = {"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"}
    specification = {"MetricDefinitions": [definition]}
    name = submit("print('accuracy=0.75')", AlgorithmSpecification=specification)
    finished(name)
    now = time.time()
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="accuracy",
        Dimensions=[{"Name": "TrainingJobName", "Value": name}],
        StartTime=now - 600,
        EndTime=now + 60,
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    assert [point["Maximum"] for point in points] == [0.75]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ValueError('no data')", "ValueError: no data, exit code: 1"),
        ("import sys; sys.exit(3)", "exit code: 3"),
        ("import os; os.kill(os.getpid(), 9)", "exit code: 137"),
        ("open('/opt/ml/output/failure', 'w').write('tea'); 1/0", ": tea, exit code"),
    ],
)
def test_a_failing_script_says_why(submit, finished, code, reason):
    job = finished(submit(code))
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")
    assert reason in job["FailureReason"] and "ModelArtifacts" not in job


def test_a_channel_without_objects_fails_the_job(submit, finished, connection):
    missing = channel("train", f"s3://{connection.bucket}/nothing-here")
    job = finished(submit("pass", InputDataConfig=[missing]))
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert "nothing-here" in job["FailureReason"]


def test_logs_are_there_while_the_job_runs_and_stop_ends_it(
    submit, finished, log_of, sagemaker
):
    name = submit("print('started')\nimport time\ntime.sleep(60)")
    until(lambda: "started" in log_of(name))
    sagemaker.stop_training_job(TrainingJobName=name)
    job = finished(name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    with pytest.raises(ClientError, match="is in status Stopped"):
        sagemaker.stop_training_job(TrainingJobName=name)


def test_a_bucket_that_is_absent_fails_the_upload(submit, finished):
    job = finished(submit("pass", OutputDataConfig={"S3OutputPath": "s3://absent-1/x"}))
    assert "Artifact upload failed" in job["FailureReason"], job
    assert "NoSuchBucket" in job["FailureReason"]


def test_the_maximum_run_time_ends_a_job_and_keeps_its_model(submit, finished):
    code = "import time\nopen('/opt/ml/model/half', 'w').close()\ntime.sleep(60)"
    job = finished(submit(code, StoppingCondition={"MaxRuntimeInSeconds": 1}))
    assert job["TrainingJobStatus"] == "Stopped"
    assert job["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert "S3ModelArtifacts" in job["ModelArtifacts"]


def test_a_second_look_waits_for_the_end(submit, sagemaker):
    name = submit("import time; time.sleep(1)")
    looks = []
    while "Completed" not in looks:
        found = sagemaker.describe_training_job(TrainingJobName=name)
        looks.append(found["TrainingJobStatus"])
    assert looks == ["InProgress", "Completed"]


def test_the_command_line_prints_a_jobs_log(submit, finished, connection):
    name = submit("print('first'); print('second')")
    finished(name)
    command = [sys.executable, "-m", "localaws", "logs", name, "--url", connection.url]
    printed = subprocess.check_output(command, text=True)
    assert printed.splitlines()[-2:] == ["first", "second"]


def test_a_job_is_deleted_when_it_has_ended_and_its_name_is_free(
    submit, finished, sagemaker
):
    name = submit("import time; time.sleep(100)")
    with pytest.raises(ClientError, match="is in status InProgress") as caught:
        sagemaker.delete_training_job(TrainingJobName=name)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    sagemaker.stop_training_job(TrainingJobName=name)
    finished(name)
    sagemaker.delete_training_job(TrainingJobName=name)
    found = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    assert found == []


def test_names_are_unique_and_listed(submit, finished, sagemaker):
    name = submit("pass")
    finished(name)
    listed = sagemaker.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    assert [row["TrainingJobName"] for row in listed] == [name]
    assert listed[0]["TrainingJobStatus"] == "Completed"


def test_an_uncompressed_model_is_a_prefix(submit, finished, connection, s3):
    output = {
        "S3OutputPath": f"s3://{connection.bucket}/plain-output",
        "CompressionType": "NONE",
        "KmsKeyId": "alias/aws/s3",
    }
    code = "import os\nos.makedirs('/opt/ml/model/code')\n"
    code += "for name in ('weights', 'code/inference.py'):\n"
    code += "    open('/opt/ml/model/' + name, 'w').write(name)"
    job = finished(submit(code, OutputDataConfig=output))
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    prefix = f"plain-output/{job['TrainingJobName']}/output/model/"
    assert uri == f"s3://{connection.bucket}/{prefix}"
    listed = s3.list_objects_v2(Bucket=connection.bucket, Prefix=prefix)["Contents"]
    keys = [row["Key"].removeprefix(prefix) for row in listed]
    assert keys == ["code/inference.py", "weights"]
    assert job["OutputDataConfig"] == output


def test_a_large_log_is_readable_and_the_server_stays_small(
    submit, finished, log_of, connection
):
    server = psutil.Process(client.ask(connection.url)["pid"])
    before = server.memory_info().rss
    code = (
        "for number in range(300_000):\n    print(number, 'x' * 90)\nprint('the end')"
    )
    name = submit(code)
    assert finished(name)["TrainingJobStatus"] == "Completed"
    lines = log_of(name)
    assert lines[-1] == "the end" and any(line.startswith("0 x") for line in lines)
    assert any("lines are left out" in line for line in lines)
    assert server.memory_info().rss - before < 250e6
