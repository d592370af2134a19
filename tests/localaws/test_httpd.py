"""The server on the wire: bodies, chunks, and connections that are kept."""

import http.client
import io
import socket
import threading

import pytest
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


def test_a_body_that_breaks_off_is_an_error_and_not_the_end():
    body = io.BufferedReader(httpd.Body(io.BytesIO(b"12345"), 9))
    with pytest.raises(ConnectionResetError, match="in the middle"):
        body.read()
    assert io.BufferedReader(httpd.Body(io.BytesIO(b"123456789"), 5)).read() == b"12345"


def test_a_bad_content_length_is_refused(wire):
    wire.putrequest("POST", "/")
    wire.putheader("Content-Length", "many")
    wire.endheaders()
    assert wire.getresponse().status == 400
