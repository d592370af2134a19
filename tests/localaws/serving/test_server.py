"""The model server on its own: one call at a time, a kept connection, errors."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from served import ECHO, JSON, ask

from localaws.serving import exchange, server
from localaws.serving.exchange import Answer


def test_an_exception_is_a_500_with_its_message_and_the_scripts_line(serve):
    script = ECHO.replace("return [*data, model]", "return data['pixels']")
    status, body, _ = ask(serve(script), b"[]", JSON)
    assert status == 500
    assert body.decode().startswith("list indices must be integers")
    assert "data['pixels']" in body.decode() and "localaws" not in body.decode()


def test_a_toolkit_error_chooses_its_own_status(serve):
    server = serve(
        ECHO
        + """
class BadRequest(Exception):
    status_code, message, phrase = 422, "three pixels are missing", "no"

def input_fn(body, content_type):
    raise BadRequest
"""
    )
    status, body, _ = ask(server, b"[]", JSON)
    assert status == 422
    assert body.startswith(b"three pixels are missing")


def test_functions_are_never_called_at_the_same_time(serve):
    script = ECHO.replace(
        "return [*data, model]",
        """
    import time
    global inside
    inside = globals().get("inside", 0) + 1
    time.sleep(0.01)
    seen, inside = inside, inside - 1
    return [str(seen)]""",
    )
    port = serve(script).port

    def one(_):
        return ask(http.client.HTTPConnection("127.0.0.1", port), b"", JSON)[1]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(24)))
    assert answers == [b"1,application/json"] * 24


def test_a_connection_stays_open_and_unknown_paths_are_404(serve):
    server = serve(ECHO)
    codes = []
    for method, path in [("GET", "/ping"), ("POST", "/nothing"), ("GET", "/ping")]:
        server.request(method, path, body=b"x" if method == "POST" else None)
        response = server.getresponse()
        response.read()
        codes.append((response.status, server.sock is not None))
    assert codes == [(200, True), (404, True), (200, True)]


class Parrot:
    """Stands for a framework: it says what it is told, in parts."""

    port = 0

    def invoke(self, request):
        for part in request.body.split(b" "):
            request.send(part)
        if b"fail" in request.body:
            raise ValueError("no more")
        headers = {
            "X-Own": "one\r\nSet-Cookie: two",
            "X-Seen": str(dict(request.headers)),
        }
        return Answer(b".", "text/plain", 200, headers)

    def failed(self, error, trace):
        return exchange.failure(error, trace)

    def rest(self, path, body):
        return Answer(body, "text/rest") if path == "/v1" else None


@pytest.fixture
def parrot():
    """A connection to a server of this process."""
    made = server.ModelServer(Parrot())
    loop = threading.Thread(target=made.serve_forever, args=(0.01,))
    loop.start()
    wire = http.client.HTTPConnection("127.0.0.1", made.served.port, timeout=10)
    yield wire
    wire.close()
    made.shutdown()
    loop.join()
    made.server_close()


def test_parts_are_sent_at_once_only_to_whom_asks_for_a_stream(parrot):
    status, body, headers = ask(parrot, b"one two", JSON)
    assert (status, body, headers["Content-Length"]) == (200, b"onetwo.", "7")
    status, body, headers = ask(parrot, b"one two", JSON, **{exchange.STREAM: "1"})
    assert (status, body) == (200, b"onetwo.")
    assert headers["Transfer-Encoding"] == "chunked" and "X-Own" not in headers


def test_a_failure_before_the_answer_is_an_error_and_in_a_stream_an_end(parrot):
    status, body, _ = ask(parrot, b"one fail", JSON)
    assert status == 500 and body.startswith(b"no more\n")
    with pytest.raises(http.client.IncompleteRead):
        ask(parrot, b"one fail", JSON, **{exchange.STREAM: "1"})
    parrot.close()
    assert ask(parrot, b"one", JSON)[0] == 200  # the server goes on


def test_a_header_of_a_handler_cannot_begin_another_one(parrot):
    _, _, headers = ask(parrot, b"x", JSON)
    assert headers["X-Own"] == "one  Set-Cookie: two" and "Set-Cookie" not in headers
    assert exchange.STREAM not in headers["X-Seen"]


def test_other_paths_are_those_of_the_framework(parrot):
    for path, expected in (("/v1", (200, b"x")), ("/v2", (404, b""))):
        parrot.request("POST", path, b"x")
        answer = parrot.getresponse()
        assert (answer.status, answer.read()) == expected


def test_an_unknown_framework_is_named_with_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r'"mxnet" is unknown: .*pytorch'):
        server.framework("mxnet", tmp_path)


@pytest.mark.parametrize(
    ("length", "status"), [("x", 400), ("-1", 400), ("", 400), ("9" * 12, 413)]
)
def test_a_request_of_unclear_or_huge_length_is_not_read(parrot, length, status):
    wire = http.client.HTTPConnection("127.0.0.1", parrot.port, timeout=5)
    wire.putrequest("POST", "/invocations")
    wire.putheader("Content-Length", length)
    wire.endheaders()
    assert wire.getresponse().status == status
