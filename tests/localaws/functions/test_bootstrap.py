"""The process of a function, as one that speaks the Runtime API with it sees it."""

import json
import os
import queue
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from localaws.functions.revision import BOOTSTRAP

PLACE = "/secret/2018-06-01/runtime"


class Api(BaseHTTPRequestHandler):
    """AWS's Runtime API, as little of it as a process needs."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        number, body = self.server.events.get()
        heads = {"Aws-Request-Id": number, "Deadline-Ms": "9999999999999"}
        heads |= {"Invoked-Function-Arn": "arn", "Trace-Id": "Root=1"}
        heads["Client-Context"] = '{"custom": {"a": 1}}'
        self.say(200, body, {f"Lambda-Runtime-{k}": v for k, v in heads.items()})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers.get("Lambda-Runtime-Function-Error-Type")
        self.server.answers.put((self.path, kind, json.loads(body)))
        self.say(202, b"{}", {})

    def say(self, status, body, headers):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nobody reads it."""


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the process of some code, and the API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    server.events, server.answers = queue.Queue(), queue.Queue()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    started = []

    def run(code, handler="app.handler"):
        (tmp_path / "app.py").write_text(code)
        names = ("NAME", "VERSION", "MEMORY_SIZE")
        variables = {f"AWS_LAMBDA_FUNCTION_{name}": name for name in names}
        for name in ("GROUP", "STREAM"):
            variables[f"AWS_LAMBDA_LOG_{name}_NAME"] = name
        port = server.server_address[1]
        variables["AWS_LAMBDA_RUNTIME_API"] = f"127.0.0.1:{port}/secret"
        variables |= {"_HANDLER": handler, "LOCALAWS_FUNCTION_PATH": str(tmp_path)}
        process = subprocess.Popen(
            [sys.executable, "-P", BOOTSTRAP],
            env={**os.environ, **variables, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        started.append(process)
        return process, server

    yield run
    for process in started:
        process.kill()
        process.communicate()
    server.shutdown()
    server.server_close()


def asked(server, number, event):
    server.events.put((number, json.dumps(event).encode()))
    return server.answers.get(timeout=20)


def test_events_are_answered_one_after_the_other(start):
    code = "import os\n\ndef handler(event, context):\n    print('seen')\n"
    code += "    trace = os.environ['_X_AMZN_TRACE_ID']\n"
    code += "    custom = context.client_context.custom\n"
    code += "    return [event, context.aws_request_id, trace, custom]\n"
    process, server = start(code)
    for number in ("n1", "n2"):
        path, kind, body = asked(server, number, {"é": 1})
        assert (path, kind) == (f"{PLACE}/invocation/{number}/response", None)
        assert body == [{"é": 1}, number, "Root=1", {"a": 1}]
    process.kill()
    lines = process.stdout.read().decode().splitlines()
    assert lines[0].startswith("\0localaws start ")
    assert lines[1] == "seen" and lines[2].startswith("\0localaws n1 ")
    assert int(lines[2].split()[-1]) > 1_000_000  # bytes of memory


def test_one_that_empties_its_variables_goes_on(start):
    code = "import os\ndef handler(event, context):\n    os.environ.clear()\n"
    _, server = start(f"{code}    return context.function_name\n")
    assert [asked(server, number, {})[2] for number in ("n1", "n2")] == ["NAME"] * 2


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("raise KeyError('k')", "KeyError", "'k'"),
        ("raise ValueError('\\ud800 bad')", "ValueError", "bad"),
        (
            "Own = type('Own', (Exception,), {'__str__': lambda e: 1 / 0})\n"
            "    raise Own",
            "Own",
            "ZeroDivisionError",
        ),
        ("return object()", "Runtime.MarshalError", "Unable to marshal response"),
        ("return float('nan')", "Runtime.MarshalError", "Unable to marshal response"),
        ("class Own(Exception): pass\n    raise Own('x')", "Own", "x"),
    ],
)
def test_a_failure_is_told_and_the_next_event_is_taken(start, body, kind, words):
    code = f"def handler(event, context):\n    if not event: return 1\n    {body}\n"
    process, server = start(code)
    path, said, told = asked(server, "n1", [1])
    assert path == f"{PLACE}/invocation/n1/error"
    assert said == told["errorType"] == kind and words in told["errorMessage"]
    assert told["requestId"] == "n1" and isinstance(told["stackTrace"], list)
    assert asked(server, "n2", [])[2] == 1
    process.kill()
    assert f"[ERROR] {kind}:" in process.stdout.read().decode()


def test_an_error_at_the_start_is_told_before_any_event(start):
    process, server = start("1 / 0\n")
    path, kind, told = server.answers.get(timeout=20)
    assert (path, kind) == (f"{PLACE}/init/error", "ZeroDivisionError")
    assert 'app.py", line 1' in told["stackTrace"][0]
    assert process.wait(20) == 1


def test_records_of_logging_have_the_requests_number(start):
    code = "import logging\n\ndef handler(event, context):\n"
    code += "    logging.warning('two\\nlines')\n    logging.info('unseen')\n"
    process, server = start(code)
    asked(server, "n1", {})
    process.kill()
    text = process.stdout.read().decode()
    line = next(x for x in text.split("\n") if "WARNING" in x)
    assert line.startswith("[WARNING]\t20") and line.endswith("Z\tn1\ttwo\rlines")
    assert "unseen" not in text


def test_a_library_of_this_environment_is_named(start):
    process, server = start("import numpy, boto3\n\ndef handler(e, c): pass\n")
    asked(server, "n1", {})
    process.kill()
    text = process.stdout.read().decode()
    line = next(x for x in text.split("\n") if "localaws: " in x)
    assert "numpy" in line and "boto3" not in line and "layer" in line
