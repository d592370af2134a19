"""Endpoints end to end: boto3 and the SageMaker SDK against a real server."""

import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import boto3
import numpy as np
import psutil
import pytest
import torch
from botocore.config import Config
from botocore.exceptions import ClientError
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from localaws import client
from localaws.containers import threads

JOB = Path(__file__).parents[2] / "src" / "jobs" / "digits_torch"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
SAY = """
def model_fn(model_dir): return {word!r}
def input_fn(body, content_type): return body
def predict_fn(data, model): return model
def output_fn(prediction, accept): return prediction
"""


@pytest.fixture(scope="module")
def aws(connection):
    """The server that the tests of this folder share."""
    return connection


@pytest.fixture(scope="module")
def sagemaker(aws):
    return boto3.client("sagemaker")


@pytest.fixture(scope="module")
def runtime(aws):
    """A client that does not retry: every error is seen."""
    once = Config(retries={"total_max_attempts": 1}, read_timeout=90)
    return boto3.client("sagemaker-runtime", config=once)


@pytest.fixture(scope="module")
def digits(aws, tmp_path_factory):
    """Train the digits model and upload it; return its folder, data and address."""
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
    files = {
        str(path.relative_to(folder / "model")): path.read_bytes()
        for path in (folder / "model").rglob("*")
        if path.is_file()
    }
    url = upload(aws, "digits/model.tar.gz", files)
    return {"folder": folder / "model", "x": test_x, "url": url}


@pytest.fixture(scope="module")
def endpoint(aws, sagemaker, digits):
    """The digits endpoint, in service."""
    make_model(aws, sagemaker, "digits", digits["url"])
    deploy(sagemaker, "digits", ["digits"])
    yield "digits"
    sagemaker.delete_endpoint(EndpointName="digits")


@pytest.fixture
def say(aws, sagemaker):
    """Return a function that deploys models which answer with one word each."""
    names = {}

    def start(name, *words, script=SAY, environment=None, **variant):
        for word in words:
            files = {"code/inference.py": script.replace("{word!r}", repr(word))}
            url = upload(aws, f"{name}-{word}/model.tar.gz", files)
            make_model(aws, sagemaker, f"{name}-{word}", url, environment or {})
        names[name] = words
        return deploy(sagemaker, name, [f"{name}-{word}" for word in words], **variant)

    yield start
    for name in names:
        sagemaker.delete_endpoint(EndpointName=name)


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "application/x-npy"])
def test_the_endpoint_answers_what_the_model_itself_computes(
    runtime, endpoint, digits, kind
):
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType=kind, Body=encode(digits["x"], kind)
    )
    found = json.loads(answer["Body"].read())
    expected = own_answer(digits)
    assert found["probabilities"] == expected.tolist()
    assert found["labels"] == expected.argmax(dim=1).tolist()


def test_the_sdk_creates_waits_invokes_and_deletes(aws, digits):
    from sagemaker.core.resources import Endpoint, EndpointConfig, Model
    from sagemaker.core.shapes import ContainerDefinition, ProductionVariant

    container = ContainerDefinition(image=IMAGE, model_data_url=digits["url"])
    model = Model.create(
        model_name="sdk", primary_container=container, execution_role_arn=aws.role_arn
    )
    variant = ProductionVariant(
        variant_name="AllTraffic",
        model_name="sdk",
        initial_instance_count=1,
        instance_type="ml.m5.large",
    )
    config = EndpointConfig.create(
        endpoint_config_name="sdk", production_variants=[variant]
    )
    endpoint = Endpoint.create(endpoint_name="sdk", endpoint_config_name="sdk")
    endpoint.wait_for_status("InService")
    body = encode(digits["x"], "application/json")
    answer = endpoint.invoke(body=body, content_type="application/json")
    assert (
        json.loads(answer.body.read())["probabilities"] == own_answer(digits).tolist()
    )
    for resource in (endpoint, config, model):
        resource.delete()
    with pytest.raises(ClientError, match="Could not find endpoint"):
        Endpoint.get(endpoint_name="sdk")


