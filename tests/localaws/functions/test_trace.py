"""Functions that call each other in a circle are stopped; a long chain is not."""

import time
from types import SimpleNamespace

import boto3
import pytest
from functions_made import allow, create, said
from waiting import until

from localaws.api.errors import ServiceError
from localaws.api.registry import LED
from localaws.functions import trace
from localaws.functions.instance import Event
from localaws.functions.invocation import Functions

F, G = (f"arn:aws:lambda:us-east-1:123456789012:function:{name}" for name in "fg")


def test_a_function_may_be_called_sixteen_times_because_of_one_event():
    led = ""
    for _ in range(trace.MOST):
        led = trace.followed(led, F)
    root = led.partition(";")[0]
    assert root.startswith("Root=1-") and trace.total(led) == trace.MOST
    with pytest.raises(trace.Loop, match=F):
        trace.followed(led, F)
    other = trace.followed(led, G)
    assert other.startswith(root) and trace.total(other) == trace.MOST + 1


@pytest.mark.parametrize(
    "led", ["", "Root=1", "Lineage=", "Lineage=a:b,c", "Lineage=:::,,", "x" * 3000]
)
def test_a_trace_that_says_nothing_begins_anew(led):
    told = LED.set(led)
    assert trace.total(trace.followed(trace.current(), F)) == 1
    LED.reset(told)
    assert trace.current() == ""


def test_a_function_that_has_called_itself_too_often_is_not_called(context):
    led = ""
    for _ in range(trace.MOST):
        led = trace.followed(led, F)
    called = SimpleNamespace(latest=SimpleNamespace(function_arn=F))
    with pytest.raises(ServiceError, match="Recursive invocation") as refusal:
        Functions(context).call(called, Event("n", b"{}", F, trace=led))
    assert refusal.value.code == "RecursiveInvocationException"


def test_a_bucket_and_a_queue_do_not_go_round_for_ever(connection):
    s3, sqs, name = boto3.client("s3"), boto3.client("sqs"), f"round-{time.time_ns()}"
    s3.create_bucket(Bucket=name)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    code = f"""
import boto3
s3, sqs = boto3.client("s3"), boto3.client("sqs")
def handler(event, context):
    for record in event["Records"]:
        if "s3" in record:
            n = int(record["s3"]["object"]["key"])
            s3.put_object(Bucket="{name}", Key=str(n + 1), Body=b"")
        else:
            n = record["body"]
            sqs.send_message(QueueUrl="{url}", MessageBody="again")
        print("turn", n)
"""
    of_bucket, of_queue = create(code, Timeout=20), create(code, Timeout=20)
    allow(of_bucket, "s3", f"arn:aws:s3:::{name}")
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{of_bucket}"
    events = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={"LambdaFunctionConfigurations": [events]},
    )
    boto3.client("lambda").create_event_source_mapping(
        FunctionName=of_queue,
        EventSourceArn=f"arn:aws:sqs:us-east-1:123456789012:{name}",
    )
    s3.put_object(Bucket=name, Key="1", Body=b"")
    sqs.send_message(QueueUrl=url, MessageBody="first")

    def over():
        states = ["", "NotVisible"]
        names = [f"ApproximateNumberOfMessages{state}" for state in states]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return set(found["Attributes"].values()) == {"0"}

    until(lambda: len(s3.list_objects_v2(Bucket=name).get("Contents", ())) == 17, 40)
    until(lambda: turns(of_queue) == 16 and over(), 40)
    until(lambda: turns(of_bucket) == 16)


def turns(name):
    return len([line for line in said(name, seconds=0) if line.startswith("turn")])
