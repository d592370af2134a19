"""What serves requests, put together once in a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from localaws.api.registry import Context
from localaws.gateway.authorizers import Authorizers
from localaws.gateway.documents import Document, Documents
from localaws.gateway.metrics import Metrics
from localaws.gateway.routes import Routes
from localaws.gateway.targets import Targets
from localaws.gateway.usage import Usage

MOST = 10 * 1024 * 1024  # bytes of a request
KEPT = 1000  # APIs whose routes are kept ready


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
