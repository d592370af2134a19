"""Malformed requests: none is a 500, takes long, or stays in the server's memory.

A longer run: `MALFORMED=10000 pytest -n 0 -s tests/localaws/test_malformed.py`
"""

import contextlib
import http.client
import json
import os
import socket
from collections import Counter

import psutil
import pytest
from hostile import WORDS, Hostile, example, send, serialized

from localaws import client
from localaws.api.validation import service_model

ANY_KEY = True  # what is behind the door is tested
MODEL = service_model("sagemaker")
SIGNED = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sagemaker/aws4_request"
WRONG = {"string": 7, "list": {}, "map": [], "structure": [], "boolean": "yes"}
COUNT = int(os.environ.get("MALFORMED", "1000"))
SEED = 20261126
PATIENCE = 2.0  # seconds
GROWTH = 30  # MiB of the server's memory
NUMBERS = ("integer", "long", "float", "double", "timestamp")


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
    assert answer[:10] == b"HTTP/1.1 4"
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


def warm_up(address):
    """Let the server load what it has for each service, and grow to its usual size."""
    for service, name in {s: (s, n) for s, n in Hostile(0).operations}.values():
        send(address, serialized(service, name).written(), 60)
    for word in WORDS:  # some are the scopes of other services and regions
        message = serialized("s3", "ListBuckets")
        message.headers["Authorization"] = word
        send(address, message.written(), 60)
    usual = Hostile(SEED + 1)
    for _ in range(300):
        send(address, usual.request()[1])


def wrong(kind, status, seconds):
    """Return whether an answer is none that a malformed request may get."""
    unanswered = status == 0 and kind in ("mutated", "page")  # of known length
    crashed = status >= 500 and status not in (501, 503)
    return unanswered or crashed or status < 0 or seconds > PATIENCE


def test_whatever_comes_is_answered_soon_and_leaves_nothing(connection):
    host, port = connection.url.removeprefix("http://").split(":")
    address = host, int(port)
    server = psutil.Process(client.ask(connection.url)["pid"])
    warm_up(address)
    before = server.memory_info().rss
    requests, faults, said = Hostile(SEED), [], Counter()
    for number in range(COUNT):
        kind, data = requests.request()
        status, seconds = send(address, data)
        if wrong(kind, status, seconds):  # slow once, it may be the machine's fault
            status, seconds = send(address, data)
        said[status] += 1
        if wrong(kind, status, seconds):
            faults.append((number, status, round(seconds, 1), data[:300]))
    growth = (server.memory_info().rss - before) / 1024**2
    print(f"{COUNT:,} requests: {dict(said)}, {growth:+.1f} MiB")
    assert faults == []
    assert growth <= GROWTH
    assert said[400] > COUNT / 2
    wire = http.client.HTTPConnection(connection.url.removeprefix("http://"), timeout=5)
    assert post(wire, "ListTrainingJobs", {})[0] == 200