def test_a_bad_request_is_a_readable_model_error(aws, runtime, endpoint):
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        invoke(runtime, endpoint, b"[[1, 2]]")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"].startswith("Images have shape (1, 2)")
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    assert response["LogStreamArn"].endswith(f"log-group:{group}")
    message = response["Error"]["Message"]
    assert message.startswith("Received server error (500) from primary with message")
    assert message.endswith(f"in account {aws.account} for more information.")


def test_the_log_has_the_traceback_and_the_metrics_count_the_calls(runtime, say):
    say("counted", "fine", script=SAY.replace("return model", "return data['good']"))
    names = {"EndpointName": "counted", "VariantName": "variant-0"}
    for _ in range(3):
        with pytest.raises(runtime.exceptions.ModelError):
            invoke(runtime, "counted")
    eventually(lambda: total("Invocations", names) == 3)
    assert total("Invocation5XXErrors", names) == 3
    assert total("Invocation4XXErrors", names) == 0
    assert total("ModelLatency", names) > 0 and total("OverheadLatency", names) > 0
    eventually(lambda: log("counted").count("Traceback (most recent") == 3)
    assert 'File "/opt/ml/model/code/inference.py", line 4' in log("counted")


@pytest.mark.parametrize(
    ("name", "size", "status", "message"),
    [
        ("absent", 1, 400, "Endpoint absent of account 123456789012 not found."),
        ("absent", 6291457, 413, "HTTP content length exceeded 6291456 bytes."),
    ],
)
def test_a_request_that_reaches_no_model_says_why(runtime, name, size, status, message):
    with pytest.raises(ClientError) as caught:
        invoke(runtime, name, bytes(size))
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"]["Message"] == message


def test_headers_reach_the_model_and_come_back(runtime, say):
    script = """
NAME = "X-Amzn-SageMaker-Custom-Attributes"
def model_fn(model_dir): return 0
def transform_fn(model, body, content_type, accept, context):
    context.set_response_header(0, NAME, context.get_request_header(0, NAME) + "!")
    return f"{content_type} {accept}", "text/x-own"
"""
    say("headers", "any", script=script)
    answer = runtime.invoke_endpoint(
        EndpointName="headers",
        Body=b"\x00",
        ContentType="image/png",
        Accept="text/plain",
        CustomAttributes="trace=7",
    )
    assert answer["Body"].read() == b"image/png text/plain"
    assert answer["ContentType"] == "text/x-own"
    assert answer["CustomAttributes"] == "trace=7!"
    assert answer["InvokedProductionVariant"] == "variant-0"


def test_weights_share_the_requests_and_a_target_overrides_them(
    sagemaker, runtime, say
):
    say("shares", "a", "b", weights=[1, 3])
    answers = [invoke(runtime, "shares") for _ in range(200)]
    assert 20 < answers.count(b"a") < 80  # 50 expected, five standard deviations
    wishes = [{"VariantName": "variant-1", "DesiredWeight": 0}]
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="shares", DesiredWeightsAndCapacities=wishes
    )
    assert {invoke(runtime, "shares") for _ in range(20)} == {b"a"}
    assert invoke(runtime, "shares", TargetVariant="variant-1") == b"b"
    with pytest.raises(ClientError, match='no variant "variant-9"'):
        invoke(runtime, "shares", TargetVariant="variant-9")


def test_containers_of_a_pipeline_are_asked_one_after_the_other(
    aws, sagemaker, runtime
):
    script = SAY.replace("return model", "return data + ' ' + model")
    containers = []
    for number, word in enumerate(["twice", "and again"]):
        files = {"code/inference.py": script.replace("{word!r}", repr(word))}
        url = upload(aws, f"pipe-{number}/model.tar.gz", files)
        containers.append({"Image": IMAGE, "ModelDataUrl": url})
    sagemaker.create_model(
        ModelName="pipe", ExecutionRoleArn=aws.role_arn, Containers=containers
    )
    deploy(sagemaker, "pipe", ["pipe"])
    assert invoke(runtime, "pipe", b"once") == b"once twice and again"
    sagemaker.delete_endpoint(EndpointName="pipe")


