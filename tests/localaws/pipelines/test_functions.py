"""What a function answers to a Lambda step, and what of it becomes an output."""

import io
import json

import pytest
from botocore.exceptions import ClientError
from defined import step

from localaws.pipelines.definition import Step
from localaws.pipelines.functions import invoke

OUTPUTS = [{"OutputName": "n", "OutputType": "Integer"}]


class Lambda:
    def __init__(self, body, **more):
        self.answer = {"Payload": io.BytesIO(body), **more}

    def invoke(self, FunctionName, Payload):
        self.asked = FunctionName, json.loads(Payload)
        return self.answer


def called(client, outputs=OUTPUTS):
    whole = step("call", "Lambda", {"a": 1}, FunctionArn="f", OutputParameters=outputs)
    return invoke(client, Step("call", "Lambda", whole), "f", {"a": 1})


def test_the_outputs_that_the_step_declares_are_kept():
    client = Lambda(b'{"n": 3, "statusCode": 200}')
    assert called(client).outputs == {"n": 3}
    assert client.asked == ("f", {"a": 1})
    assert called(Lambda(b'"anything"'), outputs=[]).failure == ""


@pytest.mark.parametrize(
    ("client", "why"),
    [
        (
            Lambda(b'{"errorMessage": "no"}', FunctionError="Unhandled"),
            'f failed: {"errorM',
        ),
        (Lambda(b"[1]"), r"answered no object of JSON: \[1\]"),
        (Lambda(b"<html>"), "answered no object"),
        (Lambda(b'{"m": 1}'), "answered without n"),
        (Lambda(b"{" * (6 * 1024 * 1024 + 1)), "Failed to invoke f: more than"),
    ],
)
def test_what_is_no_answer_fails_the_step(client, why):
    answer = called(client)
    assert answer.outputs == {}
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(answer.failure)


def test_a_refusal_fails_the_step_in_its_words():
    class Refusing:
        def invoke(self, **members):
            raise ClientError(
                {"Error": {"Code": "x", "Message": "there is no Docker"}}, "Invoke"
            )

    said = called(Refusing()).failure
    assert said == "ClientError: Failed to invoke f: there is no Docker"
