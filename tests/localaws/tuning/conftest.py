"""Tuning jobs of a server, and runs without one: their training jobs end as told."""

import functools
import time

import boto3
import pytest
import tuning_jobs
from botocore.exceptions import ClientError
from tuning_jobs import request, submit

from localaws.api.registry import Call
from localaws.jobs.run import Jobs
from localaws.records.store import Store
from localaws.training.operations import TRAINING_JOB
from localaws.tuning import operations
from localaws.tuning.operations import TUNING_JOB

DONE = ("Completed", "Failed", "Stopped")


class SageMaker:
    """Stands for the client: a training job ends at once, unless it is to be held."""

    def __init__(self, context):
        self.trained = context.part(Store).table(TRAINING_JOB, "eu-west-1")
        self.score = lambda values: float(values["x"])  # None: no objective
        self.status = lambda values: "Completed"
        self.held = lambda number: False
        self.refusal, self.deaf = None, False  # whether jobs do not stop when asked
        self.asked, self.stopped = [], []

    def create_training_job(self, TrainingJobName, **request):
        if self.refusal:
            error = {"Code": "ValidationException", "Message": self.refusal}
            raise ClientError({"Error": error}, "CreateTrainingJob")
        self.asked.append({"TrainingJobName": TrainingJobName, **request})
        record = {**request, "TrainingJobStatus": "InProgress"}
        self.trained.create(TrainingJobName, record, request.get("Tags"))
        if not self.held(len(self.asked)):
            self.end(TrainingJobName)

    def stop_training_job(self, TrainingJobName):
        self.stopped.append(TrainingJobName)
        if not self.deaf:
            self.end(TrainingJobName, "Stopped")

    def end(self, name, status=None):
        values = self.trained.get(name)["HyperParameters"]
        status = status or self.status(values)
        with self.trained.edit(name) as record:
            record["TrainingStartTime"] = record["CreationTime"]
            record["TrainingEndTime"] = len(self.asked)
            if status == "Failed":
                record["FailureReason"] = "AlgorithmError: told so"
            elif (score := self.score(values)) is not None:
                row = {"MetricName": "score", "Value": score, "Timestamp": 0.0}
                record["FinalMetricDataList"] = [row]
            record["TrainingJobStatus"] = status


class Tunings:
    """Creates tuning jobs as the operations do, and looks at them."""

    def __init__(self, context):
        self.context = context
        context.add(Jobs(context))
        self.client = SageMaker(context)
        context.clients = self
        self.table = context.part(Store).table(TUNING_JOB, "eu-west-1")

    def get(self, service, region, owner=""):
        return self.client

    def call(self, name, **members):
        function = {
            "create": operations.create_hyper_parameter_tuning_job,
            "list": operations.list_hyper_parameter_tuning_jobs,
            "jobs": operations.list_training_jobs,
            "stop": operations.stop_hyper_parameter_tuning_job,
            "delete": operations.delete_hyper_parameter_tuning_job,
        }[name]
        return function(Call(name, members, "eu-west-1", self.context, None))

    def ended(self, name="tune"):
        found = self.table.wait(
            name, lambda now: now["HyperParameterTuningJobStatus"] in DONE, 20
        )
        assert found["HyperParameterTuningJobStatus"] in DONE, found
        return found

    def run(self, request):
        """Return the record of a tuning job that has run to its end."""
        self.call("create", **request)
        return self.ended(request["HyperParameterTuningJobName"])


@pytest.fixture
def tunings(context, monkeypatch):
    monkeypatch.setattr(operations, "check_role", lambda context, arn: None)
    return Tunings(context)


@pytest.fixture(scope="module")
def bucket(connection):
    """A bucket with the script of tuning jobs."""
    submit(boto3.client("s3"), connection.bucket)
    return connection.bucket


@pytest.fixture
def start(bucket, sagemaker):
    """Return a function that starts a tuning job and returns its name."""

    def begin(**changes):
        name = f"tune-{time.time_ns() % 10**12}"
        asked = request(changes.pop("name", name), bucket, **changes)
        sagemaker.create_hyper_parameter_tuning_job(**asked)
        return asked["HyperParameterTuningJobName"]

    return begin


@pytest.fixture
def ended(sagemaker):
    """Return a function that waits for a job's end and returns its description."""
    return functools.partial(tuning_jobs.ended, sagemaker)
