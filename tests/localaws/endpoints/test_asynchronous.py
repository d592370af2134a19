"""Asynchronous endpoints: queued requests, answers in S3, notifications."""

import json
import time
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from deployed import SAY, change, deploy, invoke, log, make_model, upload
from restarts import started_server
from roles import allow, document, make_role
from waiting import until

from localaws import client

WORK = SAY.replace(
    "return model",
    "import time; time.sleep(float(data)); return f'{model} after {data}'",
)


@pytest.fixture
def queued(connection, say):
    """Return a function that deploys an asynchronous endpoint."""

    def start(name, script=WORK, role=None, workers=4, **output):
        place = f"s3://{connection.bucket}/{name}"
        paths = {"S3OutputPath": f"{place}/out/", "S3FailurePath": f"{place}/failed"}
        config = {
            "OutputConfig": {**paths, **output},
            "ClientConfig": {"MaxConcurrentInvocationsPerInstance": workers},
        }
        return say(name, "done", script=script, role=role, asynchronous=config)

    return start


@pytest.fixture
def subscribed(connection):
    """A topic, and a function that returns the next message of it."""
    name = f"answers-{time.time_ns()}"
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    wanted = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = wanted["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def following():
        look = sqs.receive_message
        [message] = until(lambda: look(QueueUrl=queue).get("Messages"))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(json.loads(message["Body"])["Message"])

    return topic, following


def ask(connection, runtime, name, text, **members):
    """Upload an input, and send the request for it."""
    key = f"{name}/in/{time.time_ns()}.json"
    s3 = boto3.client("s3")
    s3.put_object(Bucket=connection.bucket, Key=key, Body=text)
    return runtime.invoke_endpoint_async(
        EndpointName=name,
        InputLocation=f"s3://{connection.bucket}/{key}",
        ContentType="application/json",
        **members,
    )


def content(uri):
    """Return what is at an S3 address, or None."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    s3 = boto3.client("s3")
    try:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None


def test_the_answer_comes_later_and_is_in_s3(connection, sagemaker, runtime, queued):
    described = queued("later")
    assert "AsyncInferenceConfig" in described
    started = time.monotonic()
    answer = ask(connection, runtime, "later", "4.5", InferenceId="mine")
    assert time.monotonic() - started < 4.5  # less than the work takes
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "mine"
    assert answer["OutputLocation"].startswith(f"s3://{connection.bucket}/later/out/")
    assert content(answer["OutputLocation"]) is None
    found = until(lambda: content(answer["OutputLocation"]))
    assert found == b"done after 4.5"
    named = ask(
        connection,
        runtime,
        "later",
        "0",
        S3OutputPathExtension="today",
        Filename="a.txt",
    )
    assert named["OutputLocation"].endswith("/later/out/today/a.txt")
    assert until(lambda: content(named["OutputLocation"])) == b"done after 0"


def test_a_failure_is_written_where_failures_go(connection, runtime, queued):
    queued("fails")
    answer = ask(connection, runtime, "fails", "no number")
    assert answer["FailureLocation"].startswith(
        f"s3://{connection.bucket}/fails/failed"
    )
    found = until(lambda: content(answer["FailureLocation"]))
    assert b"Received server error (500) from primary" in found
    assert b"could not convert string to float" in found
    assert content(answer["OutputLocation"]) is None
    late = ask(connection, runtime, "fails", "30", InvocationTimeoutSeconds=1)
    found = until(lambda: content(late["FailureLocation"]))
    assert b"invocation timed out" in found


def test_topics_are_told_what_happened(connection, runtime, queued, subscribed):
    topic, following = subscribed
    topics = {"SuccessTopic": topic, "ErrorTopic": topic}
    queued("told", NotificationConfig=topics)
    told = {}
    for text in ("0", "no number"):
        answer = ask(connection, runtime, "told", text)
        said = following()
        assert said["inferenceId"] == answer["InferenceId"]
        told[said["invocationStatus"]] = said, answer
    said, answer = told["Completed"]
    assert said["responseParameters"]["outputLocation"] == answer["OutputLocation"]
    assert "could not convert" in told["Failed"][0]["failureReason"]


@pytest.mark.parametrize("written", ["failed", "nothing"])
def test_a_role_that_may_not_write_the_answer_fails_the_request(
    connection, runtime, queued, subscribed, written
):
    topic, following = subscribed
    name = f"mute-{written}"
    failures = f"arn:aws:s3:::{connection.bucket}/{name}/{written}/*"
    read = allow("s3:GetObject", "s3:ListBucket", "sns:Publish")
    put = allow("s3:PutObject", on=failures)
    role = make_role(boto3.client("iam"), name, read, put)
    queued(name, role=role, NotificationConfig={"ErrorTopic": topic})
    answer = ask(connection, runtime, name, "0", InferenceId="mine")
    said, refused = following(), "perform: s3:PutObject on resource"
    assert said["invocationStatus"] == "Failed"
    assert f"{name}/SageMaker is not authorized" in said["failureReason"]
    assert refused in said["failureReason"] and f"{name}/out/" in said["failureReason"]
    found = content(answer["FailureLocation"])
    assert refused.encode() in found if written == "failed" else found is None
    assert content(answer["OutputLocation"]) is None
    until(lambda: "mine: An error occurred (AccessDenied)" in log(name))


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("s3:GetObject", "perform: s3:GetObject on resource: arn:aws:s3:::"),
        ("sns:Publish", "could not notify arn:aws:sns:us-east-1:123456789012:answers"),
    ],
)
def test_the_log_says_what_else_a_role_lacks(
    connection, runtime, queued, subscribed, lacking, words
):
    name = f"lacks-{lacking[:2]}"
    iam, every = boto3.client("iam"), allow("s3:*", "sns:*")
    role = make_role(iam, name, every)
    queued(name, role=role, NotificationConfig={"SuccessTopic": subscribed[0]})
    denial = {**allow(lacking), "Effect": "Deny"}
    place = {"RoleName": name, "PolicyName": "denial"}
    iam.put_role_policy(**place, PolicyDocument=document(denial))
    answer = ask(connection, runtime, name, "0", InferenceId="mine")
    [line] = until(lambda: [x for x in log(name).splitlines() if words in x])
    assert line.startswith("mine: ") and "with an explicit deny" in line
    assert (content(answer["OutputLocation"]) is None) == (lacking == "s3:GetObject")


def test_each_kind_of_endpoint_refuses_the_others_requests(
    connection, runtime, queued, say
):
    queued("queue")
    say("live", "x")
    with pytest.raises(runtime.exceptions.ValidationError, match="InvokeEndpointAsync"):
        invoke(runtime, "queue")
    with pytest.raises(ClientError, match="live is a real-time endpoint"):
        ask(connection, runtime, "live", "0")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "Exactly one of InputLocation and Body"),
        ({"Body": b"1", "InputLocation": "s3://a/b"}, "Exactly one of InputLocation"),
        ({"Body": bytes(128_001)}, "less than or equal to 128000"),
        ({"InputLocation": "https://example.com/x"}, "is not an S3 address"),
        ({"InputLocation": "ftp://a/b"}, "'inputLocation' failed to satisfy"),
        ({"Body": b"1", "RequestTTLSeconds": 99999}, "'requestTTLSeconds' .* to 21600"),
        ({"Body": b"1", "Filename": "a.b.c"}, "'filename' failed to satisfy"),
    ],
)
def test_a_request_that_cannot_be_queued_is_refused(runtime, members, message):
    with pytest.raises(ClientError, match=message) as caught:
        runtime.invoke_endpoint_async(EndpointName="any", **members)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_many_requests_wait_for_their_turn(connection, runtime, queued):
    queued("many")
    body = {"EndpointName": "many", "Body": b"0.01", "ContentType": "application/json"}
    answers = [runtime.invoke_endpoint_async(**body) for _ in range(30)]
    places = [answer["OutputLocation"] for answer in answers]
    until(lambda: all(map(content, places)))
    assert len(set(places)) == 30


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_sdk_sends_a_request_and_finds_its_answer(connection, queued):
    from sagemaker.core.resources import Endpoint

    queued("sdk-queue")
    s3 = boto3.client("s3")
    s3.put_object(Bucket=connection.bucket, Key="sdk-queue/in", Body=b"0")
    endpoint = Endpoint.get("sdk-queue")
    answer = endpoint.invoke_async(
        input_location=f"s3://{connection.bucket}/sdk-queue/in",
        content_type="application/json",
    )
    found = until(lambda: content(answer.output_location))
    assert found == b"done after 0"
    assert endpoint.async_inference_config.output_config.s3_output_path


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_what_was_accepted_is_answered_by_the_next_server(tmp_path, elsewhere, end):
    with started_server(tmp_path, elsewhere) as (server, connection):
        sagemaker = boto3.client("sagemaker")
        runtime = boto3.client("sagemaker-runtime")
        script = WORK.replace("{word!r}", "'done'")
        url = upload(connection, "later/model.tar.gz", {"code/inference.py": script})
        make_model(connection, sagemaker, "later", url)
        place = f"s3://{connection.bucket}/later"
        one = {"MaxConcurrentInvocationsPerInstance": 1}
        config = {"S3OutputPath": f"{place}/out", "S3FailurePath": f"{place}/failed"}
        deploy(
            sagemaker,
            "later",
            ["later"],
            asynchronous={"OutputConfig": config, "ClientConfig": one},
        )
        body = {"EndpointName": "later", "ContentType": "application/json"}
        accepted = [
            ask(connection, runtime, "later", "0.4"),
            *(runtime.invoke_endpoint_async(**body, Body=b"0.4") for _ in range(3)),
        ]
        until(lambda: content(accepted[0]["OutputLocation"]))
        getattr(server, end)()
        server.wait(30)
    with started_server(tmp_path, elsewhere):
        for answer in accepted:
            found = until(lambda a=answer: content(a["OutputLocation"]))
            assert found == b"done after 0.4"
            assert content(answer["FailureLocation"]) is None
        until(lambda: not waiting(tmp_path, "later"))


def test_what_waits_is_answered_after_an_update_and_dropped_with_the_endpoint(
    connection, sagemaker, runtime, queued
):
    folder = Path(client.ask(connection.url)["folder"])
    queued("changed", workers=1)
    # The first takes so long that the others wait until there is a new model.
    before = [ask(connection, runtime, "changed", text) for text in ("8", *3 * ["0.3"])]
    change(connection, sagemaker, "changed", "new", WORK.replace("{word!r}", "'new'"))
    found = [until(lambda a=a: content(a["OutputLocation"])) for a in before]
    assert found[-1] == b"new after 0.3"
    queued("gone", workers=1)
    # Each takes so long that none but the first is answered while four are sent.
    late = [ask(connection, runtime, "gone", "5") for _ in range(4)]
    assert len(waiting(folder, "gone")) >= 3
    sagemaker.delete_endpoint(EndpointName="gone")
    assert waiting(folder, "gone") == []
    time.sleep(0.7)
    assert content(late[-1]["OutputLocation"]) is None


def waiting(folder, name):
    """Return the files of the requests that an endpoint has not answered."""
    return sorted(folder.glob(f"endpoints/*/{name}/queue/*.json"))
