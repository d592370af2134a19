"""Messages of a queue reach the function that works them off."""

import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from functions_made import create, lambdas, said

from localaws.functions.instance import Outcome
from localaws.functions.queues import named

TELL = """
import json

def handler(event, context):
    for record in event["Records"]:
        print("got", record["body"], record["attributes"]["ApproximateReceiveCount"])
    bad = [r["messageId"] for r in event["Records"] if "bad" in r["body"]]
    if any("worst" in r["body"] for r in event["Records"]):
        raise ValueError("no")
    return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}
"""


@pytest.fixture
def queue(connection):
    sqs = boto3.client("sqs")
    name = f"q-{time.time_ns()}"
    letters = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": f"arn:aws:sqs:us-east-1:123456789012:{name}-dead",
        "maxReceiveCount": 2,
    }
    attributes = {"VisibilityTimeout": "1", "RedrivePolicy": json.dumps(redrive)}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:123456789012:{name}", letters


def left(url):
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(value) for value in found["Attributes"].values())


def emptied(url):
    end = time.monotonic() + 10
    while left(url) and time.monotonic() < end:
        time.sleep(0.1)
    return left(url) == 0


def test_messages_are_worked_off_and_what_fails_comes_back(queue):
    url, arn, letters = queue
    name, sqs = create(TELL, Timeout=10), boto3.client("sqs")
    lambdas().create_event_source_mapping(
        FunctionName=name,
        EventSourceArn=arn,
        BatchSize=5,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    for body in ("one", "two", "bad"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    assert emptied(url)
    lines = said(name, "got bad 2")
    told = sorted(line for line in lines if line.startswith("got"))
    assert told == ["got bad 1", "got bad 2", "got one 1", "got two 1"]
    found = sqs.receive_message(QueueUrl=letters)["Messages"]
    assert [message["Body"] for message in found] == ["bad"]


def test_a_batch_that_raises_comes_back_and_a_mapping_that_is_off_brings_nothing(queue):
    url, arn, letters = queue
    name, sqs = create(TELL, Timeout=10), boto3.client("sqs")
    mapping = lambdas().create_event_source_mapping(
        FunctionName=name, EventSourceArn=arn
    )
    sqs.send_message(QueueUrl=url, MessageBody="worst")
    assert emptied(url)
    assert sqs.receive_message(QueueUrl=letters)["Messages"][0]["Body"] == "worst"
    lambdas().update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    sqs.send_message(QueueUrl=url, MessageBody="later")
    time.sleep(0.8)
    assert left(url) == 1
    lambdas().update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert emptied(url)
    lambdas().delete_event_source_mapping(UUID=mapping["UUID"])
    sqs.send_message(QueueUrl=url, MessageBody="never")
    time.sleep(0.8)
    assert left(url) == 1


def test_what_would_not_be_followed_is_refused(queue):
    name = create(TELL)
    stream = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
    for members in (
        {"EventSourceArn": stream},
        {"BatchSize": 100},
        {"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
        {"MaximumBatchingWindowInSeconds": 5},
    ):
        given = {"FunctionName": name, "EventSourceArn": queue[1], **members}
        with pytest.raises(ClientError, match="localaws"):
            lambdas().create_event_source_mapping(**given)


def test_a_role_that_may_not_read_is_refused(queue):
    iam = boto3.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    trust["Action"] = "sts:AssumeRole"
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="plain", AssumeRolePolicyDocument=policy)["Role"]
    name = create(TELL, Role=role["Arn"])
    with pytest.raises(ClientError, match="permissions to call ReceiveMessage on SQS"):
        lambdas().create_event_source_mapping(
            FunctionName=name, EventSourceArn=queue[1]
        )


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": "x"}]}, {"a", "b"}),
        ({"batchItemFailures": [{}]}, {"a", "b"}),
        ([1], {"a", "b"}),
    ],
)
def test_an_answer_names_what_has_failed(answer, failed):
    outcome = Outcome(json.dumps(answer).encode(), False, "1", "")
    assert named(outcome, {"a", "b"}) == failed
