"""What a server that is killed leaves behind, and what the next one makes of it."""

import hashlib
import io
import socket
import tarfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from botocore.exceptions import BotoCoreError, ClientError
from deployed import IMAGE
from waiting import until

MEGABYTE = 1024 * 1024
SLEEPER = ["sleep", "54321"]
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
SCRIPT = "mkdir -p /opt/ml/model; echo weights > /opt/ml/model/w; echo trained"
SLOW = """
import time
def model_fn(model_dir): return "yes"
def input_fn(body, content_type): return body
def predict_fn(data, model): time.sleep(float(data)); return model
def output_fn(prediction, accept): return prediction
"""


def submit(sagemaker, name, command, bucket="made"):
    sagemaker.create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={
            "TrainingImage": "any",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": command,
        },
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/jobs"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )


def sleeping():
    """Return the processes of the job that sleeps."""
    found = psutil.process_iter(["cmdline", "status"])
    return [row for row in found if row.info["cmdline"] == SLEEPER]


def status(sagemaker, name):
    return sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]


def files(server, name):
    """Return the files that the server holds of a bucket."""
    return list(Path(server.folder, "moto", "s3", "aws", name).iterdir())


def test_a_killed_server_loses_no_finished_job_and_fails_the_running_one(restartable):
    s3, sagemaker = restartable.client("s3"), restartable.client("sagemaker")
    s3.create_bucket(Bucket="made")
    submit(sagemaker, "done", ["sh", "-c", SCRIPT])
    until(lambda: status(sagemaker, "done") == "Completed")
    submit(sagemaker, "sleeper", SLEEPER)
    until(sleeping)
    restartable.kill()
    assert not sleeping()
    sagemaker = restartable.client("sagemaker")
    job = sagemaker.describe_training_job(TrainingJobName="sleeper")
    assert job["TrainingJobStatus"] == "Failed"
    assert "server ended while the job ran" in job["FailureReason"]
    job = sagemaker.describe_training_job(TrainingJobName="done")
    key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://made/")
    model = restartable.client("s3").get_object(Bucket="made", Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(model)) as archive:
        assert archive.extractfile("w").read() == b"weights\n"
    events = restartable.client("logs").filter_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix="done/"
    )
    assert "trained" in [event["message"] for event in events["events"]]
    assert not list(Path(restartable.folder, "jobs").glob("*"))


def test_an_upload_that_breaks_off_leaves_the_old_object(restartable):
    s3 = restartable.client("s3")
    s3.create_bucket(Bucket="made")
    s3.put_object(Bucket="made", Key="k", Body=b"old")
    with half_an_upload(restartable):  # its client goes away
        time.sleep(0.2)
    time.sleep(0.2)
    assert s3.get_object(Bucket="made", Key="k")["Body"].read() == b"old"
    with half_an_upload(restartable):
        restartable.kill()
    s3 = restartable.client("s3")
    assert s3.get_object(Bucket="made", Key="k")["Body"].read() == b"old"
    assert len(files(restartable, "made")) == 3  # bucket, record, bytes


def half_an_upload(server):
    """Return a connection on which half of an object was sent."""
    place = {"Bucket": "made", "Key": "k"}
    address = urlsplit(server.client("s3").generate_presigned_url("put_object", place))
    connection = socket.create_connection((address.hostname, address.port))
    length = 20 * MEGABYTE
    target = f"{address.path}?{address.query}"
    head = f"PUT {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}"
    connection.sendall(head.encode() + b"\r\n\r\n" + b"n" * (length // 2))
    return connection


def test_a_server_killed_while_it_writes_an_object_leaves_a_whole_one(restartable):
    size = 60 * MEGABYTE
    bodies = {f'"{hashlib.md5(x * size).hexdigest()}"': x for x in (b"a", b"b")}
    s3 = restartable.client("s3")
    s3.create_bucket(Bucket="made")
    s3.put_object(Bucket="made", Key="k", Body=b"a" * size)
    folder = files(restartable, "made")[0].parent

    def upload():
        try:
            s3.put_object(Bucket="made", Key="k", Body=b"b" * size)
        except (BotoCoreError, ClientError):  # it was killed
            return

    def half_written():
        plain = [path for path in folder.glob("[!.]*") if path.suffix != ".json"]
        return any(path.stat().st_size != size for path in plain)

    thread = threading.Thread(target=upload)
    thread.start()
    until(half_written)
    restartable.process.kill()
    thread.join()
    restartable.start()
    found = restartable.client("s3").get_object(Bucket="made", Key="k")
    assert found["Body"].read() == bodies[found["ETag"]] * size
    assert len(files(restartable, "made")) == 3


def test_an_upload_in_parts_that_was_not_completed_leaves_nothing(restartable):
    s3 = restartable.client("s3")
    s3.create_bucket(Bucket="made")
    made = s3.create_multipart_upload(Bucket="made", Key="k")
    part = {"UploadId": made["UploadId"], "PartNumber": 1}
    s3.upload_part(Bucket="made", Key="k", Body=b"x" * 6 * MEGABYTE, **part)
    restartable.kill()
    s3 = restartable.client("s3")
    assert s3.list_objects_v2(Bucket="made")["KeyCount"] == 0
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="made")
    assert len(files(restartable, "made")) == 1


def test_an_endpoint_killed_while_it_answers_comes_back(restartable):
    s3, sagemaker = restartable.client("s3"), restartable.client("sagemaker")
    s3.create_bucket(Bucket="made")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("code/inference.py")
        info.size = len(SLOW)
        tar.addfile(info, io.BytesIO(SLOW.encode()))
    s3.put_object(Bucket="made", Key="model.tar.gz", Body=buffer.getvalue())
    container = {"Image": IMAGE, "ModelDataUrl": "s3://made/model.tar.gz"}
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container
    )
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="c",
        ProductionVariants=[{**variant, "InitialInstanceCount": 1}],
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    assert in_service(restartable)
    errors = []

    def invoke():
        try:
            ask(restartable.client("sagemaker-runtime"), b"50")
        except (BotoCoreError, ClientError) as error:
            errors.append(error)

    thread = threading.Thread(target=invoke)
    thread.start()
    time.sleep(0.5)
    restartable.kill()
    thread.join()
    assert errors
    assert in_service(restartable)
    assert ask(restartable.client("sagemaker-runtime"), b"0") == b"yes"


def in_service(server):
    sagemaker = server.client("sagemaker")
    return until(
        lambda: (
            sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"]
            == "InService"
        ),
        60,
    )


def ask(runtime, body):
    return runtime.invoke_endpoint(EndpointName="e", Body=body)["Body"].read()
