"""moto's own application: it answers what no service of this server's does."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.wrappers import Response

# What moto would answer for SageMaker. Its own pages are for an open door alone.
HIDDEN = ("sagemaker", "sagemakerruntime", "sagemakermetrics")


class Moto(DomainDispatcherApplication):
    """moto's services, less those that would answer in place of ours."""

    def __init__(self, open_door: bool) -> None:
        super().__init__(backend_app)
        self.hidden = HIDDEN if open_door else (*HIDDEN, "moto_api")

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return moto's name of a service; NotImplementedError where it has none."""
        found = super().get_backend_for_host(host)
        if host and (found is None or found in self.hidden):
            raise NotImplementedError(f'the service "{host.partition(".")[0]}"')
        return found


def is_page(response: Response) -> bool:
    """Return whether an answer is the page of a web server that knows no such path."""
    missing = response.status_code in (404, 405) and response.mimetype == "text/html"
    return missing and response.get_data().lower().startswith(b"<!doctype html")


def backend_app(service: Any) -> Any:
    """Return moto's application of a service, without the debugging of Flask.

    In that mode each request gets a class of its own, which refers to the request: its
    body, megabytes, stays until garbage is collected.
    """
    app = create_backend_app(service)
    app.debug = False
    app.config["PROPAGATE_EXCEPTIONS"] = True  # to where they become an answer
    return app
