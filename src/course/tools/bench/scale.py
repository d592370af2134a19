"""How a server starts, lists and grows with many objects and jobs."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from botocore.httpsession import URLLib3Session

from course.tools.bench.row import Row, Size, seconds
from localaws import discovery

ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
BUCKET, MODELS = "bench-scale", "bench-scale-models"


class Place:
    """A server on a folder, started and stopped as a user does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def localaws(self, command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "localaws", command, "--folder", str(self.folder)],
            stdout=subprocess.DEVNULL,
            check=True,
        )

    @contextmanager
    def running(self) -> Iterator[float]:
        """Start the server, yield the seconds that this took, and stop it."""
        took = seconds(lambda: self.localaws("start"))
        try:
            yield took
        finally:
            self.localaws("stop")

    def client(self, service: str):
        """Return a client of the server that runs; a connection of its own."""
        import boto3

        said = discovery.started(self.folder) or {}
        keys = {name.lower(): key for name, key in said["credentials"].items()}
        session = boto3.Session(**keys, region_name="us-east-1")
        return session.client(service, endpoint_url=said["url"])

    def memory(self) -> float:
        """Return the megabytes that the server has in memory."""
        import psutil

        said = discovery.started(self.folder) or {}
        return psutil.Process(said["pid"]).memory_info().rss / 2**20


def scale(folder: Path, size: Size) -> list[Row]:
    """Start, a page of each list, and memory, against a server that holds nothing."""
    empty, full = Place(folder / "empty"), Place(folder / "full")
    _fill(full, size)
    first, then = (_medians(place, size.rounds) for place in (empty, full))
    what = f"{size.objects:,} objects and {size.jobs:,} jobs"
    return [
        Row(
            f"`localaws start` with {what}",
            f"{then[0]:.1f} s",
            f"{first[0]:.1f} s with none",
            "2 s",
        ),
        Row(
            "a page of their lists, answered: 1,000 objects, 100 jobs",
            f"{then[1]:.0f} ms, {then[2]:.0f} ms",
            f"{first[1]:.0f} ms, {first[2]:.0f} ms with none; "
            f"boto3 has read them after {then[3]:.0f} ms, {then[4]:.0f} ms",
            "50 ms",
        ),
        Row(
            "a server's memory with them",
            f"{then[5]:.0f} MB",
            f"{first[5]:.0f} MB with none",
            "120 MB",
        ),
    ]


def _medians(place: Place, rounds: int) -> list[float]:
    rows = [_measure(place) for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def _measure(place: Place) -> list[float]:
    """Return seconds to start, milliseconds for pages, and megabytes.

    Each of the two pages is asked for twice: as bytes, and through boto3, which takes
    longer to read a page of S3 than the server to write it.
    """
    with place.running() as started:
        s3, sagemaker = place.client("s3"), place.client("sagemaker")
        bucket = s3.list_buckets()["Buckets"][0]["Name"]
        jobs = {"MaxResults": 100}
        pages: list[Callable] = [
            _asker(s3, "list_objects_v2", {"Bucket": bucket}),
            _asker(sagemaker, "list_training_jobs", jobs),
            lambda: s3.list_objects_v2(Bucket=bucket),
            lambda: sagemaker.list_training_jobs(**jobs),
        ]
        took = [statistics.median(seconds(page) for _ in range(9)) for page in pages]
        return [started, *(1000 * one for one in took), place.memory()]


def _asker(client, operation: str, given: dict) -> Callable[[], bytes]:
    """Return a function that sends such a request again, and reads its bytes."""
    sent: list = []
    client.meta.events.register(
        "before-send", lambda request, **_: sent.append(request)
    )
    getattr(client, operation)(**given)
    session = URLLib3Session()
    return lambda: session.send(sent[0]).content


def _fill(place: Place, size: Size) -> None:
    """Put objects, run one job, and copy its record while the server is stopped."""
    with place.running():
        _put(place.client("s3"), size.objects)
        _run_job(place.client("sagemaker"))
    [record] = place.folder.glob("state/*/TrainingJob/job-0.json")
    text = record.read_text()
    for number in range(1, size.jobs):
        name = f"job-{number}"
        record.with_name(f"{name}.json").write_text(text.replace("job-0", name))


def _put(s3, objects: int) -> None:
    for bucket in (BUCKET, MODELS):
        s3.create_bucket(Bucket=bucket)

    def put(number: int) -> None:
        key = f"data/part-{number % 100:03d}/item-{number:06d}.csv"
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * 100)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(objects)))


def _run_job(sagemaker) -> None:
    algorithm = {"TrainingImage": "any", "TrainingInputMode": "File"}
    machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    sagemaker.create_training_job(
        TrainingJobName="job-0",
        AlgorithmSpecification={**algorithm, "ContainerEntrypoint": ["true"]},
        RoleArn=ROLE,
        HyperParameters={f"name-{number}": str(number) for number in range(10)},
        OutputDataConfig={"S3OutputPath": f"s3://{MODELS}"},
        ResourceConfig=machine,
        StoppingCondition={"MaxRuntimeInSeconds": 100},
    )
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    waiter.config.delay = 0.2
    waiter.wait(TrainingJobName="job-0")
