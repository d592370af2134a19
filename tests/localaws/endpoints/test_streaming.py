"""Answers that arrive in parts, while the model still computes."""

import time

import pytest
from botocore.exceptions import ClientError, EventStreamError
from deployed import SAY, attempt, invoke
from waiting import until

PARTS = """
import time
from ts.handler_utils.utils import send_intermediate_predict_response as send

def model_fn(model_dir, context): return 0
def transform_fn(model, body, content_type, accept, context):
    for word in body.split():
        send([word + " "], context.request_ids, "", 200, context)
        if word == "fail":
            raise ValueError("no such word")
        time.sleep(3 * (word == "slow"))
    return "end"
"""


def ask(runtime, name, body, **members):
    """Return the parts of an answer, each with the seconds until it came."""
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName=name, Body=body, ContentType="application/json", **members
    )
    started = time.monotonic()
    return [
        (event["PayloadPart"]["Bytes"], time.monotonic() - started)
        for event in answer["Body"]
    ]


def test_parts_arrive_before_the_model_has_ended(runtime, say):
    say("parts", "any", script=PARTS)
    parts = ask(runtime, "parts", b"one slow two")
    assert b"".join(part for part, _ in parts) == b"one slow two end"
    assert parts[0][1] < 2.5 < parts[-1][1]  # the model sleeps for 3 s in between
    assert invoke(runtime, "parts", b"one two") == b"one two end"


def test_a_stream_of_an_ordinary_handler_leaves_its_server_alive(runtime, say):
    say("plain", "whole")
    for _ in range(3):
        assert b"".join(part for part, _ in ask(runtime, "plain", b"[1]")) == b"whole"
        assert invoke(runtime, "plain", b"[1]") == b"whole"
    lines = [row["message"] for row in log_of("plain")]
    assert lines.count("The model server is ready.") == 1


def log_of(name):
    """Return the events of an endpoint's log."""
    import boto3

    found = boto3.client("logs").filter_log_events(
        logGroupName=f"/aws/sagemaker/Endpoints/{name}"
    )
    return found["events"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_sdk_cannot_read_a_stream_itself(say):
    from sagemaker.core.resources import Endpoint

    say("unread", "any", script=PARTS)
    given = {"body": b"one", "content_type": "application/json"}
    with pytest.raises(AttributeError, match="'EventStream' object has no attribute"):
        Endpoint.get("unread").invoke_with_response_stream(**given)


def test_a_model_that_fails_in_the_middle_breaks_the_stream(runtime, say):
    say("breaks", "any", script=PARTS)
    seen = []
    with pytest.raises(EventStreamError, match="ModelStreamError"):
        answer = runtime.invoke_endpoint_with_response_stream(
            EndpointName="breaks", Body=b"one fail", ContentType="application/json"
        )
        seen.extend(event["PayloadPart"]["Bytes"] for event in answer["Body"])
    assert seen == [b"one ", b"fail "]
    with pytest.raises(runtime.exceptions.ModelError, match="no such word"):
        invoke(runtime, "breaks", b"fail")  # nothing of it was sent before
    assert invoke(runtime, "breaks", b"two") == b"two end"


def test_a_model_that_is_killed_or_late_breaks_the_stream(runtime, say):
    script = PARTS.replace("3 *", "30 *") + "import os\n"
    script = script.replace("raise ValueError", "os.kill(os.getpid(), 9) #")
    limit = {"SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"}
    say("dying", "any", script=script, environment=limit)
    with pytest.raises(EventStreamError, match="ModelStreamError"):
        ask(runtime, "dying", b"one fail")
    assert until(lambda: attempt(runtime, "dying", b"two")) == b"two end"
    with pytest.raises(EventStreamError, match="invocation timed out"):
        ask(runtime, "dying", b"one slow")
    assert until(lambda: attempt(runtime, "dying", b"two")) == b"two end"


def test_a_model_that_knows_no_parts_answers_in_one(runtime, say):
    say("whole", "word", script=SAY.replace("return model", "return model + data"))
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName="whole", Body=b"!", ContentType="text/csv", Accept="text/csv"
    )
    assert answer["ContentType"] == "text/csv"
    assert answer["InvokedProductionVariant"] == "variant-0"
    assert [event["PayloadPart"]["Bytes"] for event in answer["Body"]] == [b"word!"]


def test_errors_before_the_first_part_are_those_of_invoke_endpoint(runtime, say):
    say("refuses", "x", script=SAY.replace("return model", "return data['x']"))
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        ask(runtime, "refuses", b"")
    assert caught.value.response["OriginalStatusCode"] == 500
    with pytest.raises(ClientError, match="Endpoint absent of account"):
        ask(runtime, "absent", b"")


def test_of_a_failure_without_end_the_beginning_is_read(runtime, say):
    script = SAY.replace("return model", "raise ValueError('x' * 30_000_000)")
    say("wordy", "x", script=script)
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        ask(runtime, "wordy", b"")
    assert caught.value.response["OriginalMessage"] == "x" * 16384
