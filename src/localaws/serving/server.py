"""The model-server process: it loads one model and answers `/ping` and `/invocations`.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
Its owner learns from one line of its output that it is ready, and where.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import traceback
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localaws.serving.exchange import (
    FRAMEWORKS,
    READY,
    STREAM,
    Answer,
    Framework,
    Request,
)

MOST = 1024**3  # bytes of a request: what an asynchronous one may have


def framework(name: str, folder: Path) -> Framework:
    """Return the handlers of one framework for an unpacked archive."""
    if name == "pytorch":
        from localaws.serving.pytorch import PyTorch

        return PyTorch(folder)
    if name == "tensorflow":
        from localaws.serving.tensorflow import TensorFlow

        return TensorFlow(folder)
    if name == "scikit-learn":
        from localaws.serving.scikit_learn import ScikitLearn

        return ScikitLearn(folder)
    if name == "xgboost":
        from localaws.serving.xgboost import XGBoost

        return XGBoost(folder)
    if name == "huggingface":
        from localaws.serving.huggingface import HuggingFace

        return HuggingFace(folder)
    raise ValueError(f'Framework "{name}" is unknown: expected {FRAMEWORKS}.')


class ModelServer(ThreadingHTTPServer):
    """One worker: connections are kept alive, the handler runs one call at a time.

    A serving container never calls the functions of one worker concurrently, so
    `inference.py` need not be safe for threads here either.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, served: Framework, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.served = served
        served.port = self.server_address[1]
        self.turn = threading.Lock()  # lets one request at a time into the handler

    def answer(self, request: Request) -> Answer:
        """Run the handler; an exception becomes its status, message and traceback."""
        try:
            with self.turn:
                return self.served.invoke(request)
        except Exception as error:
            trace = user_trace(error)
            print(trace, end="", file=sys.stderr, flush=True)
            return self.served.failed(error, trace)


class Parts:
    """What a handler sends before it answers: passed on at once, or kept."""

    def __init__(self, connection: _Connection, live: bool) -> None:
        self.connection = connection
        self.live = live
        self.kept: list[bytes] = []
        self.begun = False

    def send(self, part: bytes) -> None:
        """Send a part of the body; the first one sends status 200 and headers too."""
        if not self.live:
            self.kept.append(part)
            return
        if not self.begun:
            self.connection.head(Answer(b"", "application/octet-stream"), None)
            self.begun = True
        self.connection.chunk(part)

    def finish(self, answer: Answer) -> None:
        """Send the rest; an error in the middle of a stream ends the connection."""
        if not self.begun:
            kept = b"".join(self.kept) if answer.status < 400 else b""
            self.connection.send(replace(answer, body=kept + answer.body))
        elif answer.status >= 400:
            self.connection.close_connection = True
        else:
            self.connection.chunk(answer.body)
            self.connection.chunk(b"", last=True)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "localaws"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: ModelServer

    def do_GET(self) -> None:
        known = self.path == "/ping"
        self.send(Answer(b"", "text/plain", 200 if known else 404))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and int(length) <= MOST):
            self.close_connection = True  # nobody knows where the body ends
            self.send(Answer(b"", "text/plain", 413 if length.isdigit() else 400))
            return
        body = self.rfile.read(int(length))
        if self.path != "/invocations":
            answer = self.server.served.rest(self.path, body)
            self.send(answer or Answer(b"", "text/plain", 404))
            return
        headers = dict(self.headers.items())
        parts = Parts(self, live=headers.pop(STREAM, None) is not None)
        kinds = self.headers.get("Content-Type"), self.headers.get("Accept")
        request = Request(body, *kinds, headers, parts.send)
        parts.finish(self.server.answer(request))

    def send(self, answer: Answer) -> None:
        """Send a whole answer."""
        self.head(answer, len(answer.body))
        self.wfile.write(answer.body)
        self.wfile.flush()

    def head(self, answer: Answer, length: int | None) -> None:
        """Send status and headers; without a length, chunks follow."""
        self.send_response_only(answer.status)
        self.send_header("Content-Type", one_line(answer.content_type))
        for name, value in answer.headers.items():
            self.send_header(one_line(name), one_line(value))
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def chunk(self, data: bytes, last: bool = False) -> None:
        """Send a part of a chunked body; an empty one only ends it, as the last."""
        if data or last:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
            self.wfile.flush()


def user_trace(error: BaseException) -> str:
    """Return the traceback of an exception without the frames of this package."""
    here = str(Path(__file__).parent)
    shown = traceback.TracebackException.from_exception(error)
    part: traceback.TracebackException | None = shown
    while part:
        frames = [f for f in part.stack if not f.filename.startswith(here)]
        part.stack = traceback.StackSummary.from_list(frames)
        part = part.__cause__ or part.__context__
    return "".join(shown.format())


def one_line(text: str) -> str:
    """Return `text` without the characters that an HTTP header cannot hold."""
    line = str(text).replace("\r", " ").replace("\n", " ")
    return line.encode("latin-1", "replace").decode("latin-1")


def main(arguments: list[str] | None = None) -> None:
    """Load the model, say where it is served, and serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("framework", choices=FRAMEWORKS)
    parser.add_argument("folder", type=Path, help="the unpacked model.tar.gz")
    parser.add_argument("--port", type=int, default=0, help="by default a free one")
    args = parser.parse_args(arguments)
    os.chdir(args.folder)
    try:
        served = framework(args.framework, args.folder)
        served.load()
    except Exception as error:
        print(user_trace(error), end="", file=sys.stderr)
        words = " ".join([str(error), *getattr(error, "__notes__", ())])
        sys.exit(f"Could not load the model: {type(error).__name__}: {words}")
    server = ModelServer(served, args.port)
    print(f"{READY}{server.server_address[1]}", flush=True)
    server.serve_forever()
