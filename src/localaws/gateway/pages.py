"""Operations of API Gateway, each with AWS's page of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localaws.api.registry import Call, Handler, operation

REST, HTTP = "apigateway", "apigatewayv2"
# How what an API has is made, described, listed, changed and deleted.
FIVE = {
    "Create{}": "Make",
    "Get{}": "Describe",
    "Get{}s": "List the likes of",
    "Update{}": "Change",
    "Delete{}": "Delete",
}
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


def five(service: str, name: str, words: str, *ways: Callable[[Call], Any]) -> None:
    """Register the operations of a kind of what an API has, in the order of FIVE."""
    for (pattern, verb), function in zip(FIVE.items(), ways, strict=True):
        function.__doc__ = f"{verb} {words}."
        _cited(service, pattern.format(name))(function)
