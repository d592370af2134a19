"""A request to an API, as it came in."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.wrappers import Request

from localaws.api.protocol import Environ
from localaws.discovery import COOKIE, HEADER

PREFIX = "/_apis"
RAW = "localaws.headers"  # of a request: its headers as they were written
_HOST = re.compile(r"([a-z0-9]{8,10})\.execute-api\.[\w.-]+(:\d+)?")
# What says how a request came, and not what it is about.
_DROPPED = (
    *("connection", "content-length", "expect", "keep-alive", "te", "trailer"),
    *("transfer-encoding", "upgrade", "proxy-connection", HEADER.lower()),
)

Pairs = list[tuple[str, str]]


def locate(environ: Environ) -> None:
    """Give a request to an API's own host (ID.execute-api.localhost) its path here."""
    if match := _HOST.fullmatch(environ.get("HTTP_HOST", "").lower()):
        environ["PATH_INFO"] = f"{PREFIX}/{match[1]}{environ.get('PATH_INFO', '')}"
        raw = urlsplit(environ.get("RAW_URI") or "/")
        environ["RAW_URI"] = f"{PREFIX}/{match[1]}{raw.path}"


@dataclass
class Inbound:
    """A request with what all parts of API Gateway want to know of it."""

    method: str
    path: str  # after the stage, as it came
    headers: Pairs
    query: Pairs
    body: bytes
    raw_query: str = ""
    source: str = "127.0.0.1"
    host: str = ""
    port: str = ""
    number: str = field(default_factory=lambda: str(uuid.uuid4()))
    moment: float = field(default_factory=time.time)
    variables: dict[str, str] = field(default_factory=dict)  # of the path
    context: dict[str, Any] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """Return the last value of a header, or None."""
        lower = name.lower()
        rows = [value for each, value in self.headers if each.lower() == lower]
        return rows[-1] if rows else None

    @property
    def cookies(self) -> list[str]:
        """The cookies, each as name=value."""
        rows = [value for name, value in self.headers if name.lower() == "cookie"]
        found = [one.strip() for row in rows for one in row.split(";")]
        return [one for one in found if one]

    @property
    def kind(self) -> str:
        """The media type of the body."""
        text = self.header("content-type") or "application/json"
        return text.partition(";")[0].strip().lower()


def inbound(request: Request, body: bytes, path: str) -> Inbound:
    """Return a request as it came, without what is this server's own."""
    environ = request.environ
    raw = _text(environ.get("QUERY_STRING", ""))
    written = environ.get(RAW) or list(request.headers.items())
    host, port = request.host, environ.get("SERVER_PORT", "")
    number = secrets.token_hex(12)
    trace = f"Root=1-{int(time.time()):08x}-{number}"
    headers = [*_kept(written), ("X-Forwarded-For", request.remote_addr or "127.0.0.1")]
    headers += [("X-Forwarded-Port", port), ("X-Forwarded-Proto", request.scheme)]
    if not any(name.lower() == "x-amzn-trace-id" for name, _ in headers):
        headers.append(("X-Amzn-Trace-Id", trace))
    return Inbound(
        request.method,
        path,
        headers,
        parse_qsl(raw, keep_blank_values=True, errors="replace"),
        body,
        raw,
        request.remote_addr or "127.0.0.1",
        host,
        port,
    )


def _kept(headers: Any) -> Pairs:
    found = []
    for name, value in headers:
        lower = name.lower()
        if lower in _DROPPED:
            continue
        if lower == "cookie":  # a browser sends the console's key along
            rows = [one.strip() for one in value.split(";")]
            value = "; ".join(one for one in rows if not one.startswith(f"{COOKIE}="))
            if not value:
                continue
        found.append((name, value))
    return found


def below(environ: Environ, name: str) -> str:
    """Return the path of a request below that of an API, as it came."""
    raw = environ.get("RAW_URI") or ""
    path = raw.partition("?")[0] if raw.startswith("/") else urlsplit(raw).path
    start = f"{PREFIX}/{name}"
    if not path.startswith(start):  # its beginning is written in another way
        path = environ.get("PATH_INFO", "")
    return _text(path[len(start) :]) or "/"


def _text(value: str) -> str:
    """Return a text of a WSGI server, which has a letter for each byte, as UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def last(pairs: Pairs, lower: bool = False) -> dict[str, str]:
    """Return the last value of each name; a name may be written in several ways."""
    return {name: values[-1] for name, values in several(pairs, lower).items()}


def several(pairs: Pairs, lower: bool = False) -> dict[str, list[str]]:
    """Return all values of each name, under its first spelling."""
    spelled: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        key = name.lower() if lower else name
        own = spelled.setdefault(key, name)
        found.setdefault(own, []).append(value)
    return found


def joined(pairs: Pairs) -> dict[str, str]:
    """Return the values of each name, in lower case, with commas between them."""
    return {name: ",".join(rows) for name, rows in several(pairs).items()}
