"""What the tests of endpoints share: archives, models, endpoints, and a look inside."""

import io
import json
import tarfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import boto3
import numpy as np
import psutil
import torch
import waiting
from botocore.exceptions import ClientError

from localaws import client
from localaws.models.containers import threads

JOB = Path(__file__).parents[2] / "src" / "jobs" / "digits_torch"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
MEMBERS = {"capture": "DataCaptureConfig", "asynchronous": "AsyncInferenceConfig"}
SAY = """
def model_fn(model_dir): return {word!r}
def input_fn(body, content_type): return body
def predict_fn(data, model): return model
def output_fn(prediction, accept): return prediction
"""


def encode(x, kind):
    """Return images as the body of a request."""
    if kind == "application/json":
        return json.dumps(x.tolist()).encode()
    if kind == "text/csv":
        return "\n".join(",".join(map(str, row)) for row in x.tolist()).encode()
    buffer = io.BytesIO()
    np.save(buffer, x)
    return buffer.getvalue()


def upload(connection, key, files):
    """Upload an archive of these files and return its address."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, data in files.items():
            data = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    body = buffer.getvalue()
    boto3.client("s3").put_object(Bucket=connection.bucket, Key=key, Body=body)
    return f"s3://{connection.bucket}/{key}"


def make_model(
    connection, sagemaker, name, url, environment=None, image=IMAGE, role=None
):
    """Create a model; one of the same name is replaced."""
    container = {"Image": image, "ModelDataUrl": url, "Environment": environment or {}}
    if names(sagemaker, "list_models", name):
        sagemaker.delete_model(ModelName=name)
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=role or connection.role_arn,
        PrimaryContainer=container,
    )


def deploy(
    sagemaker, name, models, weights=None, serverless=None, instances=1, **members
):
    """Create configuration and endpoint, and describe it when it has settled.

    `capture` and `asynchronous` are members of the configuration.
    """
    config = f"{name}-0"
    if names(sagemaker, "list_endpoint_configs", config):
        sagemaker.delete_endpoint_config(EndpointConfigName=config)
    machine = {"InstanceType": "ml.m5.large", "InitialInstanceCount": instances}
    variants = [
        {
            "VariantName": f"variant-{number}",
            "ModelName": model,
            "InitialVariantWeight": weights[number] if weights else 1,
            **({"ServerlessConfig": serverless} if serverless else machine),
        }
        for number, model in enumerate(models)
    ]
    members = {MEMBERS[key]: value for key, value in members.items()}
    sagemaker.create_endpoint_config(
        EndpointConfigName=config, ProductionVariants=variants, **members
    )
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    return settled(sagemaker, name)


def settled(sagemaker, name):
    """Describe an endpoint that has settled: on a busy machine after several looks."""
    going = ("Creating", "Updating", "RollingBack")
    return waiting.ended(
        lambda: sagemaker.describe_endpoint(EndpointName=name),
        lambda found: found["EndpointStatus"] not in going,
    )


def change(connection, sagemaker, name, word, script):
    """Update an endpoint to a model with another script, and wait for the end."""
    url = upload(
        connection, f"{name}-{word}/model.tar.gz", {"code/inference.py": script}
    )
    make_model(connection, sagemaker, f"{name}-{word}", url)
    variant = {"VariantName": "variant-0", "ModelName": f"{name}-{word}"}
    variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    config = f"{name}-{word}"
    sagemaker.create_endpoint_config(
        EndpointConfigName=config, ProductionVariants=[variant]
    )
    sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    settled(sagemaker, name)


@contextmanager
def load(runtime, name, askers=4, pause=lambda: 0):
    """Ask an endpoint all the time; yield the answers, and the errors, so far."""
    answers, failed, stop = [], [], threading.Event()

    def ask():
        while not stop.is_set():
            try:
                answers.append(invoke(runtime, name))
            except Exception as error:
                failed.append(error)
            stop.wait(pause())

    threads = [threading.Thread(target=ask) for _ in range(askers)]
    for thread in threads:
        thread.start()
    try:
        yield answers, failed
    finally:
        stop.set()
        for thread in threads:
            thread.join()


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


def servers(connection, name):
    """Return the model-server processes of an endpoint."""
    pid = client.ask(connection.url)["pid"]
    found = []
    for process in psutil.Process(pid).children(recursive=True):
        with_folder = f"/{connection.region}/{name}/"
        variables = process.environ()
        if "localaws/serving/" in " ".join(process.cmdline()) and with_folder in str(
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


def log(name, missing=None):
    """Return the text of an endpoint's log; `missing` where there is none."""
    logs = boto3.client("logs")
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    except logs.exceptions.ResourceNotFoundException:
        if missing is None:
            raise
        return missing
    return "\n".join(event["message"] for event in events["events"])


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
