"""How fast an endpoint starts and answers, against its own model server."""

import json
import os
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course.tools.bench.row import Row, Size, seconds
from course.tools.lessons import ROOT

JOB = ROOT / "src" / "jobs" / "digits_torch"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312"
CLIENTS = 8  # threads that ask at the same time
MANY = 16  # of which the slowest answers are looked at


@dataclass(frozen=True)
class Answers:
    """How long requests took one after the other, and many clients together."""

    alone: list[float]  # seconds
    rate: float  # requests a second
    failed: int
    slow: float  # seconds; 95 of 100 answers came sooner


def endpoint_speed(connection, folder: Path, size: Size) -> list[Row]:
    """An endpoint of the digits model: start, latency and throughput.

    The reference is the same model server, started without localaws in front of it
    and asked by the same boto3 clients.
    """
    model = _train(folder)
    body = json.dumps(np.zeros((1, 64)).tolist()).encode()
    start = _start_row(_deploy(connection, model, folder))
    own = _handler_time(model, body)
    with _bare_server(model) as port:  # idle while the endpoint is asked
        both = [
            (ask(None, body, size.requests), ask(port, body, size.requests))
            for _ in range(size.rounds)
        ]
        many = [
            [ask(place, body, size.requests // 4, MANY).slow for place in (None, port)]
            for _ in range(size.rounds)
        ]
    return [start, _latency_row(both, own), _rate_row(both, size), _slow_row(many)]


def _start_row(ready: float) -> Row:
    command = [sys.executable, "-c", "import torch"]
    importing = seconds(lambda: subprocess.run(command, check=True))
    return Row(
        "an endpoint, created to InService",
        f"{ready:.1f} s",
        f"{importing:.1f} s to import the framework",
        "3 s more than the reference",
    )


def _latency_row(both: list[tuple[Answers, Answers]], own: float) -> Row:
    through, asked = (
        statistics.median(statistics.median(pair[side].alone) for pair in both)
        for side in (0, 1)
    )
    return Row(
        "added to the handler's own time, median, one client",
        f"{(through - own) * 1000:.1f} ms",
        f"{own * 1000:.1f} ms in the handler; {asked * 1000:.1f} ms asked directly",
        "5 ms",
    )


def _rate_row(both: list[tuple[Answers, Answers]], size: Size) -> Row:
    failed = sum(through.failed for through, _ in both)
    rates = [statistics.median(pair[side].rate for pair in both) for side in (0, 1)]
    shares = [through.rate / direct.rate for through, direct in both]
    return Row(
        f"{CLIENTS} clients at once, {size.rounds} times",
        f"{rates[0]:.0f} requests/s, {statistics.median(shares):.2f} of the reference, "
        f"{failed} of {size.rounds * size.requests:,} failed",
        f"{rates[1]:.0f} requests/s asked directly",
        "100 requests/s, 0.7 of the reference, none failed",
    )


def _slow_row(many: list[list[float]]) -> Row:
    through, direct = (
        statistics.median(side) * 1000 for side in zip(*many, strict=True)
    )
    return Row(
        f"{MANY} clients at once, 95 of 100 answers within",
        f"{through:.0f} ms",
        f"{direct:.0f} ms asked directly",
        "stated, not promised",
    )


def ask(port: int | None, body: bytes, requests: int, count: int = CLIENTS) -> Answers:
    """Ask the endpoint, or with a port the model server itself, through boto3."""
    clients = [_runtime(port) for _ in range(count)]
    times: list[float] = []

    def answered(client) -> bool:
        given = {"ContentType": "application/json", "Body": body}
        answer = client.invoke_endpoint(EndpointName="bench", **given)
        return len(json.loads(answer["Body"].read())["labels"]) == 1

    def fails(client) -> bool:
        begun = time.perf_counter()
        failed = _fails(lambda: answered(client))
        times.append(time.perf_counter() - begun)
        return failed

    def share(client) -> int:
        return sum(fails(client) for _ in range(requests // count))

    for client in clients:
        answered(client)
    alone = [
        seconds(lambda: answered(clients[0])) for _ in range(max(10, requests // 20))
    ]
    with ThreadPoolExecutor(count) as pool:
        failed: list[int] = []
        took = seconds(lambda: failed.extend(pool.map(share, clients)))
    slow = sorted(times)[len(times) * 95 // 100]
    return Answers(alone, requests // count * count / took, sum(failed), slow)


def _fails(ask: Callable[[], bool]) -> bool:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return not ask()
    except (BotoCoreError, ClientError):
        return True


def _runtime(port: int | None):
    """Return a client that does not retry; with a port it asks the model server."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("sagemaker-runtime", config=config)
    if port is not None:

        def redirect(request, **_):
            request.url = f"http://127.0.0.1:{port}/invocations"

        client.meta.events.register("before-send.sagemaker-runtime", redirect)
    return client


def _handler_time(model: Path, body: bytes) -> float:
    """Return the median seconds of the handler's functions, called in this process."""
    names: dict = {}
    exec((model / "code" / "inference.py").read_text(), names)
    network = names["model_fn"](str(model))

    def handle():
        images = names["input_fn"](body, "application/json")
        names["output_fn"](names["predict_fn"](images, network), "application/json")

    return statistics.median(seconds(handle) for _ in range(500))


def _train(folder: Path) -> Path:
    """Train the digits model for a moment; return its model folder."""
    from course import data

    digits, model = data.load("digits"), folder / "model"
    for name, x, y in (
        ("train", digits.x_train, digits.y_train),
        ("test", digits.x_test, digits.y_test),
    ):
        np.savez(folder / f"{name}.npz", x=x.reshape(len(x), -1), y=y)
    places = {f"SM_CHANNEL_{name}": str(folder) for name in ("TRAIN", "TEST")}
    subprocess.run(
        [sys.executable, str(JOB / "train.py"), "--epochs", "1"],
        env={**os.environ, **places, "SM_MODEL_DIR": str(model)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return model


def _deploy(connection, model: Path, folder: Path) -> float:
    """Create the endpoint `bench` and return the seconds until it is InService."""
    import boto3

    address, sagemaker = _upload(connection, model, folder), boto3.client("sagemaker")
    sagemaker.create_model(
        ModelName="bench",
        ExecutionRoleArn=connection.role_arn,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": address},
    )
    machine = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    variant = {"VariantName": "all", "ModelName": "bench", **machine}
    sagemaker.create_endpoint_config(
        EndpointConfigName="bench", ProductionVariants=[variant]
    )

    def start():
        sagemaker.create_endpoint(EndpointName="bench", EndpointConfigName="bench")
        config = {"Delay": 1, "MaxAttempts": 60}
        waiter = sagemaker.get_waiter("endpoint_in_service")
        waiter.wait(EndpointName="bench", WaiterConfig=config)

    return seconds(start)


def _upload(connection, model: Path, folder: Path) -> str:
    """Put the model's archive into the bucket and return its address."""
    import boto3

    archive, key = folder / "model.tar.gz", "bench/model.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(model, ".")
    boto3.client("s3").upload_file(str(archive), connection.bucket, key)
    return f"s3://{connection.bucket}/{key}"


@contextmanager
def _bare_server(model: Path):
    """Yield the port of the same model server with nothing in front of it."""
    from localaws.models import containers
    from localaws.serving import exchange

    threads = {"OMP_NUM_THREADS": str(containers.threads())}
    process = subprocess.Popen(
        [sys.executable, "-P", exchange.SERVER, "pytorch", str(model)],
        env={**os.environ, **threads},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout, "it was asked for"
    try:
        lines = (line for line in process.stdout if line.startswith(exchange.READY))
        yield int(next(lines).split()[-1])
    finally:
        process.kill()
        process.wait()