def test_a_model_server_that_dies_is_unavailable_and_is_restarted(aws, runtime, say):
    die = "import os; os.kill(os.getpid(), 9) if data == 'die' else 0; return model"
    say("dies", "alive", script=SAY.replace("return model", die))
    [process] = servers(aws, "dies")
    with pytest.raises(ClientError) as caught:
        invoke(runtime, "dies", b"die")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert invoke(runtime, "dies") == b"alive"  # it waits for the restart
    assert len(servers(aws, "dies")) == 1
    assert servers(aws, "dies") != [process]


def test_a_model_that_takes_too_long_is_a_model_error_and_is_restarted(runtime, say):
    script = SAY.replace(
        "return model", "import time; time.sleep(int(data)); return model"
    )
    limit = {"SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"}
    say("slow", "done", script=script, environment=limit)
    with pytest.raises(runtime.exceptions.ModelError, match="invocation timed out"):
        invoke(runtime, "slow", b"30")
    assert eventually(lambda: attempt(runtime, "slow", b"0")) == b"done"


def test_an_update_under_load_fails_no_request(aws, sagemaker, runtime, say):
    say("update", "old")
    old = servers(aws, "update")
    words, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            words.append(invoke(runtime, "update"))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    change(aws, sagemaker, "update", "new", SAY.replace("{word!r}", "'new'"))
    described = sagemaker.describe_endpoint(EndpointName="update")
    count = len(words)
    eventually(lambda: len(words) > count + 20)
    stop.set()
    for asker in askers:
        asker.join()
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "update-new"
    assert b"old" in words and set(words[count + 8 :]) == {b"new"}
    assert not any(process.is_running() for process in old)


def test_an_update_that_fails_rolls_back(aws, sagemaker, runtime, say):
    say("back", "old")
    change(aws, sagemaker, "back", "bad", "raise RuntimeError('wrong weights')")
    described = sagemaker.describe_endpoint(EndpointName="back")
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "back-0"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert "wrong weights" in described["FailureReason"]
    assert invoke(runtime, "back") == b"old"
    assert len(servers(aws, "back")) == 1


def test_a_model_that_cannot_load_fails_the_endpoint_in_words(
    aws, sagemaker, runtime, say
):
    described = say("broken", "x", script="import a_module_that_is_absent")
    assert described["EndpointStatus"] == "Failed"
    reason = described["FailureReason"]
    assert "variant-0 did not pass the ping health check" in reason
    assert "No module named 'a_module_that_is_absent'" in reason
    with pytest.raises(ClientError, match="Endpoint broken of account"):
        invoke(runtime, "broken")
    with pytest.raises(ClientError, match="Cannot update failed endpoint"):
        change(aws, sagemaker, "broken", "new", SAY)
    assert servers(aws, "broken") == []


def test_an_object_that_is_no_archive_fails_the_endpoint_in_words(aws, sagemaker):
    body = {"Bucket": aws.bucket, "Key": "text/model.tar.gz", "Body": b"no archive"}
    boto3.client("s3").put_object(**body)
    url = f"s3://{aws.bucket}/text/model.tar.gz"
    make_model(aws, sagemaker, "text", url)
    described = deploy(sagemaker, "text", ["text"])
    sagemaker.delete_endpoint(EndpointName="text")
    words = "Failed to extract model data archive for container"
    start = f'{words} "container_1" from URL "{url}"'
    assert described["FailureReason"].startswith(start)


def test_deleting_leaves_no_process_no_port_and_no_file(aws, sagemaker, say):
    say("gone", "x")
    [process] = servers(aws, "gone")
    rows = process.net_connections("tcp")
    [port] = {row.laddr.port for row in rows if row.status == psutil.CONN_LISTEN}
    family = [process, *process.parents()[:1]]
    sagemaker.delete_endpoint(EndpointName="gone")
    assert [one.status() for one in family if one.is_running()] == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert not (aws.folder / "endpoints" / aws.region / "gone").exists()
    assert say("gone", "y")["EndpointStatus"] == "InService"  # the name is free again


