"""Answer with the network of letters: behind HTTP, or in Lambda.

`python serve.py` listens on `HOST` and `PORT`, as SageMaker, ECS, Kubernetes and
Beanstalk want it. Where Lambda has started it in a container image, it asks for events
instead. From a zip package Lambda calls `handler`. `SCORES` names what computes.
"""

import base64
import importlib
import json
import os
import signal
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIXELS, MOST = 784, 500  # numbers of an image; images of a request
BYTES = 6_000_000  # of a request, at most
EVENTS = "/2018-06-01/runtime/invocation"
scores = importlib.import_module(os.environ.get("SCORES", "by_onnx")).scores


def answer(body):
    """Status and JSON for a request: `{"images": [[784 numbers from 0 to 1], ...]}`."""
    try:
        images = checked(json.loads(body))
    except (ValueError, RecursionError) as error:
        return 400, json.dumps({"error": str(error)})
    rows = scores(images)  # (images, classes)
    labels = [row.index(max(row)) for row in rows]
    return 200, json.dumps({"labels": labels, "scores": rows})


def checked(request):
    """The images of a request; ValueError says what is wrong with it."""
    images = request.get("images") if isinstance(request, dict) else None
    if not isinstance(images, list) or not 1 <= len(images) <= MOST:
        raise ValueError(f'"images" has to be a list of 1 to {MOST} images')
    for image in images:
        if not isinstance(image, list) or len(image) != PIXELS:
            raise ValueError(f"an image has to be a list of {PIXELS} numbers")
        if not all(type(x) in (int, float) and 0 <= x <= 1 for x in image):
            raise ValueError("a pixel has to be a number from 0 to 1")
    return images


def handler(event, context):
    """Answer an event of API Gateway, or one that has a `body` like it."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    status, text = answer(body)
    headers = {"content-type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": text}


class Requests(BaseHTTPRequestHandler):
    """SageMaker's contract: `GET /ping` for the health, `POST /invocations`."""

    protocol_version, timeout = "HTTP/1.1", 60

    def do_GET(self):
        self.say(*((200, "{}") if self.path == "/ping" else (404, "{}")))

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        self.close_connection = True  # unless the body is read to its end
        if self.path != "/invocations":
            self.say(404, "{}")
        elif not length.isdigit():
            self.say(411, "{}")
        elif int(length) > BYTES:
            self.say(413, "{}")
        else:
            body, self.close_connection = self.rfile.read(int(length)), False
            self.say(*answer(body))

    def say(self, status, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *told):
        """Write no line for each request: those of /ping would fill the log."""


def listen(host, port):
    """Serve until SIGTERM, which the first process of a container must ask for."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with ThreadingHTTPServer((host, port), Requests) as server:
        print(f"listening on port {server.server_port}", flush=True)
        server.serve_forever()


def poll(address):
    """Ask Lambda's Runtime API for events, and answer them, one after the other."""
    while True:
        headers, body = asked(address, "GET", f"{EVENTS}/next")
        number, kind = headers["Lambda-Runtime-Aws-Request-Id"], "response"
        try:
            said = handler(json.loads(body), None)
        except Exception as error:
            said = {"errorType": type(error).__name__, "errorMessage": str(error)}
            kind = "error"
        asked(address, "POST", f"{EVENTS}/{number}/{kind}", json.dumps(said))


def asked(address, method, path, body=None):
    """Headers and body of an answer of the Runtime API."""
    connection = HTTPConnection(address)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.headers, response.read()
    finally:
        connection.close()


if __name__ == "__main__":  # arguments, such as SageMaker's "serve", change nothing
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        poll(os.environ["AWS_LAMBDA_RUNTIME_API"])
    else:
        listen(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8080")))
