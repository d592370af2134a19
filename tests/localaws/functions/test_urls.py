"""A function answers at an address of its own, to whom its author lets in."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from functions_made import create, lambdas

from localaws.functions.instance import Outcome
from localaws.functions.urls import Cors, made

TELL = """
def handler(event, context):
    if event["rawPath"] == "/plain":
        return {"event": event}
    if event["rawPath"] == "/fails":
        raise ValueError("no")
    headers = {"Content-Type": "text/plain", "X-Own": "1"}
    return {"statusCode": 201, "headers": headers, "body": "made", "cookies": ["a=b"]}
"""


def opened(url, **ways):
    """Return status, headers and body of an answer."""
    data = ways.pop("data", None)
    asked = urllib.request.Request(url, data, **ways)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def publish(name, **members):
    """Give a function an address for everyone."""
    given = {"FunctionName": name, "AuthType": "NONE", **members}
    url = lambdas().create_function_url_config(**given)["FunctionUrl"]
    for action in ("InvokeFunctionUrl", "InvokeFunction"):
        lambdas().add_permission(
            FunctionName=name,
            StatementId=action,
            Action=f"lambda:{action}",
            Principal="*",
        )
    return url


def test_a_function_is_told_the_request_and_says_the_answer(connection):
    url = publish(create(TELL))
    assert url.startswith(f"{connection.url}/_functions/us-east-1/")
    status, headers, body = opened(f"{url}x?a=1", method="POST", data=b"given")
    assert (status, body) == (201, b"made")
    assert headers["X-Own"] == "1" and headers["Set-Cookie"] == "a=b"
    assert headers["Content-Type"] == "text/plain"
    assert "sandbox" in headers["Content-Security-Policy"]
    sent = {"Cookie": "localaws=secret; mine=1", "X-Localaws-Key": "secret"}
    status, headers, body = opened(
        f"{url}plain?a=1&a=2&b=", method="PUT", data=b"\xff\x00", headers=sent
    )
    event = json.loads(body)["event"]
    assert status == 200 and b"secret" not in body
    assert event["version"] == "2.0" and event["rawPath"] == "/plain"
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["rawQueryString"] == "a=1&a=2&b="
    assert event["cookies"] == ["mine=1"] and event["isBase64Encoded"] is True
    assert (
        event["body"] == "/wA=" and event["requestContext"]["http"]["method"] == "PUT"
    )
    status, _, body = opened(f"{url}fails")
    assert (status, json.loads(body)) == (502, {"Message": "Internal Server Error"})


def test_an_address_wants_the_functions_permission(connection):
    name = create(TELL)
    given = {"FunctionName": name, "AuthType": "NONE"}
    url = lambdas().create_function_url_config(**given)["FunctionUrl"]
    assert opened(url)[0] == 403
    assert opened(f"{connection.url}/_functions/us-east-1/nowhere/")[0] == 404
    assert opened(f"{connection.url}/_functions/us-east-1/{create(TELL)}")[0] == 404
    lambdas().delete_function_url_config(FunctionName=name)
    assert opened(url)[0] == 404


def test_pages_of_other_origins_get_what_the_author_allows(connection):
    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 9}
    url = publish(create(TELL), Cors=cors)
    there = {"Origin": "https://a.example"}
    status, headers, _ = opened(url, method="OPTIONS", headers=there)
    assert status == 200 and headers["Access-Control-Allow-Methods"] == "GET"
    assert headers["Access-Control-Max-Age"] == "9"
    status, headers, _ = opened(url, headers=there)
    assert status == 201
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    _, headers, _ = opened(url, headers={"Origin": "https://b.example"})
    assert "Access-Control-Allow-Origin" not in headers
    foreign = {"Origin": "https://a.example"}
    assert opened(f"{connection.url}/_localaws/console", headers=foreign)[0] == 403


@pytest.mark.parametrize(
    "members",
    [{"AuthType": "AWS_IAM"}, {"AuthType": "NONE", "InvokeMode": "RESPONSE_STREAM"}],
)
def test_what_would_not_be_so_is_refused(connection, members):
    name = create(TELL)
    with pytest.raises(ClientError, match="localaws"):
        lambdas().create_function_url_config(FunctionName=name, **members)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (None, 200, b"null"),
        ("text", 200, b"text"),
        ([1], 200, b"[1]"),
        ({"a": 1}, 200, b'{"a": 1}'),
        ({"statusCode": "404"}, 404, b""),
        ({"statusCode": 200, "body": "/w==", "isBase64Encoded": True}, 200, b"\xff"),
        ({"statusCode": 200, "body": {"a": 1}}, 200, b'{"a": 1}'),
        ({"statusCode": "x"}, 502, None),
        ({"statusCode": 9999}, 502, None),
        ({"statusCode": 200, "headers": [1]}, 502, None),
        ({"statusCode": 200, "headers": {"a": "b\r\nc: d"}}, 502, None),
        ({"statusCode": 200, "body": "!", "isBase64Encoded": True}, 502, None),
    ],
)
def test_an_answer_is_a_response(answer, status, body):
    response = made(Outcome(json.dumps(answer).encode(), False, "1", ""))
    assert response.status_code == status
    assert body is None or response.data == body


def test_any_origin_may_be_allowed_and_none_is_by_default():
    assert Cors({"AllowOrigins": ["*"]}, "https://a").origin == "https://a"
    assert Cors({}, "https://a").origin == ""