@pytest.mark.parametrize(
    ("operation", "members", "message"),
    [
        ("describe_model", {"ModelName": "no"}, 'Could not find model "arn'),
        ("delete_model", {"ModelName": "no"}, 'Could not find model "arn'),
        (
            "describe_endpoint_config",
            {"EndpointConfigName": "no"},
            'Could not find endpoint configuration "arn',
        ),
        ("delete_endpoint", {"EndpointName": "no"}, 'Could not find endpoint "arn'),
        (
            "create_endpoint",
            {"EndpointName": "no", "EndpointConfigName": "no"},
            'Could not find endpoint configuration "arn',
        ),
        (
            "create_endpoint",
            {"EndpointName": "digits", "EndpointConfigName": "digits-0"},
            'Cannot create already existing endpoint "arn',
        ),
        (
            "create_endpoint_config",
            {
                "EndpointConfigName": "no",
                "ProductionVariants": [{"VariantName": "a", "ModelName": "no"}],
            },
            'Could not find model "arn',
        ),
        (
            "create_model",
            {
                "ModelName": "no",
                "PrimaryContainer": {"Image": "x", "ModelDataUrl": "s3://no/no.tar.gz"},
            },
            r"Could not find model data at s3://no/no\.tar\.gz",
        ),
        ("create_model", {"ModelName": "no"}, "Exactly one of PrimaryContainer"),
    ],
)
def test_control_errors_have_the_wording_of_aws(
    sagemaker, endpoint, operation, members, message
):
    with pytest.raises(ClientError, match=message) as caught:
        getattr(sagemaker, operation)(**members)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_endpoint_that_is_being_created_cannot_be_deleted(aws, sagemaker, say):
    script = "import time; time.sleep(1)" + SAY
    starting = threading.Thread(
        target=say, args=("busy", "x"), kwargs={"script": script}
    )
    starting.start()
    eventually(lambda: names(sagemaker, "list_endpoints", "busy") == ["busy"])
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        sagemaker.delete_endpoint(EndpointName="busy")
    starting.join()
    assert (
        sagemaker.describe_endpoint(EndpointName="busy")["EndpointStatus"]
        == "InService"
    )


