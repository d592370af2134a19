"""A message that SQS takes from nobody spoils no queue."""

import boto3
import pytest
from botocore.exceptions import ClientError

WORDS = r"outside the allowed|not valid JSON"


@pytest.fixture
def queue(connection):
    made = boto3.client("sqs").create_queue(QueueName="q")
    return {"QueueUrl": made["QueueUrl"]}


@pytest.mark.parametrize("letter", ["\ud800", "\x00", "\x1b", "\ufffe"])
def test_a_letter_outside_of_the_allowed_set_is_refused(queue, letter):
    sqs = boto3.client("sqs")
    good, bad = {"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": letter}
    with pytest.raises(ClientError, match=WORDS):
        sqs.send_message(**queue, MessageBody=f"a{letter}")
    with pytest.raises(ClientError, match=WORDS):
        sqs.send_message_batch(**queue, Entries=[good, bad])
    assert "Messages" not in sqs.receive_message(**queue)


def test_other_letters_are_taken(queue):
    sqs, text = boto3.client("sqs"), "\t\n\r \u00e9\ud7ff\ufffd\U0001f600"
    sqs.send_message(**queue, MessageBody=text)
    assert sqs.receive_message(**queue)["Messages"][0]["Body"] == text
