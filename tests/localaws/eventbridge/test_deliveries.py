"""A delivery that fails is tried again, for as long as its target wishes."""

import json
from itertools import pairwise

import pytest
from botocore.exceptions import ClientError
from waiting import until

from localaws.eventbridge import deliveries
from localaws.eventbridge.deliveries import Deliveries
from localaws.eventbridge.targets import SCHEDULER

RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
TARGET = {"Id": "1", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}
BUSY = ClientError(
    {
        "Error": {"Code": "ThrottlingException", "Message": "busy"},
        "ResponseMetadata": {"HTTPStatusCode": 429},
    },
    "SendMessage",
)
GONE = ClientError(
    {
        "Error": {"Code": "QueueDoesNotExist", "Message": "gone"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    },
    "SendMessage",
)


@pytest.fixture
def attempts(context, monkeypatch):
    """The attempts to send so far; `fail` has what the next ones fail with."""
    made = context.add(Deliveries(context))
    begun, found, fail = context.clock.now(), [], []

    def send(context, target, text, source, who):
        found.append((round(context.clock.now() - begun), text))
        if fail:
            raise fail.pop(0)

    monkeypatch.setattr(deliveries, "send", send)
    made.start()
    found_and_fail = (found, fail)
    yield found_and_fail
    context.closing.set()
    made.close()
    context.clock.stop()


@pytest.fixture
def letters(context):
    """The dead-letter queue as a target names it, and what is in it."""
    sqs = context.clients.get("sqs", "us-east-1")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]

    def read():
        wish = {"MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
        found = sqs.receive_message(QueueUrl=url, **wish).get("Messages", [])
        return [
            (
                row["Body"],
                {k: v["StringValue"] for k, v in row["MessageAttributes"].items()},
            )
            for row in found
        ]

    return {"DeadLetterConfig": {"Arn": TARGET["Arn"][:-1] + "dead"}}, read


def put(context, text="t", who=None, **wish):
    given = (who,) if who else ()
    context.part(Deliveries).put({**TARGET, **wish}, text, "the event", RULE, *given)


def test_what_passes_is_tried_again_after_longer_and_longer(context, attempts):
    found, fail = attempts
    fail += [BUSY, OSError("no way"), BUSY]
    put(context)
    for count, seconds in [(1, 1), (2, 2), (3, 4)]:
        until(lambda count=count: len(found) == count and is_waiting(context))
        context.clock.advance(seconds + 0.3)
    assert context.part(Deliveries).idle(10)
    moments = [moment for moment, _ in found]
    gaps = [after - before for before, after in pairwise(moments)]
    assert [1 <= gaps[0] <= 2, 2 <= gaps[1] <= 3, 4 <= gaps[2] <= 5] == [True] * 3


def is_waiting(context):
    folder = context.folder / "errands" / "events"
    return any(json.loads(one.read_text())["due"] for one in folder.glob("[0-9]*"))


@pytest.mark.parametrize(
    ("error", "policy", "told"),
    [
        (GONE, {}, {"ERROR_CODE": "QueueDoesNotExist"}),
        (PermissionError("not allowed"), {}, {"ERROR_CODE": "NO_PERMISSIONS"}),
        (
            BUSY,
            {"MaximumRetryAttempts": 0},
            {"EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts"},
        ),
    ],
)
def test_what_does_not_goes_to_the_dead_letter_queue(
    context, attempts, letters, error, policy, told
):
    found, fail = attempts
    queue, read = letters
    fail.append(error)
    put(context, RetryPolicy=policy, **queue)
    assert context.part(Deliveries).idle(10)
    [(body, said)] = read()
    assert body == "the event" and len(found) == 1
    assert said["RULE_ARN"] == RULE and said["TARGET_ARN"] == TARGET["Arn"]
    assert told.items() <= said.items() and said["RETRY_ATTEMPTS"] == "0"


def test_a_delivery_gets_too_old(context, attempts, letters):
    found, fail = attempts
    queue, read = letters
    fail += [BUSY] * 9
    put(context, RetryPolicy={"MaximumEventAgeInSeconds": 60}, **queue)
    for count in range(1, 7):
        until(
            lambda count=count: (
                len(found) == count
                and (is_waiting(context) or context.part(Deliveries).idle(0))
            )
        )
        context.clock.advance(2 ** (count - 1) + 0.01)
    assert context.part(Deliveries).idle(10)
    [(_, said)] = read()
    assert said["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert said["RETRY_ATTEMPTS"] == "5" and len(found) == 6


def test_a_schedules_delivery_counts_its_attempts(context, attempts):
    found, fail = attempts
    fail.append(BUSY)
    put(context, "attempt <aws.scheduler.attempt-number>", SCHEDULER)
    until(lambda: is_waiting(context))
    context.clock.advance(2)
    assert context.part(Deliveries).idle(10)
    assert [text for _, text in found] == ["attempt 1", "attempt 2"]


def test_what_was_accepted_outlives_its_server(context, attempts):
    found, _ = attempts
    context.closing.set()
    put(context, "late")
    context.part(Deliveries).close()
    context.closing.clear()
    made = context.add(Deliveries(context))
    made.start()
    assert made.idle(10)
    assert ("late" in [text for _, text in found]) and not is_waiting(context)
