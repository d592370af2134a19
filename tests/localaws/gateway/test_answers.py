"""What a function says is a response, or it is malformed."""

import json

import pytest

from localaws.functions.instance import Outcome
from localaws.gateway import answers
from localaws.gateway.answers import Malformed


def said(answer, binary=False):
    outcome = Outcome(json.dumps(answer).encode(), False, "1", "")
    return answers.response(answers.strict(outcome), binary)


def test_headers_of_both_kinds_are_merged():
    made = said(
        {
            "statusCode": "201",
            "headers": {"X-A": "1", "X-N": 5, "X-B": True, "Content-Type": "a/b"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"], "x-a": ["1", "2"]},
            "body": "é",
        }
    )
    assert made.status_code == 201 and made.data == "é".encode()
    assert made.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert made.headers.getlist("X-A") == ["1", "2"]
    assert made.headers["X-N"] == "5" and made.headers["X-B"] == "true"
    assert made.headers.getlist("Content-Type") == ["a/b"]


def test_a_function_says_neither_the_length_nor_how_it_is_sent():
    names = {"Content-Length": "999", "Transfer-Encoding": "chunked", "Date": "x"}
    made = said({"statusCode": 200, "headers": names, "body": "ab"})
    assert "Transfer-Encoding" not in made.headers
    assert made.headers["Content-Length"] == "2"
    assert made.headers["x-amzn-Remapped-Content-Length"] == "999"
    assert made.headers["Content-Type"] == "application/json"


def test_base64_is_decoded_where_it_is_wanted():
    answer = {"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}
    assert said(answer, True).data == b"\xff\x00"
    assert said(answer, False).data == b"/wA="
    assert said({}).status_code == 200


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        [1],
        {"statusCode": 200, "more": 1},
        {"statusCode": "x"},
        {"statusCode": None},
        {"statusCode": True},
        {"statusCode": 9},
        {"statusCode": 199},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "headers": [1]},
        {"statusCode": 200, "headers": {"a": {"b": 1}}},
        {"statusCode": 200, "headers": {"a b": "1"}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a": "\u2713"}},
        {"statusCode": 200, "multiValueHeaders": "a"},
    ],
)
def test_other_answers_are_malformed(answer):
    with pytest.raises(Malformed):
        said(answer)


def test_what_is_no_base64_is_malformed():
    with pytest.raises(Malformed, match="base64"):
        said({"statusCode": 200, "body": "!", "isBase64Encoded": True}, True)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ({"a": 1}, '{"a": 1}'),
        ("text", "text"),
        ([1], "[1]"),
        (None, "null"),
        ({"statusCode": 200, "body": {"a": 1}}, '{"a":1}'),
        ({"statusCode": 200, "body": "b"}, "b"),
    ],
)
def test_an_answer_without_a_status_is_the_body(answer, body):
    outcome = Outcome(json.dumps(answer).encode(), False, "1", "")
    found = answers.inferred(outcome)
    assert (found["statusCode"], found["body"]) == (200, body)
