"""The server on the wire: bodies, chunks, and connections that are kept."""

import http.client
import json
import socket
import threading
import time

import pytest
from waiting import until
from werkzeug.wrappers import Request, Response

from localaws import httpd

MEGABYTE = 1024 * 1024


@pytest.fixture
def serve():
    """Return a function that serves an application and answers with a connection."""
    servers, wires = [], []

    def start(application):
        server = httpd.Server()
        server.app = application
        loop = threading.Thread(target=server.serve_forever, args=(0.01,))
        loop.start()
        servers.append((server, loop))
        wires.append(http.client.HTTPConnection(server.url[7:], timeout=10))
        return wires[-1]

    yield start
    for wire in wires:
        wire.close()
    for server, loop in servers:
        server.shutdown()
        loop.join()
        server.server_close()


@pytest.fixture
def wire(serve):
    """A connection to a server that answers with the body that it got."""
    return serve(Request.application(lambda request: Response(request.get_data())))


def post(wire, body, **headers):
    """Return status and body of the answer."""
    wire.request("POST", "/", body, headers)
    response = wire.getresponse()
    return response.status, response.read()


@pytest.mark.parametrize("length", ["-1", "+5", "1_0", "²", "0x5"])
def test_only_digits_are_a_content_length(wire, length):
    head = f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode("latin-1")
    with socket.create_connection((wire.host, wire.port), timeout=5) as raw:
        raw.sendall(head)
        assert b" 400 " in raw.makefile("rb").readline()


def test_a_body_that_nobody_read_is_not_taken_for_the_next_request(serve):
    wire = serve(Request.application(lambda request: Response(request.path)))
    wire.connect()
    kept = wire.sock
    for _ in range(3):
        assert post(wire, b"GET /evil HTTP/1.1\r\n\r\n" * 1000) == (200, b"/")
    assert wire.sock is kept


def test_a_connection_is_closed_rather_than_a_huge_body_read(serve, monkeypatch):
    monkeypatch.setattr(httpd, "DRAIN", 1000)
    wire = serve(Response(b"not read"))
    wire.putrequest("POST", "/")
    wire.putheader("Content-Length", str(MEGABYTE))
    wire.endheaders()
    answer = wire.getresponse()
    assert (answer.status, answer.read()) == (200, b"not read")
    wire.sock.settimeout(2)
    assert wire.sock.recv(1) == b""


def test_chunks_come_in_and_go_out(serve):
    def application(environ, start_response):
        parts = Request(environ).get_data().split()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [parts[0], b"", *parts[1:]]  # an empty chunk would end the answer

    wire = serve(application)
    wire.request("POST", "/", iter([b"one t", b"wo ", b"three"]))
    answer = wire.getresponse()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.read() == b"onetwothree"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204)])
def test_an_answer_without_a_body_has_no_chunks(serve, method, status):
    wire = serve(Response(iter([b"body"] if status == 200 else []), status))
    for _ in range(2):  # what is too much would be read as the next answer
        wire.request(method, "/")
        answer = wire.getresponse()
        assert (answer.status, answer.read()) == (status, b"")
        assert "Transfer-Encoding" not in answer.headers


def test_a_client_that_waits_to_be_told_is_told_at_once(wire):
    head = b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection((wire.host, wire.port), timeout=0.9) as raw:
        raw.sendall(head)
        assert raw.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.sendall(b"hi")
        assert b" 200 OK" in raw.recv(4096)


CHUNKED = "Transfer-Encoding: chunked"
S3 = "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request"


def answer_to(wire, *lines, body=b""):
    """Return the answer to a request of raw lines, and what its body says."""
    with socket.create_connection((wire.host, wire.port), timeout=5) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        answer = http.client.HTTPResponse(raw)
        answer.begin()
        said = answer.read().decode()
        assert raw.recv(1) == b""  # nobody knows where the next request begins
        return answer, said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["Content-Length: many"], 'The Content-Length is "many": write digits.'),
        (["Content-Length: "], 'The Content-Length is "": write digits.'),
        (["Content-Length: 2", "Content-Length: 2"], "more than one Content-Length"),
        (["Content-Length: 2, 2"], 'is "2, 2"'),
        (["Content-Length: 2", CHUNKED], "exclude each other"),
        ([CHUNKED, CHUNKED], 'Transfer-Encoding "chunked, chunked" is not known'),
        (["Transfer-Encoding: gzip, chunked"], 'Transfer-Encoding "gzip, chunked"'),
        (["Content-Length: 99999999999999"], "more than 5,435,817,984 bytes"),
    ],
)
@pytest.mark.parametrize("service", ["s3", "none"])
def test_a_body_of_unclear_length_is_refused_as_aws_does(wire, lines, words, service):
    signed = [S3] if service == "s3" else []
    answer, said = answer_to(wire, "POST / HTTP/1.1", *signed, *lines)
    expected = {"not known": 501, "exceeds": 413, "Transfer": 501, "5,435": 413}
    found = [code for part, code in expected.items() if part in words] or [400]
    assert answer.status == found[0]
    assert answer.headers["Connection"] == "close"
    assert answer.headers["x-amzn-RequestId"]
    if service == "s3":
        assert said.startswith("<Error><Code>")
        assert words.replace('"', "&quot;") in said or words in said
    else:
        assert words in json.loads(said)["message"]


@pytest.mark.parametrize(
    "line",
    [
        "POST / HTTP/9.9",
        "GARBAGE",
        "GET /",
        "GET  HTTP/1.1",
        "GET http://[::1 HTTP/1.1",
        "GET / HTTP/1.1\r\n" + "X: y\r\n" * 200,
        "GET / HTTP/1.1\r\nX: " + "y" * 70_000,
        "GET /" + "y" * 70_000 + " HTTP/1.1",
    ],
)
def test_what_is_no_request_is_answered_as_aws_does(wire, line):
    answer, said = answer_to(wire, line)
    assert 400 <= answer.status < 500
    assert json.loads(said)["__type"] == "BadRequest"


def test_a_body_in_bad_chunks_closes_the_connection(wire, serve):
    wire = serve(Response(b"not read"))
    answer, said = answer_to(wire, "POST / HTTP/1.1", CHUNKED, body=b"zz\r\nGET / ")
    assert (answer.status, said) == (200, "not read")


def test_chunks_that_nobody_read_are_not_taken_for_the_next_request(serve):
    wire = serve(Request.application(lambda request: Response(request.path)))
    wire.connect()
    kept = wire.sock
    for _ in range(3):
        assert post(wire, iter([b"GET /evil HTTP/1.1\r\n\r\n"] * 99)) == (200, b"/")
    assert wire.sock is kept


def test_a_client_that_still_sends_gets_its_answer(serve):
    wire = serve(Response(b"not read"))
    for _ in range(20):
        with socket.create_connection((wire.host, wire.port), timeout=5) as raw:
            raw.sendall(b"GET http://[::1 HTTP/1.1\r\n\r\n" + bytes(100_000))
            assert b" 400 " in raw.makefile("rb").readline()


def test_a_client_that_is_silent_is_not_waited_for_long(serve, monkeypatch):
    monkeypatch.setattr(httpd, "LINGER", 0.1)
    wire = serve(Response(b"not read"))
    with socket.create_connection((wire.host, wire.port), timeout=5) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n")
        assert raw.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
        begun = time.monotonic()
        until(lambda: closed(raw), 3)
        assert time.monotonic() - begun < 2


def closed(raw):
    """Return whether the other side takes nothing more."""
    try:
        raw.sendall(b"x")
    except OSError:
        return True
    return False