def test_lists_filter_by_name_and_describe_returns_what_was_given(
    aws, sagemaker, endpoint
):
    assert names(sagemaker, "list_models", "digits") == ["digits"]
    assert names(sagemaker, "list_endpoint_configs", "digits") == ["digits-0"]
    assert names(sagemaker, "list_endpoints", "nothing") == []
    model = sagemaker.describe_model(ModelName="digits")
    assert model["PrimaryContainer"]["Image"] == IMAGE
    variant = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"][
        0
    ]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (1.0, 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == IMAGE


def test_the_model_sees_its_aws_paths_and_services(aws, runtime, say):
    script = """
import boto3, json, os
def model_fn(model_dir):
    return open("/opt/ml/model/code/inference.py").read()[:1]
def transform_fn(model, body, content_type, accept):
    buckets = [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]]
    return json.dumps([os.environ["OWN"], os.environ.get("READERS_SECRET"), buckets])
"""
    os.environ["READERS_SECRET"] = "x"
    say("paths", "any", script=script, environment={"OWN": "yes"})
    del os.environ["READERS_SECRET"]
    own, secret, buckets = json.loads(invoke(runtime, "paths"))
    assert (own, secret) == ("yes", None)
    assert aws.bucket in buckets


def own_answer(digits):
    """Return what `inference.py` computes in this process: (images, 10)."""
    namespace = {}
    source = (digits["folder"] / "code" / "inference.py").read_text()
    exec(compile(source, "inference.py", "exec"), namespace)
    model = namespace["model_fn"](str(digits["folder"]))
    before = torch.get_num_threads()
    torch.set_num_threads(threads())
    try:
        return namespace["predict_fn"](torch.from_numpy(digits["x"]), model)
    finally:
        torch.set_num_threads(before)


def encode(x, kind):
    """Return images as the body of a request."""
    if kind == "application/json":
        return json.dumps(x.tolist()).encode()
    if kind == "text/csv":
        return "\n".join(",".join(map(str, row)) for row in x.tolist()).encode()
    buffer = io.BytesIO()
    np.save(buffer, x)
    return buffer.getvalue()


def upload(aws, key, files):
    """Upload an archive of these files and return its address."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            data = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    body = buffer.getvalue()
    boto3.client("s3").put_object(Bucket=aws.bucket, Key=key, Body=body)
    return f"s3://{aws.bucket}/{key}"


def make_model(aws, sagemaker, name, url, environment=None):
    """Create a model; one of the same name is replaced."""
    container = {"Image": IMAGE, "ModelDataUrl": url, "Environment": environment or {}}
    if names(sagemaker, "list_models", name):
        sagemaker.delete_model(ModelName=name)
    sagemaker.create_model(
        ModelName=name, ExecutionRoleArn=aws.role_arn, PrimaryContainer=container
    )


def deploy(sagemaker, name, models, weights=None):
    """Create configuration and endpoint, and describe it when it has settled."""
    config = f"{name}-0"
    if names(sagemaker, "list_endpoint_configs", config):
        sagemaker.delete_endpoint_config(EndpointConfigName=config)
    variants = [
        {
            "VariantName": f"variant-{number}",
            "ModelName": model,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": weights[number] if weights else 1,
        }
        for number, model in enumerate(models)
    ]
    sagemaker.create_endpoint_config(
        EndpointConfigName=config, ProductionVariants=variants
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    return sagemaker.describe_endpoint(EndpointName=name)


def change(aws, sagemaker, name, word, script):
    """Update an endpoint to a model with another script, and wait for the end."""
    url = upload(aws, f"{name}-{word}/model.tar.gz", {"code/inference.py": script})
    make_model(aws, sagemaker, f"{name}-{word}", url)
    variant = {"VariantName": "variant-0", "ModelName": f"{name}-{word}"}
    variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    config = f"{name}-{word}"
    sagemaker.create_endpoint_config(
        EndpointConfigName=config, ProductionVariants=[variant]
    )
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    sagemaker.describe_endpoint(EndpointName=name)


def invoke(runtime, name, body=b"", **members):
    """Return the body of an answer."""
    members.setdefault("ContentType", "application/json")
    answer = runtime.invoke_endpoint(EndpointName=name, Body=body, **members)
    return answer["Body"].read()


def attempt(runtime, name, body):
    """Return the body of an answer, or None for an error."""
    try:
        return invoke(runtime, name, body)
    except ClientError:
        return None


def names(sagemaker, operation, contains):
    """Return the names that a List operation finds."""
    answer = getattr(sagemaker, operation)(NameContains=contains)
    [rows] = [value for value in answer.values() if isinstance(value, list)]
    return [v for row in rows for k, v in row.items() if k.endswith("Name")]


def servers(aws, name):
    """Return the model-server processes of an endpoint."""
    pid = client.ask(aws.url)["pid"]
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with_folder = f"/{aws.region}/{name}/"
        variables = process.environ()
        if "serving.py" in " ".join(process.cmdline()) and with_folder in str(
            variables
        ):
            found.append(process)
    return found


def total(metric, names):
    """Return the sum of a metric of an endpoint."""
    answer = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": k, "Value": v} for k, v in names.items()],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in answer["Datapoints"])


def log(name):
    """Return the text of an endpoint's log."""
    logs = boto3.client("logs")
    events = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    return "\n".join(event["message"] for event in events["events"])


def eventually(condition, seconds=20):
    """Return the first true value of `condition()`; AssertionError when it is late."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")
