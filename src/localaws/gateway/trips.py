"""A request on its way through an API, and what is noted of it at the end."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from localaws.gateway.documents import Document
from localaws.gateway.inbound import Inbound
from localaws.gateway.metrics import Answered, Metrics

_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w.]*)")


@dataclass
class Trip:
    """A request, and where it has come to."""

    region: str
    api: Document  # as it was when it was deployed
    stage: str
    variables: dict[str, str]  # of the stage
    inbound: Inbound
    counted: tuple[str, str] = ("", "")  # how metrics call the API: "ApiName", its name
    log: tuple[str | None, str | None] = (None, None)  # an ARN, and how a line looks
    begun: float = field(default_factory=time.monotonic)
    behind: float | None = None  # seconds in the integration
    why: str = ""  # what went wrong behind it, for the log of a test

    def end(self, metrics: Metrics, response: Response) -> None:
        """Note the answer, in metrics and in the access log of the stage."""
        took, status = time.monotonic() - self.begun, response.status_code
        names = (self.counted, ("Stage", self.stage))
        of_http = self.counted[0] == "ApiId"
        metrics.note(Answered(self.region, names, of_http, status, took, self.behind))
        place, form = self.log
        if place and form:
            known = self._known(response, took)
            text = _VARIABLE.sub(lambda found: _shown(known, found[1]), form)
            group = place.split(":log-group:")[-1].removesuffix(":*")
            stream = f"{known['apiId']}_{self.stage}"
            metrics.line(self.region, group, stream, text)

    def _known(self, response: Response, took: float) -> dict[str, Any]:
        """Return the variables that an access log may name.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
        """
        status = response.status_code
        milliseconds = None if self.behind is None else int(self.behind * 1000)
        return {
            **self.inbound.context,
            "status": status,
            "responseLength": response.calculate_content_length() or 0,
            "responseLatency": int(took * 1000),
            "integrationLatency": milliseconds,
            "integration": {"latency": milliseconds},
            "integrationStatus": status if self.behind is not None else None,
        }


def _shown(known: Any, path: str) -> str:
    """Return a variable as an access log has it; a dash where there is none."""
    for name in path.rstrip(".").split("."):
        known = known.get(name) if isinstance(known, dict) else None
    return "-" if known is None else str(known).replace("\n", " ")
