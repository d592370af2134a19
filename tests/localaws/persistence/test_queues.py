"""Queues are there again, with what waits in them, what is seen, and what is gone."""

import errno
import json
import time

import pytest
from moto.sqs.models import sqs_backends

from localaws.persistence import queues
from localaws.persistence.journal import Journal
from localaws.persistence.queues import Queues

REGION = "eu-west-1"


@pytest.fixture
def sqs(context):
    return context.clients.get("sqs", REGION)


@pytest.fixture
def kept(context, tmp_path):
    return Queues(tmp_path / "kept", context.account, REGION)


def again(context, tmp_path):
    """Forget all queues, and bring back what was kept."""
    sqs_backends[context.account][REGION].queues.clear()
    made = Queues(tmp_path / "kept", context.account, REGION)
    made.load()
    return made


def bodies(sqs, url, **members):
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **members)
    return [message["Body"] for message in found.get("Messages", [])]


def test_messages_wait_on_disk(sqs, kept, context, tmp_path):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{context.account}:dead",
        "maxReceiveCount": 2,
    }
    attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="q", Attributes=attributes, tags={"a": "b"})
    url = url["QueueUrl"]
    value = {"kind": {"DataType": "Binary", "BinaryValue": b"\0\1"}}
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=f"{number}", MessageAttributes=value)
    kept.keep({})
    first = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[1]["ReceiptHandle"])
    kept.keep({})

    again(context, tmp_path)
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b"}
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[1]["ReceiptHandle"])
    found = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )["Messages"]
    assert [one["Body"] for one in found] == ["0", "2"]
    assert found[0]["MessageAttributes"] == value
    # This was the second time: the third leads to the dead letters.
    assert bodies(sqs, url) == [] and bodies(sqs, dead) == ["0", "2"]


def test_what_is_being_worked_on_is_not_given_twice(sqs, kept, context, tmp_path):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="1")
    assert bodies(sqs, url, VisibilityTimeout=1) == ["1"]
    kept.keep({})
    again(context, tmp_path)
    assert bodies(sqs, url) == []
    time.sleep(1.1)
    assert bodies(sqs, url) == ["1"]


def test_a_queue_that_is_made_anew_is_empty(sqs, kept, context, tmp_path):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="old")
    kept.keep({})
    sqs.delete_queue(QueueUrl=url)
    kept.keep({})
    assert not list((tmp_path / "kept").glob("*.jsonl"))
    sqs.create_queue(QueueName="q")
    kept.keep({})
    again(context, tmp_path)
    assert bodies(sqs, url) == []


def test_what_others_send_and_take_is_written_too(sqs, kept, context, tmp_path):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    kept.keep({})
    sns = context.clients.get("sns", REGION)
    topic = sns.create_topic(Name="t")["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{context.account}:q"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="by a topic")
    kept.keep_messages()
    later = again(context, tmp_path)
    [body] = bodies(sqs, url)
    assert json.loads(body)["Message"] == "by a topic"
    backend = sqs_backends[context.account][REGION]
    backend.purge_queue("q")
    later.keep_messages()
    again(context, tmp_path)
    assert not sqs_backends[context.account][REGION].queues["q"]._messages


def test_a_file_of_much_that_is_gone_is_written_anew(
    sqs, kept, context, tmp_path, monkeypatch
):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for number in range(9):
        sqs.send_message(QueueUrl=url, MessageBody=f"{number}")
        kept.keep({})
        if number < 7:
            handle = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
            sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
            kept.keep({})
    monkeypatch.setattr(queues, "SPARE", 5)
    again(context, tmp_path)
    [path] = (tmp_path / "kept").glob("*.jsonl")
    assert len(path.read_text().splitlines()) == 2
    again(context, tmp_path)
    assert bodies(sqs, url) == ["7", "8"]


def test_a_message_that_the_disk_did_not_take_is_not_there(
    sqs, kept, context, monkeypatch
):
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    kept.keep({})
    sqs.send_message(QueueUrl=url, MessageBody="lost")

    def full(self, values):
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "add", full)
        with pytest.raises(OSError, match="no space"):
            kept.keep({})
    assert bodies(sqs, url) == ["kept"]
    kept.keep({})
