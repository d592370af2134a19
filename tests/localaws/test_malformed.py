"""Hundreds of malformed requests, made from the service model: none is a 500."""

import contextlib
import http.client
import json
import socket

import pytest

from localaws.api.validation import service_model

MODEL = service_model("sagemaker")
SIGNED = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sagemaker/aws4_request"
WRONG = {"string": 7, "list": {}, "map": [], "structure": [], "boolean": "yes"}
NUMBERS = ("integer", "long", "float", "double", "timestamp")


def example(shape, depth=0):
    """Return a value that is right in type, with the required members only."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.required_members if depth < 5 else ()
        return {name: example(shape.members[name], depth + 1) for name in members}
    simple = {"list": [], "map": {}, "boolean": True, "blob": ""}
    if kind in simple:
        return simple[kind]
    if kind != "string":
        return shape.metadata.get("min", 1)
    if "enum" in shape.metadata:
        return shape.metadata["enum"][0]
    return "a" * max(1, shape.metadata.get("min", 1))


def malformed(shape):
    """Yield requests that each have one thing wrong."""
    good = example(shape)
    yield {**good, "NoSuchMember": 1}
    for name in shape.required_members:
        yield {key: value for key, value in good.items() if key != name}
    for name, member in shape.members.items():
        kind = member.type_name
        yield {**good, name: WRONG.get(kind, [])}
        if kind == "string" and "max" in member.metadata:
            yield {**good, name: "a" * (member.metadata["max"] + 1)}
        if kind == "structure":
            yield {**good, name: {"NoSuchMember": 1}}
        if kind == "list":
            yield {**good, name: [None, {"NoSuchMember": 1}, 3]}
        if kind in NUMBERS and "max" in member.metadata:
            yield {**good, name: member.metadata["max"] + 1}


@pytest.fixture(scope="module")
def operations(connection):
    """The operations of this server: those that it does not answer as unknown."""
    wire = http.client.HTTPConnection(connection.url.removeprefix("http://"))
    names = []
    for name in MODEL.operation_names:
        _, answer = post(wire, name, {"NoSuchMember": 1})
        if answer["__type"] != "UnknownOperationException":
            names.append(name)
    return names


def post(wire, name, body):
    headers = {"X-Amz-Target": f"SageMaker.{name}", "Authorization": SIGNED}
    wire.request("POST", "/", json.dumps(body), headers)
    response = wire.getresponse()
    return response.status, json.loads(response.read())


def test_no_malformed_request_is_accepted_or_breaks_the_server(connection, operations):
    wire = http.client.HTTPConnection(connection.url.removeprefix("http://"), timeout=5)
    sent, wrong = 0, []
    for name in operations:
        for body in malformed(MODEL.operation_model(name).input_shape):
            status, answer = post(wire, name, body)
            sent += 1
            if status != 400 or answer["__type"] != "ValidationException":
                wrong.append((name, body, status, answer))
    assert wrong == []
    assert sent >= 200


@pytest.mark.parametrize(
    "raw",
    [
        b"GARBAGE\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET /%ff%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_what_is_not_http_is_refused_and_the_server_goes_on(connection, raw):
    host, port = connection.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        answer = b""
        with contextlib.suppress(ConnectionError):  # refused before all was sent
            wire.sendall(raw)
            answer = wire.makefile("rb").readline()
    assert b" 5" not in answer[:13] or b" 505 " in answer
    again = http.client.HTTPConnection(connection.url.removeprefix("http://"))
    assert post(again, "ListTrainingJobs", {})[0] == 200


def test_a_body_that_breaks_off_does_not_stop_the_server(connection):
    host, port = connection.url.removeprefix("http://").split(":")
    head = (
        "POST / HTTP/1.1\r\nX-Amz-Target: SageMaker.ListTrainingJobs\r\n"
        f"Authorization: {SIGNED}\r\nContent-Length: 100\r\n\r\n{{"
    )
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(head.encode())
    again = http.client.HTTPConnection(connection.url.removeprefix("http://"))
    assert post(again, "ListTrainingJobs", {})[0] == 200
