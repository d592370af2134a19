"""What serves requests, put together once in a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from localaws.api.registry import Context
from localaws.gateway.authorizers import Authorizers
from localaws.gateway.documents import Document, Documents
from localaws.gateway.inbound import Inbound
from localaws.gateway.metrics import Answered, Metrics
from localaws.gateway.routes import Routes
from localaws.gateway.targets import Targets
from localaws.gateway.usage import Usage

MOST = 10 * 1024 * 1024  # bytes of a request
KEPT = 1000  # APIs whose routes are kept ready
_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w.]*)")


@dataclass
class Parts:
    """The parts of API Gateway, and the routes of what was asked for lately."""

    context: Context
    documents: Documents
    targets: Targets
    usage: Usage
    authorizers: Authorizers
    metrics: Metrics
    most: int = MOST
    _routes: dict[str, tuple[Document, Routes]] = field(default_factory=dict)

    def routes(
        self, key: str, api: Document, made: Callable[[Document], Routes]
    ) -> Routes:
        """Return the routes of an API; they are made anew when it has changed."""
        known = self._routes.get(key)
        if known is None or known[0] is not api:
            if len(self._routes) >= KEPT:
                self._routes.clear()
            known = api, made(api)
            self._routes[key] = known
        return known[1]


def arn_of(region: str, account: str, place: str) -> str:
    """Return the ARN of a method or a route, as policies name it."""
    return f"arn:aws:execute-api:{region}:{account}:{place}"


def finished(
    parts: Parts,
    region: str,
    names: tuple[tuple[str, str], ...],
    of_http: bool,
    inbound: Inbound,
    response: Response,
    seconds: tuple[float, float | None],
    log: tuple[str | None, str | None],
) -> None:
    """Note a request that was answered, in metrics and in the stage's access log.

    `seconds` are those of the request and of its integration, `log` is where the access
    log is, an ARN, and how a line looks.
    """
    took, behind = seconds
    status = response.status_code
    parts.metrics.note(Answered(region, names, of_http, status, took, behind))
    place, form = log
    if not (place and form):
        return
    milliseconds = None if behind is None else int(behind * 1000)
    more = {
        "status": status,
        "responseLength": response.calculate_content_length() or 0,
        "responseLatency": int(took * 1000),
        "integrationLatency": milliseconds,
        "integration": {"latency": milliseconds},
        "integrationStatus": status if behind is not None else None,
    }
    known = {**inbound.context, **more}
    text = _VARIABLE.sub(lambda found: _shown(known, found[1]), form)
    group = place.split(":log-group:")[-1].removesuffix(":*")
    parts.metrics.line(region, group, f"{known['apiId']}_{known['stage']}", text)


def _shown(known: Any, path: str) -> str:
    """Return a variable as an access log has it; a dash where there is none."""
    for name in path.rstrip(".").split("."):
        known = known.get(name) if isinstance(known, dict) else None
    return "-" if known is None else str(known).replace("\n", " ")
