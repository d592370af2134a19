import http.server
import itertools
import threading

import pytest

from course.tools.bench import endpoint


class Every:
    """A model server whose every n-th answer is an error."""

    def __init__(self, nth):
        count = itertools.count(1)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                handler.rfile.read(int(handler.headers["Content-Length"]))
                bad = next(count) % nth == 0
                body = b'{"labels": [7]}'
                handler.send_response(500 if bad else 200)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def port(monkeypatch, request):
    """The port of such a server, and credentials for whoever asks it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "made-up-1")
    every = Every(request.param)
    threading.Thread(target=every.server.serve_forever, daemon=True).start()
    yield every.server.server_port
    every.server.shutdown()
    every.server.server_close()


@pytest.mark.parametrize("port", [10**6], indirect=True)
def test_a_good_server_is_asked_alone_and_by_all_clients_at_once(port):
    answers = endpoint.ask(port, b"{}", requests=80)
    assert (len(answers.alone), answers.failed) == (10, 0)
    assert answers.rate > 1 / min(answers.alone) / 100


@pytest.mark.parametrize("port", [100], indirect=True)
def test_an_answer_that_fails_is_counted(port):
    # The first 48, one of each client and 40 alone, are answered; then 800 come.
    assert endpoint.ask(port, b"{}", requests=800).failed == 8
