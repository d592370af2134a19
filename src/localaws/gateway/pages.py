"""Operations of API Gateway, each with AWS's page of it."""

from __future__ import annotations

from collections.abc import Callable

from localaws.api.registry import Handler, operation

REST, HTTP = "apigateway", "apigatewayv2"
DOCS = "https://docs.aws.amazon.com"
PAGES = {
    REST: f"{DOCS}/apigateway/latest/api/API_%s.html",
    HTTP: f"{DOCS}/goto/WebAPI/apigatewayv2-2018-11-29/%s",
}


def rest(name: str) -> Callable[[Handler], Handler]:
    """Register a function as an operation of REST APIs."""
    return _cited(REST, name)


def http(name: str) -> Callable[[Handler], Handler]:
    """Register a function as an operation of HTTP APIs."""
    return _cited(HTTP, name)


def _cited(service: str, name: str) -> Callable[[Handler], Handler]:
    """Register a function; its documentation names AWS's page, as all others do."""

    def register(function: Handler) -> Handler:
        sentence = (function.__doc__ or "").partition("\n\n")[0]
        function.__doc__ = f"{sentence}\n\n{PAGES[service] % name}"
        return operation(name, service)(function)

    return register
