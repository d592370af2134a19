"""A request that waits is a file until it is answered, in S3 and to a topic."""

import json
import time

import pytest
from inside import Worker, deployment_of

from localaws.endpoints.asynchronous import waiting
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.waiting import Waiting

PLACE = "us-east-1", "e"
PLACES = {"OUTPUT": "s3://shelf/out/1", "FAILURE": "s3://shelf/failed/1"}


@pytest.fixture
def fleet(context):
    """An endpoint that says a word and what it was asked, and a bucket."""
    context.clients.get("s3", "us-east-1").create_bucket(Bucket="shelf")
    fleet = context.add(Fleet(context))
    fleet.start(*PLACE, deployment_of(context.folder / "d", Worker("echo")))
    yield fleet
    fleet.close()


@pytest.fixture
def asked(context):
    """Return a function that makes a request which waits."""

    def make(body=b"1", places=PLACES, output=None, **members):
        members = {"InferenceId": "mine", **members}
        return Waiting(context, *PLACE, members, {}, body, places, output or {})

    return make


@pytest.fixture
def content(context):
    """Return a function that returns what is in the bucket, by key."""
    s3 = context.clients.get("s3", "us-east-1")

    def read():
        rows = s3.list_objects_v2(Bucket="shelf").get("Contents", ())
        keys = [row["Key"] for row in rows]
        return {
            key: s3.get_object(Bucket="shelf", Key=key)["Body"].read() for key in keys
        }

    return read


def test_requests_are_found_again_in_their_order_and_whole(context, fleet, asked):
    given = [asked(bytes([number]), TTL=number) for number in (3, 1, 2)]
    for number, one in enumerate(given):
        one.received = 9.5 + number  # 9 before 10
        one.keep()
    assert waiting(context, *PLACE) == given
    assert waiting(context, "us-east-1", "other") == []


def test_an_answer_is_in_s3_and_the_request_is_gone(fleet, asked, content):
    one = asked(b"1,2")
    one.keep()
    one.run()
    assert content() == {"out/1": b"echo 1,2"}
    assert not one.file.exists()


def test_an_answer_is_encrypted_with_the_key_that_is_named(context, fleet, asked):
    asked(b"1", output={"KmsKeyId": "alias/mine"}).run()
    s3 = context.clients.get("s3", "us-east-1")
    head = s3.head_object(Bucket="shelf", Key="out/1")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert head["SSEKMSKeyId"] == "alias/mine"


def test_an_input_in_s3_comes_with_its_content_type(context, fleet, asked, content):
    s3 = context.clients.get("s3", "us-east-1")
    s3.put_object(Bucket="shelf", Key="in", Body=b"data", ContentType="text/csv")
    one = asked(b"", InputLocation="s3://shelf/in")
    one.run()
    assert content()["out/1"] == b"echo data"
    assert one.members["ContentType"] == "text/csv"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"RequestTTLSeconds": 60}, b"longer than its RequestTTLSeconds"),
        ({"body": b"", "InputLocation": "s3://shelf/absent"}, b"key does not exist"),
    ],
)
def test_a_failure_is_written_where_failures_go(fleet, asked, content, members, words):
    one = asked(**members)
    one.received = time.time() - 61
    one.keep()
    one.run()
    [(key, text)] = content().items()
    assert key == "failed/1" and words in text
    assert not one.file.exists()


def test_what_a_server_that_ends_could_not_answer_still_waits(context, fleet, asked):
    one = asked(b"", InputLocation="s3://shelf/absent")
    one.keep()
    context.closing.set()
    one.run()
    assert one.file.exists()


def test_a_request_of_an_endpoint_that_is_gone_is_left_alone(fleet, asked, content):
    one = asked()
    fleet.end(*PLACE)
    one.run()
    assert content() == {}


def test_the_topic_is_told_as_aws_documents_it(context, fleet, asked):
    sns, sqs = (context.clients.get(name, "us-east-1") for name in ("sns", "sqs"))
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    topics = {"SuccessTopic": topic, "ErrorTopic": topic}
    for ttl in (60, -1):
        asked(output={"NotificationConfig": topics}, RequestTTLSeconds=ttl).run()
    rows = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    good, bad = (json.loads(json.loads(row["Body"])["Message"]) for row in rows)
    assert (good["invocationStatus"], bad["invocationStatus"]) == (
        "Completed",
        "Failed",
    )
    where = {"contentType": "text/plain", "outputLocation": PLACES["OUTPUT"]}
    assert good["responseParameters"] == where
    assert "RequestTTLSeconds" in bad["failureReason"]
    for said in (good, bad):
        assert said["inferenceId"] == "mine" and said["eventSource"] == "aws:sagemaker"
        assert said["requestParameters"]["endpointName"] == "e"
