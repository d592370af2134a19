"""A watched endpoint: what it was asked, what it captured, what CloudWatch measured."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from course.cloud.endpoints import VARIANT
from course.cloud.functions import created
from course.cloud.permissions import allow, document
from course.packages import of_script, tarred

Array = np.ndarray
TOGETHER = 10  # images in a request
LOGGING = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


def until(found: Callable[[], Any], patience: float = 900) -> Any:
    """Ask again and again, and return the first answer that counts as true.

    Raises TimeoutError after so many seconds of `patience`.
    """
    end = time.monotonic() + patience
    while not (value := found()):
        if time.monotonic() > end:
            raise TimeoutError(f"{found} found nothing in {patience:g} seconds")
        time.sleep(0.3)
    return value


@contextmanager
def lasting(seconds: float, wait: Callable[[float], None]) -> Iterator[None]:
    """Let what is within last so many seconds: `wait` lets the rest of them pass."""
    began = time.monotonic()
    yield
    wait(max(0, seconds - (time.monotonic() - began)))


def scanned(images: Array) -> Array:
    """Images in [0, 1] as a scanner gives them, in 256 steps, float32."""
    return (np.rint(255 * images) / 255).astype(np.float32)


def drawn(source: Sequence[Array], n: int, rng: np.random.Generator) -> list[Array]:
    """The same n rows of each array of a source, drawn without replacement."""
    chosen = rng.choice(len(source[0]), n, replace=False)
    return [values[chosen] for values in source]


def loaded(script: str | Path) -> ModuleType:
    """A script as a module, to call what it defines."""
    spec = spec_from_file_location(Path(script).stem, script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} is no script of Python")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive(weights: Mapping[str, Any], script: str | Path) -> bytes:
    """The `model.tar.gz` of a PyTorch model: weights, and the script that serves."""
    import torch

    torch.save(dict(weights), saved := io.BytesIO())
    code = Path(script).read_bytes()
    return gzip.compress(
        tarred({"model.pth": saved.getvalue(), "code/inference.py": code})
    )


def role(name: str, bucket: str) -> str:
    """Make a role for functions and schedules; return its ARN.

    It may read and write below `name` in the bucket, put metrics, write logs, and call
    the functions whose names begin with `name`.
    """
    import boto3

    services = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
    trust = allow("sts:AssumeRole", "*", Principal={"Service": services})
    del trust["Resource"]
    iam, where = boto3.client("iam"), f"arn:aws:s3:::{bucket}"
    rights = document(
        allow(["s3:GetObject", "s3:PutObject"], f"{where}/{name}/*"),
        allow("s3:ListBucket", where),
        allow(["cloudwatch:PutMetricData", *LOGGING], "*"),
        allow("lambda:InvokeFunction", f"arn:aws:lambda:*:*:function:{name}-*"),
    )
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=name, PolicyName="n2e", PolicyDocument=rights)
    return made["Role"]["Arn"]


def function(name: str, script: str | Path, role: str, **variables: str) -> str:
    """Make a function of Lambda of one script's `handler`; return its ARN."""
    return created(
        FunctionName=name,
        Role=role,
        Runtime="python3.12",
        Handler=f"{Path(script).stem}.handler",
        Code={"ZipFile": of_script(script)},
        Timeout=60,
        MemorySize=256,
        Environment={"Variables": variables},
    )


def keys(bucket: str, prefix: str) -> list[str]:
    """The keys of all objects below a prefix of a bucket, in order."""
    import boto3

    pages = boto3.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=bucket, Prefix=prefix)
    return sorted(row["Key"] for page in found for row in page.get("Contents", []))


def state(alarm: str) -> str:
    """The state of an alarm of CloudWatch."""
    import boto3

    found = boto3.client("cloudwatch").describe_alarms(AlarmNames=[alarm])
    return found["MetricAlarms"][0]["StateValue"]


def series(
    namespace: str,
    name: str,
    stat: str,
    since: datetime,
    count: int,
    period: int = 300,
    **dimensions: str,
) -> Array:
    """A statistic of a metric in the periods that have one, the oldest first.

    `count` periods of so many seconds from `since` on are looked at.
    """
    import boto3

    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": named}
    wished = {"Metric": metric, "Stat": stat, "Period": period}
    asked = {"Id": "m", "MetricStat": wished}
    found = boto3.client("cloudwatch").get_metric_data(
        MetricDataQueries=[asked],
        StartTime=since,
        EndTime=since + timedelta(seconds=period * count),
        ScanBy="TimestampAscending",
    )
    return np.array(found["MetricDataResults"][0]["Values"])


class Watched:
    """An endpoint that takes pixels as CSV, answers probabilities and captures both.

    What it captures is below `place`, an address in S3.
    """

    def __init__(self, name: str, place: str) -> None:
        self.name = name
        self.bucket, _, self.prefix = place.removeprefix("s3://").partition("/")
        self.labels: dict[str, Array] = {}  # of each request, by its InferenceId
        self._lines: dict[str, list[dict]] = {}  # of each file that was read

    def series(self, metric: str, stat: str, since: datetime, count: int) -> Array:
        """A metric that the endpoint itself has, as `series` gives those of others."""
        asked = "AWS/SageMaker", metric, stat, since, count
        return series(*asked, EndpointName=self.name, VariantName=VARIANT)

    def send(self, window: str, images: Array, labels: Array) -> None:
        """Ask for images (n, height, width) in [0, 1], ten in a request.

        The requests of a window have the identifiers `window-0`, `window-1`, ...
        """
        import boto3

        runtime = boto3.client("sagemaker-runtime")
        pixels = np.rint(255 * images).astype(int).reshape(len(images), -1)
        for k in range(0, len(images), TOGETHER):
            number = f"{window}-{k // TOGETHER}"
            rows = pixels[k : k + TOGETHER].tolist()
            self.labels[number] = labels[k : k + TOGETHER]
            runtime.invoke_endpoint(
                EndpointName=self.name,
                ContentType="text/csv",
                InferenceId=number,
                Body="\n".join(",".join(map(str, row)) for row in rows),
            )

    def captured(self) -> list[dict]:
        """Every line that is captured, when all requests have one."""
        return until(lambda: self._complete(self._read()))

    def _complete(self, lines: list[dict]) -> list[dict]:
        return lines if len(lines) >= len(self.labels) else []

    def _read(self) -> list[dict]:
        import boto3

        s3 = boto3.client("s3")
        for key in {*keys(self.bucket, f"{self.prefix}/")} - {*self._lines}:
            body = s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            self._lines[key] = [json.loads(x) for x in body.decode().splitlines()]
        return [line for key in sorted(self._lines) for line in self._lines[key]]

    def window(self, name: str) -> tuple[Array, Array, Array]:
        """Pixels (n, pixels), probabilities (n, classes), labels (n,) of a window."""
        images, answers, labels = [], [], []
        for line in self.captured():
            number = line["eventMetadata"]["inferenceId"]
            if number.rpartition("-")[0] == name:
                sides = line["captureData"]
                rows = sides["endpointInput"]["data"].splitlines()
                images += [np.array(row.split(","), float) / 255 for row in rows]
                answers += json.loads(sides["endpointOutput"]["data"])["probabilities"]
                labels += [*self.labels[number]]
        return np.array(images), np.array(answers), np.array(labels)


def probabilities(network: Callable[[Any], Any], images: Array) -> Array:
    """What a PyTorch network answers to images (n, height, width): (n, classes)."""
    import torch

    parts = torch.tensor(images[:, None]).split(500)
    with torch.no_grad():
        return torch.cat([network(part) for part in parts]).softmax(dim=1).numpy()
