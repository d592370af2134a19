"""Services are connected as their roles and policies allow, and taken down."""

import json
from urllib.request import urlopen

import boto3
import pytest

from course.cloud.permissions import allow, document
from course.cloud.wiring import Wiring

CODE = """
import json, os

def handler(event, context):
    return {"word": os.environ["WORD"], "event": event}
"""


@pytest.fixture
def wiring(cloud):
    made = Wiring("n2e-wired", f"{cloud.region}:{cloud.account}")
    yield made
    cloud.clean_up()


def test_what_was_wired_answers_and_is_gone_afterwards(cloud, wiring, tmp_path):
    (tmp_path / "echo.py").write_text(CODE)
    role = wiring.role("echo", "lambda", [allow("s3:ListAllMyBuckets", "*")])
    arn = wiring.function(tmp_path / "echo.py", role, {"WORD": "tea"})
    functions = boto3.client("lambda")
    said = json.load(functions.invoke(FunctionName=arn, Payload=b"3")["Payload"])
    assert said == {"word": "tea", "event": 3}
    pattern = {"source": ["shop"]}
    rule = wiring.rule("called", pattern, {"Arn": arn})
    policy = json.loads(functions.get_policy(FunctionName=arn)["Policy"])
    assert rule in json.dumps(policy)
    with urlopen(wiring.api(arn) + "/pot") as answer:
        assert json.load(answer)["event"]["rawPath"] == "/pot"
    left = ["rule n2e-wired-called", "API n2e-wired", "function n2e-wired-echo"]
    assert cloud.leftovers() == left
    gone = ["1 log groups of functions", "role n2e-wired-echo"]
    assert cloud.clean_up() == [*left, *gone]
    assert cloud.leftovers() == []


def test_an_event_becomes_a_ticket_which_is_taken_once(cloud, wiring):
    url = wiring.tickets("box", {"broken": {"source": ["shop"]}})
    entry = {"Source": "shop", "DetailType": "d", "Detail": '{"n": 1}'}
    boto3.client("events").put_events(Entries=[entry])
    assert wiring.next_ticket(url)["detail"] == {"n": 1}
    found = boto3.client("sqs").receive_message(QueueUrl=url)
    assert "Messages" not in found
    assert cloud.clean_up() == ["rule n2e-wired-broken", "queue n2e-wired-box"]


def test_a_bucket_that_tells_of_its_objects_tells_whom_it_told_before(cloud, wiring):
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    url = sqs.create_queue(QueueName="n2e-wired-other")["QueueUrl"]
    arn = f"arn:aws:sqs:{cloud.region}:{cloud.account}:n2e-wired-other"
    may = allow("sqs:SendMessage", arn) | {"Principal": {"Service": "s3.amazonaws.com"}}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(may)})
    other = {"QueueArn": arn, "Id": "other", "Events": ["s3:ObjectCreated:*"]}
    had = {"QueueConfigurations": [other]}
    bucket = {"Bucket": cloud.bucket}
    s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration=had)

    def told():
        found = s3.get_bucket_notification_configuration(**bucket)
        return {name: found[name] for name in found if name != "ResponseMetadata"}

    undo = wiring.let_tell(cloud.bucket)
    assert told() == had | {"EventBridgeConfiguration": {}}
    undo()
    assert told() == had
    s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration={})


def test_who_waits_for_a_ticket_that_does_not_come_is_told(monkeypatch):
    class Queue:
        def receive_message(self, **members):
            return {}

    monkeypatch.setattr(boto3, "client", lambda service: Queue())
    with pytest.raises(TimeoutError, match="no ticket has come into q"):
        Wiring("n2e-x", "r:1").next_ticket("q")
