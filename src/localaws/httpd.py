"""A threaded HTTP/1.1 server on loopback that keeps connections alive."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import time
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from localaws.api import protocol, validation
from localaws.api.errors import ServiceError
from localaws.bounds import PART, Body, Chunks
from localaws.gateway import inbound

logger = logging.getLogger("localaws")
LINGER = 1.0  # seconds in which a client reads its answer while it sends in vain
DRAIN = 8 * 1024 * 1024  # bytes of an unread body that are read for the next request


class Handler(MotoRequestHandler):
    """Runs the application for each request of a connection.

    werkzeug's own handler closes the connection after each response; clients of AWS
    reuse theirs.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    timeout = 300
    unread = False  # whether the client may still be sending what nobody reads
    # What the application answers, before it answers.
    responded: tuple[str, list[tuple[str, str]]] = ("500 Internal Server Error", [])

    def parse_request(self) -> bool:
        """Return whether the request can be answered; HTTP/0.9 has no status."""
        if not super().parse_request():
            return False
        if self.request_version == "HTTP/0.9":
            self.send_error(400, f"{self.requestline[:80]!r} names no version")
            return False
        return True

    def run_wsgi(self) -> None:
        try:
            environ = self.make_environ()
            environ[inbound.RAW] = self.headers.items()
            inbound.locate(environ)
            body = self._body()
        except ServiceError as error:
            self._refuse(error)
            return
        except ValueError as error:  # in the address
            self._refuse(_bad(f'The address "{self.path[:200]}" is none: {error}.'))
            return
        size = max(1, int(min(body.left, PART))) if isinstance(body, Body) else PART
        environ["wsgi.input"] = io.BufferedReader(body, size)
        environ["wsgi.input_terminated"] = True
        try:
            self._send(self.server.app(environ, self._start_response))
        finally:
            self._drain(body)

    def _body(self) -> Body | Chunks:
        """Return the body of the request; ServiceError where its length is unclear.

        https://www.rfc-editor.org/rfc/rfc9112#section-6.3
        """
        lengths = self.headers.get_all("Content-Length", [])
        codings = self.headers.get_all("Transfer-Encoding", [])
        if codings and lengths:
            raise _bad("Content-Length and Transfer-Encoding exclude each other.")
        if codings:
            if [text.strip().lower() for text in codings] != ["chunked"]:
                text = f'The Transfer-Encoding "{", ".join(codings)[:80]}" is not known'
                raise ServiceError("NotImplemented", f"{text}: send chunked.", 501)
            return Chunks(self.rfile, validation.MAX_OBJECT)
        if len(lengths) > 1:
            raise _bad("There is more than one Content-Length.")
        text = (lengths or ["0"])[0].strip()
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise _bad(f'The Content-Length is "{text[:80]}": write digits.')
        if int(text) > validation.MAX_OBJECT:
            raise validation.too_large(validation.MAX_OBJECT)
        return Body(self.rfile, int(text))

    def _refuse(self, error: ServiceError) -> None:
        """Answer what cannot be passed on, and close: nobody knows where it ends."""
        self.close_connection = self.unread = True
        self.request_version = self.protocol_version  # or no status would be sent
        environ = {}
        if headers := getattr(self, "headers", None):
            for name in ("Authorization", "X-Amz-Target"):
                if name in headers:
                    environ[f"HTTP_{name.upper().replace('-', '_')}"] = headers[name]
            environ["CONTENT_TYPE"] = headers.get("Content-Type", "")
        response = protocol.failure(environ, error)
        response.headers["Connection"] = "close"
        asked = {"REQUEST_METHOD": self.command or "GET", "SERVER_NAME": "localhost"}
        asked |= {"SERVER_PORT": "0", "wsgi.url_scheme": "http"}
        answer = protocol.identify(response, environ)
        self._send(answer({**environ, **asked}, self._start_response))

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        """Answer what http.server cannot read as AWS answers errors, with a 4xx."""
        status = code if code < 500 else 400
        text = f"The request is not HTTP/1.1: {message or code}."
        self._refuse(ServiceError("BadRequest", text, status))

    def handle_expect_100(self) -> bool:
        """Tell the client to send its body, now: botocore waits a second for this."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

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

    def _drain(self, body: Body | Chunks) -> None:
        """Read what the application left, so that the next request can be read."""
        budget = DRAIN
        with contextlib.suppress(ValueError):  # a malformed body has no end
            while 0 < body.left <= budget:
                budget -= len(body.read(min(budget, 1024 * 1024)) or b"")
        if body.left:
            self.close_connection = self.unread = True

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        logger.debug("connection dropped: %s", error)

    def finish(self) -> None:
        """End a connection; a client that still sends is given time for the answer.

        What has not been read when a socket is closed resets the connection, and the
        answer may be lost. https://www.rfc-editor.org/rfc/rfc9112#section-9.6
        """
        super().finish()
        if self.unread:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_WR)
                self.connection.settimeout(LINGER)
                end, left = time.monotonic() + LINGER, DRAIN
                while left > 0 and time.monotonic() < end:
                    data = self.connection.recv(PART)
                    left = left - len(data) if data else 0

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        logger.debug("%r %s", self.requestline, code)

    def log(self, type: str, message: str, *args: Any) -> None:
        logger.debug(message, *args)


def _bad(message: str) -> ServiceError:
    return ServiceError("BadRequest", message)


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
