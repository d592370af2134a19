"""A model server is started, asked, started again when it dies, and ended."""

import http.client
import threading
import time

import psutil
import pytest
from waiting import until

from localaws.bounds import LINE, TooLong
from localaws.machine.sandbox import Sandbox
from localaws.models import workers
from localaws.models.workers import StreamBroken, Worker, WorkerDown, WorkerLate
from localaws.serving.exchange import READY

SERVER = """
import http.server, os, time

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"die":
            os._exit(3)
        if body == b"sleep":
            time.sleep(60)
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if body == b"much":
            body = bytes(1_000_000)
        for part in [b"%d" % os.getpid(), b" ", body]:
            self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(part), part))
        if body == b"break":
            self.close_connection = True
        else:
            self.wfile.write(b"0\\r\\n\\r\\n")

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("hello", flush=True)
print(READY + str(server.server_address[1]), flush=True)
server.serve_forever()
"""


@pytest.fixture
def start(monkeypatch, tmp_path):
    """Return a function that starts a program as a model server."""
    monkeypatch.setattr(workers, "RETRY", (0.01,))
    place = Sandbox(tmp_path, paths="substitution")
    made = []

    def started(code=SERVER):
        argv = ["python", "-c", f"READY = {READY!r}\n{code}"]
        lines = []
        made.append(Worker(lambda: place.start(argv, {}), lines.append))
        made[-1].lines = lines
        made[-1].start()
        return made[-1]

    yield started
    for worker in made:
        worker.stop()


def ask(worker, body=b"x", seconds=20):
    """Return the process that answered, and the body that it got."""
    reply = worker.request("POST", "/invocations", body, {}, seconds)
    pid, _, rest = reply.text.partition(" ")
    return int(pid), rest


def test_a_healthy_server_answers_and_its_lines_are_logged(start):
    worker = start()
    assert worker.wait(20)
    assert ask(worker)[1] == "x" and ask(worker)[0] == ask(worker)[0]
    assert worker.lines == ["hello", "The model server is ready."]
    assert worker.last_line == "hello"


def test_a_server_that_never_was_healthy_is_not_started_again(start):
    worker = start("print('no weights'); print(); raise SystemExit(5)")
    assert not worker.wait(20)
    assert worker.lines[-1] == "The model server ended with status 5."
    assert (worker.last_line, worker.status) == ("no weights", 5)
    with pytest.raises(WorkerDown, match="is not running"):
        ask(worker)


@pytest.mark.parametrize("error", [OSError("no processes left"), KeyError()])
def test_a_server_that_cannot_be_started_says_why_at_once(error):
    def launch():
        raise error

    lines = []
    worker = Worker(launch, lines.append)
    worker.start()
    begun = time.monotonic()
    assert not worker.wait(20)
    assert time.monotonic() - begun < 5
    assert worker.failure == (str(error) or "KeyError")
    assert lines == [f"The model server could not be started: {worker.failure}"]
    worker.stop()


def test_a_server_that_dies_is_down_and_the_next_request_waits_for_a_new_one(start):
    worker = start()
    first, _ = ask(worker)
    with pytest.raises(WorkerDown):
        ask(worker, b"die")
    second, rest = ask(worker)
    assert (second != first, rest) == (True, "x")
    assert any("server ended with status" in line for line in worker.lines)


def test_a_server_that_is_late_is_ended_and_started_again(start):
    worker = start()
    first, _ = ask(worker)
    begun = time.monotonic()
    with pytest.raises(WorkerLate, match=r"no answer in 0\.3 s"):
        ask(worker, b"sleep", 0.3)
    assert time.monotonic() - begun < 10
    assert ask(worker)[0] != first


def test_a_stream_gives_the_head_and_then_its_parts(start):
    head, *parts = start().stream("/invocations", b"body", {}, 20)
    assert (head.status, head.body) == (200, b"")
    assert b"".join(part.body for part in parts).endswith(b" body")


def test_a_stream_without_an_end_is_broken_and_the_server_goes_on(start):
    worker = start()
    first, _ = ask(worker)
    with pytest.raises(StreamBroken, match="has no end"):
        list(worker.stream("/invocations", b"break", {}, 20))
    stream = worker.stream("/invocations", b"left early", {}, 20)
    next(stream)
    stream.close()
    assert ask(worker)[0] == first


def test_a_stream_that_was_read_leaves_the_server_and_its_connection_in_use(start):
    worker = start()
    first, _ = ask(worker)
    for body in (b"whole", b"in parts", b"whole"):
        list(worker.stream("/invocations", body, {}, 20))
        assert ask(worker)[0] == first
    assert len(worker._pool) == 1


def test_an_exchange_that_our_side_breaks_does_not_end_the_server(start, monkeypatch):
    worker = start()
    first, _ = ask(worker)

    def confused(connection):
        raise http.client.ResponseNotReady("Request-sent")

    with monkeypatch.context() as patch:
        patch.setattr(http.client.HTTPConnection, "getresponse", confused)
        with pytest.raises(WorkerDown, match="Request-sent"):
            ask(worker)
    assert ask(worker)[0] == first


def test_a_worker_that_is_stopped_leaves_nothing_and_wakes_who_waits(start):
    worker = start("import time; time.sleep(60)")
    found = []
    waits = threading.Thread(target=lambda: found.append(worker.wait(30)))
    waits.start()
    until(lambda: worker.pid)
    worker.stop()
    waits.join(5)
    assert found == [False] and not psutil.pid_exists(worker.pid)
    worker.stop()  # it may be told twice


def test_an_answer_that_is_too_long_is_not_read_and_the_server_goes_on(start):
    worker = start()
    first, _ = ask(worker)
    with pytest.raises(TooLong, match="more than 999,999 bytes"):
        worker.request("POST", "/invocations", b"much", {}, 20, 999_999)
    assert ask(worker)[0] == first
    assert len(ask(worker, b"much")[1]) == 1_000_000


def test_a_line_without_end_comes_in_parts(start):
    worker = start("print('x' * 1_000_000, end='', flush=True)")
    worker.wait(20)
    assert "".join(worker.lines[:-1]) == "x" * 1_000_000
    assert max(map(len, worker.lines)) == LINE
