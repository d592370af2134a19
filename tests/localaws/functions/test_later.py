"""Events that nobody waits for are tried again, and sent on when that does not help."""

import json
import threading
from types import SimpleNamespace

import pytest

from localaws.api.clock import Clock
from localaws.api.errors import ServiceError
from localaws.functions.instance import Event, Outcome
from localaws.functions.later import Later

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
FAILED = {"errorType": "ValueError", "errorMessage": "no"}


class Hurry(Clock):
    """A clock that goes to the moment that somebody waits for."""

    moment = 1000.0

    def now(self):
        return self.moment

    def at(self, moment, function):
        self.moment = max(self.moment, moment)
        function()


class Functions:
    """Stands for functions: `ends` say what becomes of each call."""

    def __init__(self, context, ends, config=None, letters=None):
        self.context, self.ends = context, iter(ends)
        context.clock = Hurry()
        self.called = []
        self.latest = SimpleNamespace(
            event_invoke_config=[SimpleNamespace(config=config)] if config else [],
            dead_letter_config={"TargetArn": letters} if letters else None,
            function_arn=ARN,
            version="$LATEST",
        )

    def find(self, name, qualifier, region):
        return SimpleNamespace(latest=self.latest, function=self.latest, arn=name)

    def call(self, called, event):
        self.called.append(self.context.clock.now() - 1000)
        end = next(self.ends)
        if end == "throttled":
            raise ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)
        body = FAILED if end == "failed" else {"fine": True}
        return Outcome(json.dumps(body).encode(), end == "failed", "$LATEST", "")


@pytest.fixture
def run(context):
    """Return a function that puts an event, and says when the function was called."""

    def start(*ends, **ways):
        functions = Functions(context, ends, **ways)
        later = Later(functions)
        later.start()
        later.put("us-east-1", Event("n1", b'{"a": 1}', ARN))
        assert later.idle(10)
        later.close()
        return functions.called

    return start


def queue(context, name):
    sqs = context.clients.get("sqs", "us-east-1")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]

    def read():
        place = {"MessageAttributeNames": ["All"], "MaxNumberOfMessages": 10}
        return sqs.receive_message(QueueUrl=url, **place).get("Messages", [])

    return f"arn:aws:sqs:us-east-1:123456789012:{name}", read


@pytest.mark.parametrize(
    ("ends", "config", "called"),
    [
        (["fine"], None, [0]),
        (["failed", "fine"], None, [0, 60]),
        (["failed"] * 3, None, [0, 60, 180]),
        (["failed"], {"MaximumRetryAttempts": 0}, [0]),
        (["failed"] * 2, {"MaximumRetryAttempts": 1}, [0, 60]),
        (["failed"] * 2, {"MaximumEventAgeInSeconds": 100}, [0, 60]),
        (["throttled", "throttled", "fine"], None, [0, 1, 3]),
    ],
)
def test_a_function_is_called_again_after_a_while(run, ends, config, called):
    assert run(*ends, config=config) == called


def test_what_fails_goes_to_queue_and_destination(run, context):
    letters, dead = queue(context, "dead")
    arn, told = queue(context, "told")
    run(*["failed"] * 3, config=wishes("OnFailure", arn), letters=letters)
    [message] = dead()
    assert message["Body"] == '{"a": 1}'
    said = {n: v["StringValue"] for n, v in message["MessageAttributes"].items()}
    assert said == {"RequestID": "n1", "ErrorCode": "200", "ErrorMessage": "no"}
    record = json.loads(told()[0]["Body"])
    assert record["requestContext"] == {
        "requestId": "n1",
        "functionArn": f"{ARN}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"a": 1}
    assert record["responsePayload"] == FAILED
    assert record["responseContext"]["functionError"] == "Unhandled"


def wishes(on, arn):
    return {"DestinationConfig": {on: {"Destination": arn}}}


def test_what_is_too_old_is_told_so(run, context):
    arn, told = queue(context, "old")
    config = {**wishes("OnFailure", arn), "MaximumEventAgeInSeconds": 60}
    called = run(*["throttled"] * 100, config=config)
    assert called == [0, 1, 3, 7, 15, 31]
    record = json.loads(told()[0]["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"


def test_success_is_told_where_that_is_wished(run, context):
    arn, told = queue(context, "good")
    run("fine", config=wishes("OnSuccess", arn))
    record = json.loads(told()[0]["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"fine": True}
    run("fine", config=wishes("OnFailure", arn))
    assert told() == []


def test_what_a_server_leaves_the_next_one_works_on(context):
    def ended(called, event):
        context.closing.set()
        entered.set()
        return Outcome(b"{}", True, "$LATEST", "")  # its process was ended

    entered, first = threading.Event(), Functions(context, [])
    first.call = ended
    later = Later(first)
    later.start()
    later.put("us-east-1", Event("n1", b'{"a": "\xc3\xa4"}', ARN, "client"))
    assert entered.wait(10)
    later.close()
    context.closing = threading.Event()
    second = Functions(context, ["failed", "fine"])
    seen, call = [], second.call
    second.call = lambda called, event: seen.append(event) or call(called, event)
    later = Later(second)
    later.start()
    assert later.idle(10)
    assert second.called == [0, 60]  # the first attempt did not count
    assert seen[0] == Event("n1", b'{"a": "\xc3\xa4"}', ARN, "client")
    later.close()
