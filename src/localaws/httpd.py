"""A threaded HTTP/1.1 server on loopback that keeps connections alive."""

from __future__ import annotations

import io
import logging
from http import HTTPStatus
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

logger = logging.getLogger("localaws")
DRAIN = 8 * 1024 * 1024  # bytes of an unread body that are read for the next request


class Body(io.RawIOBase):
    """The body of one request: it ends where Content-Length says."""

    def __init__(self, file: Any, length: int) -> None:
        self.file = file
        self.left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.file.read1(min(len(buffer), self.left)) if self.left else b""
        if self.left and not data:
            raise ConnectionResetError("the client closed in the middle of a body")
        buffer[: len(data)] = data
        self.left -= len(data)
        return len(data)


class Handler(MotoRequestHandler):
    """Runs the application for each request of a connection.

    werkzeug's own handler closes the connection after each response; clients of AWS
    reuse theirs.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 300
    # What the application answers, before it answers.
    responded: tuple[str, list[tuple[str, str]]] = ("500 Internal Server Error", [])

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        body = None
        if "wsgi.input_terminated" not in environ:
            length = self._content_length()
            if length is None:
                self.send_error(HTTPStatus.BAD_REQUEST, "bad Content-Length")
                return
            body = Body(self.rfile, length)
            environ["wsgi.input"] = io.BufferedReader(body, 256 * 1024)
            environ["wsgi.input_terminated"] = True
        try:
            self._send(self.server.app(environ, self._start_response))
        finally:
            self._drain(body)

    def handle_expect_100(self) -> bool:
        """Tell the client to send its body, now: botocore waits a second for this."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _content_length(self) -> int | None:
        text = self.headers.get("Content-Length", "0")
        return int(text) if text.isascii() and text.isdigit() else None

    def _start_response(self, status: str, headers: list, exc_info: Any = None) -> Any:
        self.responded = status, headers
        return self.wfile.write

    def _send(self, result: Any) -> None:
        chunked = None
        try:
            for data in result:
                if chunked is None:
                    chunked = self._send_head(result)
                self._write(data, chunked)
            if chunked is None:
                chunked = self._send_head(result)
            if chunked:
                self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        finally:
            if hasattr(result, "close"):
                result.close()

    def _send_head(self, result: Any) -> bool:
        """Send status and headers; return whether the body is sent in chunks."""
        status, headers = self.responded
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        empty = self.command == "HEAD" or int(code) in (204, 304) or int(code) < 200
        chunked = not empty and "content-length" not in names
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        return chunked

    def _write(self, data: bytes, chunked: bool) -> None:
        if data and self.command != "HEAD":
            frame = b"%x\r\n%b\r\n" % (len(data), data) if chunked else data
            self.wfile.write(frame)
            if chunked:  # whoever streams wants each part to arrive
                self.wfile.flush()

    def _drain(self, body: Body | None) -> None:
        """Read what the application left, so that the next request can be read."""
        if body is None or body.left > DRAIN:
            self.close_connection = True
            return
        while body.left and body.read(min(body.left, 1024 * 1024)):
            pass

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        logger.debug("connection dropped: %s", error)

    def log(self, type: str, message: str, *args: Any) -> None:
        logger.debug(message, *args)


def _starting(environ: Any, start_response: Any) -> list[bytes]:
    """Answer before there is an application, which wants to know the port first."""
    start_response("503 Service Unavailable", [])
    return []


class Server(ThreadedWSGIServer):
    """The server of one application on 127.0.0.1; port 0 picks a free one."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int = 0) -> None:
        super().__init__("127.0.0.1", port, _starting, handler=Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"
