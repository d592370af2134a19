"""How a step is begun: as its pipeline's role, and again after a fault."""

import time
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from defined import definition, processing
from roles import allow, make_role

from localaws.pipelines import performer
from localaws.pipelines.definition import parse
from localaws.pipelines.performer import Performer
from localaws.pipelines.record import EXECUTION, execution_arn
from localaws.records.store import Store

POLICY = {
    "ExceptionType": ["SageMaker.RESOURCE_LIMIT"],
    "IntervalSeconds": 0,
    "BackoffRate": 1,
    "MaxAttempts": 1,
}
ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p"


def refusal(code, status=400):
    answer = {"Error": {"Code": code, "Message": "no"}}
    return ClientError(
        {**answer, "ResponseMetadata": {"HTTPStatusCode": status}}, "Create"
    )


class SageMaker:
    """Refuses as often as it is told to, and then creates jobs that have ended."""

    def __init__(self, *refusals, status="Completed", reason=""):
        self.refusals, self.created = list(refusals), []
        self.seen = {"ProcessingJobStatus": status, "FailureReason": reason}

    def create_processing_job(self, **members):
        self.created.append(members)
        if self.refusals:
            raise self.refusals.pop(0)
        return {"ProcessingJobArn": "arn"}

    def describe_processing_job(self, ProcessingJobName):
        return {**self.seen, "ProcessingJobName": ProcessingJobName}


@pytest.fixture
def perform(tmp_path, monkeypatch):
    """Return a function that performs one step with a client, and returns all."""

    def run(client, **more):
        monkeypatch.setattr(performer, "role_client", lambda *asked: client)
        made = parse(definition(processing("a", **more)))
        table = Store(tmp_path, "123456789012").table(EXECUTION, "us-east-1")
        name = f"x{time.time_ns()}"
        record = {
            "PipelineArn": ARN,
            "PipelineExecutionArn": execution_arn(ARN, name),
            "PipelineExecutionStatus": "Executing",
            "RoleArn": "role",
            "_pipeline": "p",
            "_definition": "",
            "_values": {},
            "_steps": {},
        }
        table.create(name, record)
        closing = SimpleNamespace(is_set=lambda: False, wait=lambda seconds: False)
        context = SimpleNamespace(closing=closing)
        steps = Performer(context, table, name, made, lambda *told: None)
        steps.begin(made.steps["a"])
        return steps

    return run


def test_a_fault_of_the_service_is_tried_again_without_a_policy(perform, monkeypatch):
    steps = perform(SageMaker(refusal("InternalFailure", 500)))
    state = steps.states["a"]
    assert state["Status"] == "Starting" and state["Again"] > time.time()
    steps.try_again()
    assert "Again" in steps.states["a"]  # it is not time yet
    monkeypatch.setattr(performer.time, "time", lambda: state["Again"] + 1)
    steps.try_again()
    assert (steps.states["a"]["Status"], steps.states["a"]["AttemptCount"]) == (
        "Executing",
        2,
    )
    names = [asked["ProcessingJobName"] for asked in performer.role_client().created]
    assert len(set(names)) == 2


def test_a_policy_allows_so_many_attempts_and_no_more(perform):
    limit = refusal("ResourceLimitExceeded")
    steps = perform(SageMaker(limit, limit), RetryPolicies=[POLICY])
    steps.try_again()
    state = steps.states["a"]
    assert (state["Status"], state["AttemptCount"]) == ("Failed", 2)
    assert state["FailureReason"].endswith("Error Details: no")


def test_a_job_that_failed_by_itself_is_not_tried_again(perform):
    policies = [{**POLICY, "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"]}]
    steps = perform(
        SageMaker(status="Failed", reason="AlgorithmError: x"), RetryPolicies=policies
    )
    steps.look("a")
    assert steps.states["a"]["FailureReason"] == "ClientError: AlgorithmError: x"
    steps = perform(
        SageMaker(status="Failed", reason="InternalServerError: x"),
        RetryPolicies=policies,
    )
    steps.look("a")
    assert "Again" in steps.states["a"]
    steps.stop()
    assert steps.states["a"]["Status"] == "Stopped"


def test_a_describe_without_an_answer_is_tried_again(perform):
    client = SageMaker()
    steps = perform(client)
    answer, faults = client.describe_processing_job, [refusal("InternalFailure", 503)]
    faults.append(EndpointConnectionError(endpoint_url="http://127.0.0.1:1"))

    def describe(**members):
        if faults:
            raise faults.pop()
        return answer(**members)

    client.describe_processing_job = describe
    steps.look("a")
    assert steps.states["a"]["Status"] == "Succeeded" and not faults


def test_a_job_that_is_gone_has_failed(perform):
    client = SageMaker()
    steps = perform(client)
    client.describe_processing_job = lambda **members: (_ for _ in ()).throw(
        refusal("ValidationException")
    )
    steps.look("a")
    reason = steps.states["a"]["FailureReason"]
    assert reason.startswith("ClientError: pipelines-") and reason.endswith(": no")


def test_a_step_acts_as_the_role_and_not_as_the_caller(
    connection, create, begin, ended, steps
):
    iam, jobs = boto3.client("iam"), "arn:aws:sagemaker:*:*:processing-job/pipelines-*"
    verbs = ("sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob")
    for name, granted, expected in [
        ("pipeline-nothing", [allow("s3:*")], "sagemaker:CreateProcessingJob"),
        ("pipeline-nopass", [allow(*verbs, on=jobs)], "iam:PassRole"),
        ("pipeline-enough", [allow(*verbs, on=jobs), allow("iam:PassRole")], None),
    ]:
        role = make_role(iam, name, *granted)
        arn = begin(create(definition(processing("a")), RoleArn=role))
        status = ended(arn)["PipelineExecutionStatus"]
        if expected is None:
            assert status == "Succeeded"
        else:
            reason = steps(arn)["a"]["FailureReason"]
            assert (
                f"{name}/SageMaker is not authorized to perform: {expected}" in reason
            )


def test_a_job_says_which_execution_and_step_began_it(
    sagemaker, create, begin, ended, steps
):
    arn = begin(create(definition(processing("a"))))
    ended(arn)
    job = steps(arn)["a"]["Metadata"]["ProcessingJob"]["Arn"]
    tags = {
        tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=job)["Tags"]
    }
    assert tags == {
        "sagemaker:pipeline-execution-arn": arn,
        "sagemaker:pipeline-step-name": "a",
    }
