"""A change of a status becomes the event that AWS describes, and reaches its rule."""

import json
import time

import boto3
import pytest
from waiting import until

from localaws.endpoints.configs import ENDPOINT_CONFIG
from localaws.endpoints.record import ENDPOINT
from localaws.models.operations import MODEL
from localaws.neighbours import events
from localaws.processing.operations import PROCESSING_JOB
from localaws.records.store import Store
from localaws.training.operations import TRAINING_JOB
from localaws.transform.operations import TRANSFORM_JOB
from localaws.tuning.operations import TUNING_JOB


@pytest.fixture
def told(context):
    """What the watchers of a store are told, as events, and its tables."""
    changes, store = [], context.part(Store)
    store.watchers.append(lambda change: changes.append((context, change)))
    return changes, lambda kind: store.table(kind, "eu-west-1")


def sent(changes):
    found = [events.events_of(*change) for change in changes]
    return [event for one in found for event in one]


def test_each_change_of_a_jobs_status_is_an_event_and_nothing_else_is(told):
    changes, table = told
    jobs = table(TRAINING_JOB)
    steps = {"TrainingJobStatus": "InProgress", "SecondaryStatus": "Starting"}
    jobs.create("j", {**steps, "_private": 1}, [{"Key": "a", "Value": "b"}])
    jobs.update("j", BillableTimeInSeconds=3)
    jobs.update("j", SecondaryStatus="Training", TrainingStartTime=1000.25)
    jobs.update("j", TrainingJobStatus="Completed", SecondaryStatus="Completed")
    jobs.delete("j")
    found = sent(changes)
    details = [event["detail"] for event in found]
    assert [one["SecondaryStatus"] for one in details] == [
        "Starting",
        "Training",
        "Completed",
    ]
    assert details[1]["TrainingStartTime"] == 1000250
    assert details[0]["Tags"] == {"a": "b"} and "_private" not in details[0]
    assert found[0]["detail-type"] == "SageMaker Training Job State Change"
    assert found[0]["source"] == "aws.sagemaker" and found[0]["region"] == "eu-west-1"
    assert found[0]["resources"] == [jobs.arn("j")]
    time.strptime(found[0]["time"], "%Y-%m-%dT%H:%M:%SZ")
    assert len({event["id"] for event in found}) == 3


@pytest.mark.parametrize(
    ("kind", "what"), [(PROCESSING_JOB, "Processing"), (TRANSFORM_JOB, "Transform")]
)
def test_a_job_of_another_kind_is_told_of_as_such(told, kind, what):
    changes, table = told
    jobs = table(kind)
    jobs.create("p", {kind.status: "InProgress", "_containers": []})
    jobs.update("p", **{f"{what}StartTime": 1000.25})
    jobs.update("p", **{kind.status: "Failed", "FailureReason": "why"})
    found = sent(changes)
    statuses = [event["detail"][kind.status] for event in found]
    assert statuses == ["InProgress", "Failed"]
    assert found[1]["detail"]["FailureReason"] == "why"
    assert found[0]["detail-type"] == f"SageMaker {what} Job State Change"


def test_an_endpoint_is_in_service_in_capitals(told):
    changes, table = told
    endpoints = table(ENDPOINT)
    endpoints.create("e", {"EndpointStatus": "Creating", "_config": {}})
    for status in ("InService", "Updating", "SystemUpdating", "RollingBack", "Failed"):
        endpoints.update("e", EndpointStatus=status)
    endpoints.update("e", EndpointStatus="Deleting")
    endpoints.delete("e")
    kind = "SageMaker Endpoint State Change"
    found = [event for event in sent(changes) if event["detail-type"] == kind]
    assert [event["detail"]["EndpointStatus"] for event in found] == [
        *("CREATING", "IN_SERVICE", "UPDATING", "SYSTEM_UPDATING", "ROLLING_BACK"),
        *("FAILED", "DELETING"),
    ]
    assert "_config" not in sent(changes)[0]["detail"]


def test_a_deployment_is_told_of_from_its_begin_to_its_end(told):
    changes, table = told
    table(ENDPOINT).create("e", {"EndpointStatus": "Creating"})
    for status in ("InService", "Updating", "RollingBack", "InService"):
        table(ENDPOINT).update("e", EndpointStatus=status)
    kind = "SageMaker Endpoint Deployment State Change"
    found = [event["detail"] for event in sent(changes) if event["detail-type"] == kind]
    statuses = [detail["EndpointStatus"] for detail in found]
    assert statuses == ["UPDATING", "ROLLING_BACK", "IN_SERVICE"]


def test_what_has_no_status_is_told_when_it_is_created(told):
    changes, table = told
    for kind in (MODEL, ENDPOINT_CONFIG):
        table(kind).create("x", {})
        table(kind).update("x", ExecutionRoleArn="r")
        table(kind).delete("x")
    assert [event["detail-type"] for event in sent(changes)] == [
        "SageMaker Model State Change",
        "SageMaker Endpoint Config State Change",
    ]


def test_an_event_that_cannot_be_sent_is_logged_and_the_next_is(context, caplog):
    def fail_once(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise OSError("no")

    calls = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "deliver", fail_once)
        part = events.Events(context)
        part.start()
        for name in ("one", "two"):
            context.part(Store).table(MODEL, "eu-west-1").create(name, {})
        part.close()
    assert [event["detail"]["ModelName"] for _, _, event in calls] == ["one", "two"]
    assert "an event of a model was not sent" in caplog.text


def test_a_rule_hears_of_a_model_from_the_server(connection, sagemaker):
    rules, sqs = boto3.client("events"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    names = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    arn = sqs.get_queue_attributes(**names)["Attributes"]["QueueArn"]
    asked = {"source": ["aws.sagemaker"], "detail": {"ModelName": [{"prefix": "on"}]}}
    rules.put_rule(Name="r", EventPattern=json.dumps(asked))
    rules.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    for name in ("other", "one"):
        image = {"Image": "pytorch-inference:2.6-cpu-py312"}
        role = {"ExecutionRoleArn": connection.role_arn}
        sagemaker.create_model(ModelName=name, PrimaryContainer=image, **role)
    [found] = until(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    event = json.loads(found["Body"])
    assert event["detail"]["ModelName"] == "one"
    assert event["resources"] == [event["detail"]["ModelArn"]]


def test_a_tuning_job_is_told_of_with_its_counters(told):
    changes, table = told
    counters = {"Completed": 1, "InProgress": 0}
    record = {TUNING_JOB.status: "InProgress", "TrainingJobStatusCounters": counters}
    table(TUNING_JOB).create("t", {**record, "_jobs": [{}], "_seed": 1})
    table(TUNING_JOB).update("t", **{TUNING_JOB.status: "Stopped"})
    found = sent(changes)
    kind = "SageMaker HyperParameter Tuning Job State Change"
    assert {event["detail-type"] for event in found} == {kind}
    assert found[-1]["detail"]["HyperParameterTuningJobStatus"] == "Stopped"
    assert found[-1]["detail"]["TrainingJobStatusCounters"] == counters
    assert "_jobs" not in found[-1]["detail"]
