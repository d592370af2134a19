"""One process behind HTTP and in Lambda, computed with a library and without one."""

import json
import math
import os
import subprocess
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from course import compress, parallel

JOB = Path(__file__).parents[2] / "src" / "jobs" / "glyphs_anywhere"
SIZES = (784, 16, 12, 10)
RUN = """
import json, sys, serve
from_a_file = [serve.answer(body) for body in json.load(sys.stdin)]
print(json.dumps(from_a_file))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The job with a network, and what the network itself says to two images."""
    folder = tmp_path_factory.mktemp("job")
    for name in ("serve.py", "by_onnx.py", "by_hand.py"):
        (folder / name).write_bytes((JOB / name).read_bytes())
    network = parallel.network(SIZES, 0).float()
    x = torch.rand(2, SIZES[0], generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        np.save(folder / "scores.npy", network(x).numpy())
    np.save(folder / "x.npy", x.numpy())
    compress.to_onnx(network, x, folder / "model.onnx")
    numbers = [p.detach().numpy().tobytes() for p in network.parameters()]
    (folder / "weights.bin").write_bytes(b"".join(numbers))
    (folder / "sizes.json").write_text(json.dumps(SIZES))
    return folder


def images(folder):
    return np.load(folder / "x.npy").astype(float).tolist()


def environment(**more):
    return {name: os.environ[name] for name in ("PATH", "HOME")} | more


@pytest.mark.parametrize("scores", ["by_onnx", "by_hand"])
def test_with_and_without_a_library_the_scores_are_those_of_the_network(folder, scores):
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(
        command,
        env=environment(SCORES=scores),
        cwd=folder,
        input=json.dumps([json.dumps({"images": images(folder)})]),
        capture_output=True,
        text=True,
    )
    [[status, text]] = json.loads(done.stdout)
    found = json.loads(text)
    np.testing.assert_allclose(found["scores"], np.load(folder / "scores.npy"), 1e-4)
    assert status == 200 and found["labels"] == np.argmax(found["scores"], 1).tolist()


@pytest.fixture(scope="module")
def served(folder):
    """The process, listening on a free port; a function that asks it."""
    process = subprocess.Popen(
        [sys.executable, "serve.py", "serve"],
        env=environment(SCORES="by_hand", PORT="0"),
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(process.stdout.readline().split()[-1])

    def asked(method, path, body=None, headers=None):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found

    yield asked
    process.terminate()
    assert process.wait(10) == 0, "it ends by SIGTERM as the first process must"


def test_it_is_healthy_and_answers_invocations_alone(served, folder):
    assert served("GET", "/ping") == (200, {})
    assert [served("GET", "/")[0], served("POST", "/ping", "{}")[0]] == [404, 404]
    body = json.dumps({"images": images(folder)})
    status, found = served("POST", "/invocations", body)
    assert status == 200 and len(found["labels"]) == 2


BAD = {
    "no JSON": "{",
    "no object": "[]",
    "no images": "{}",
    "none": '{"images": []}',
    "too many": json.dumps({"images": [[0] * 784] * 501}),
    "short": json.dumps({"images": [[0] * 783]}),
    "text": json.dumps({"images": [["0"] * 784]}),
    "true": json.dumps({"images": [[True] * 784]}),
    "not a number": json.dumps({"images": [[math.nan] * 784]}),
    "too bright": json.dumps({"images": [[255] * 784]}),
    "deep": "[" * 100_000,
    "bytes": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_is_told_what_is_wrong(served, name):
    status, found = served("POST", "/invocations", BAD[name])
    assert status == 400 and len(found["error"]) > 10


def test_a_body_without_a_length_or_too_long_is_not_read(served):
    chunked = {"Transfer-Encoding": "chunked"}
    assert served("POST", "/invocations", None, {"Content-Length": "x"})[0] == 411
    assert served("POST", "/invocations", None, {"Content-Length": "9" * 9})[0] == 413
    assert served("POST", "/invocations", iter([b"{}"]), chunked)[0] == 411


class Lambda(BaseHTTPRequestHandler):
    """The Runtime API of Lambda: two events, and what became of them."""

    def do_GET(self):
        number = str(len(self.server.given))
        body = json.dumps(self.server.events[len(self.server.given)]).encode()
        self.server.given.append(self.path)
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", number)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.answers.append((self.path, body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *told):
        pass


def test_started_by_lambda_it_asks_for_events(folder):
    server = HTTPServer(("127.0.0.1", 0), Lambda)
    server.timeout, server.given, server.answers = 60, [], []
    server.events = [{"body": json.dumps({"images": images(folder)})}, {"body": 3}]
    process = subprocess.Popen(
        [sys.executable, "serve.py"],
        env=environment(
            SCORES="by_hand", AWS_LAMBDA_RUNTIME_API=f"127.0.0.1:{server.server_port}"
        ),
        cwd=folder,
    )
    for _ in range(4):  # each event is asked for, and answered
        server.handle_request()
    process.kill()
    process.wait()
    server.server_close()
    (first, answer), (second, error) = server.answers
    assert first.endswith("/invocation/0/response") and answer["statusCode"] == 200
    assert len(json.loads(answer["body"])["labels"]) == 2
    assert second.endswith("/invocation/1/error") and error["errorType"] == "TypeError"
