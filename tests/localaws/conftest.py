"""One real server for the tests of this folder, with this process pointed at it."""

import contextlib
import os
import subprocess
import sys
import time

import boto3
import numpy as np
import pytest
from botocore.config import Config
from deployed import JOB, SAY, deploy, make_model, upload
from inside import MotoClients
from moto import mock_aws
from registered import Registry
from restarts import Restartable
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from training_jobs import channel
from waiting import ended

from localaws import client
from localaws.api.registry import Context
from localaws.machine import sandbox
from localaws.records.store import Store

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-cpu-py312"
MODES = ["namespace", "substitution"]


@pytest.fixture(scope="module")
def connection(tmp_path_factory, request):
    """The server of a module; with ANY_KEY it takes raw requests that nobody signed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("LOCALAWS_URL", raising=False)
        patch.setenv("LOCALAWS_FOLDER", str(tmp_path_factory.mktemp("state")))
        if getattr(request.module, "ANY_KEY", False):
            connected = client.fresh(client.REGION, "--open")
            connected.enter()
        else:
            connected = client.connect()
        yield connected
        connected.stop()


@pytest.fixture
def context(tmp_path):
    """What a server shares, without the server: AWS is moto in this process."""
    with mock_aws():
        made = Context("http://127.0.0.1:1", "123456789012", tmp_path)
        made.clients = MotoClients()
        made.add(Store(tmp_path / "state", made.account))
        yield made


@pytest.fixture
def registry(context):
    """The operations of a server without the server, and model data in its S3."""
    found = Registry(context)
    found.data()
    return found


@pytest.fixture
def sagemaker(connection):
    return boto3.client("sagemaker")


@pytest.fixture
def s3(connection):
    return boto3.client("s3")


@pytest.fixture(params=MODES)
def mode(request):
    if request.param == "namespace" and not sandbox.namespaces_work():
        pytest.skip("this kernel does not allow mount namespaces")
    return request.param


@pytest.fixture
def elsewhere(tmp_path):
    """The environment of a fresh process that knows no server."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LOCAL"))}
    return {**kept, "LOCALAWS_FOLDER": str(tmp_path / "state")}


@pytest.fixture
def submit(connection, sagemaker, s3, mode):
    """Return a function that starts a job of one script and returns its name.

    Whoever uses it is tested in both path modes.
    """

    def start(code, **changes):
        name = f"job-{time.time_ns()}"
        key = f"{name}/code/train.py"
        s3.put_object(Bucket=connection.bucket, Key=key, Body=code.encode())
        algorithm = {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "/opt/ml/input/data/code/train.py"],
            **changes.pop("AlgorithmSpecification", {}),
        }
        algorithm = {name: value for name, value in algorithm.items() if value}
        inputs = [channel("code", f"s3://{connection.bucket}/{name}/code/")]
        limits = {"MaxRuntimeInSeconds": 100}
        place = {"S3OutputPath": f"s3://{connection.bucket}/{name}"}
        machine = {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
            **changes.pop("ResourceConfig", {}),
        }
        sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification=algorithm,
            RoleArn=changes.pop("RoleArn", connection.role_arn),
            InputDataConfig=[*inputs, *changes.pop("InputDataConfig", [])],
            OutputDataConfig=changes.pop("OutputDataConfig", place),
            ResourceConfig=machine,
            StoppingCondition=changes.pop("StoppingCondition", limits),
            Environment={"LOCALAWS_PATHS": mode, **changes.pop("Environment", {})},
            **changes,
        )
        return name

    return start


@pytest.fixture
def finished(sagemaker):
    """Return a function that waits for a job's end and returns its description."""

    def wait(name):
        return ended(
            lambda: sagemaker.describe_training_job(TrainingJobName=name),
            lambda job: job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped"),
        )

    return wait


@pytest.fixture
def log_of(connection):
    """Return a function that returns the lines of a training job's log."""

    def read(name):
        logs, group = boto3.client("logs"), "/aws/sagemaker/TrainingJobs"
        streams = logs.describe_log_streams(
            logGroupName=group, logStreamNamePrefix=f"{name}/"
        )["logStreams"]
        return [line for row in streams for line in lines(row["logStreamName"])]

    def lines(stream):
        logs, token, found = boto3.client("logs"), None, []
        while True:
            page = logs.get_log_events(
                logGroupName="/aws/sagemaker/TrainingJobs",
                logStreamName=stream,
                startFromHead=True,
                **({"nextToken": token} if token else {}),
            )
            found += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token:
                return found
            token = page["nextForwardToken"]

    return read


@pytest.fixture
def keys(connection, s3):
    """Return a function that returns the objects below a prefix, by what follows it."""

    def read(prefix):
        listed = s3.list_objects_v2(Bucket=connection.bucket, Prefix=prefix)
        return {
            row["Key"].removeprefix(prefix): s3.get_object(
                Bucket=connection.bucket, Key=row["Key"]
            )["Body"].read()
            for row in listed.get("Contents", ())
        }

    return read


@pytest.fixture
def runtime(connection):
    """A client that does not retry: every error is seen."""
    once = Config(retries={"total_max_attempts": 1}, read_timeout=90)
    return boto3.client("sagemaker-runtime", config=once)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Train the digits model, once for all tests; return its folder and test images."""
    folder = tmp_path_factory.mktemp("digits")
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    train_x, test_x, train_y, test_y = train_test_split(
        x, y, test_size=360, random_state=0
    )
    np.savez(folder / "train.npz", x=train_x, y=train_y)
    np.savez(folder / "test.npz", x=test_x, y=test_y)
    names = ("SM_CHANNEL_TRAIN", "SM_CHANNEL_TEST")
    variables = {**dict.fromkeys(names, folder), "SM_MODEL_DIR": folder / "model"}
    command = [sys.executable, JOB / "train.py", "--epochs", "5"]
    subprocess.run(command, env={**os.environ, **variables}, check=True)
    return folder / "model", test_x


@pytest.fixture(scope="module")
def digits(connection, trained):
    """Upload the digits model; return its folder, data and address."""
    folder, images = trained
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    url = upload(connection, "digits/model.tar.gz", files)
    return {"folder": folder, "x": images, "url": url}


@pytest.fixture(scope="module")
def endpoint(connection, digits):
    """The digits endpoint, in service."""
    sagemaker = boto3.client("sagemaker")
    make_model(connection, sagemaker, "digits", digits["url"])
    deploy(sagemaker, "digits", ["digits"])
    yield "digits"
    sagemaker.delete_endpoint(EndpointName="digits")


@pytest.fixture
def say(connection, sagemaker):
    """Return a function that deploys models which answer with one word each."""
    names = {}

    def start(name, *words, script=SAY, environment=None, role=None, **members):
        for word in words:
            files = {"code/inference.py": script.replace("{word!r}", repr(word))}
            url = upload(connection, f"{name}-{word}/model.tar.gz", files)
            given = {"environment": environment, "role": role}
            make_model(connection, sagemaker, f"{name}-{word}", url, **given)
        names[name] = words
        return deploy(sagemaker, name, [f"{name}-{word}" for word in words], **members)

    yield start
    for name in names:
        with contextlib.suppress(sagemaker.exceptions.ClientError):  # deleted already
            sagemaker.delete_endpoint(EndpointName=name)


@pytest.fixture
def restartable(elsewhere):
    """A server that keeps its state, started; it ends with the test."""
    server = Restartable(elsewhere).start()
    yield server
    server.localaws("stop")
