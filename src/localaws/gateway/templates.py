"""Mapping templates and parameters, as far as they only put values into a text.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_NAME = r"[A-Za-z_][\w-]*"
# What a template may refer to; all else of the Velocity language is refused.
_REFERENCE = re.compile(
    rf"\$!?(?P<brace>\{{)?(?:(?P<root>context|stageVariables)(?P<path>(?:\.{_NAME})+)"
    rf"|input\.params\((?P<quote>['\"])(?P<param>[^'\"]+)(?P=quote)\)"
    r"|input\.(?P<body>body))(?(brace)\})"
)
_DIRECTIVE = re.compile(
    r"#(set|if|else|elseif|end|foreach|macro|include|parse|define|stop|break|evaluate)\b"
    r"|#[#*]"
)
_PLACE = re.compile(r"method\.request\.(header|querystring|path|body)\b\.?(.*)")


@dataclass(frozen=True)
class Variables:
    """What a template can refer to, of one request."""

    context: dict[str, Any]
    stage: dict[str, str]
    # Of the request: by header, querystring and path, each by name.
    params: dict[str, dict[str, str]]
    body: str


def unknown(template: str) -> str:
    """Return the first part of a template that is not followed here, or nothing."""
    if found := _DIRECTIVE.search(template):
        return found[0]
    rest = _REFERENCE.sub("", template)
    found = re.search(r"\$!?\{?[A-Za-z][\w.]*", rest)
    return found[0] if found else ""


def rendered(template: str, variables: Variables) -> str:
    """Return a template with the values that it refers to."""

    def value(match: re.Match[str]) -> str:
        found = _found(match, variables)
        return "" if found is None else str(found)

    return _REFERENCE.sub(value, template)


def _found(match: re.Match[str], variables: Variables) -> Any:
    if match["body"]:
        return variables.body
    if match["param"]:
        for place in ("path", "querystring", "header"):
            rows = variables.params.get(place, {})
            if (found := _named(rows, match["param"], place)) is not None:
                return found
        return None
    known: Any = variables.context if match["root"] == "context" else variables.stage
    for name in match["path"].lstrip(".").split("."):
        known = known.get(name) if isinstance(known, dict) else None
    return known


def value(text: str, variables: Variables) -> str | None:
    """Return what a mapped parameter is: `'text'`, or the place of a value."""
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    if text.startswith(("context.", "stageVariables.")):
        found = rendered(f"${text}", variables)
        return found or None
    if match := _PLACE.fullmatch(text):
        place, name = match.groups()
        if place == "body":
            return variables.body
        return _named(variables.params.get(place, {}), name, place)
    return None


def understood(text: str) -> bool:
    """Return whether a mapped parameter is one that `value` can find."""
    static = len(text) > 1 and text[0] == text[-1] == "'"
    known = re.fullmatch(rf"(context|stageVariables)(\.{_NAME})+", text)
    return bool(static or known or _PLACE.fullmatch(text))


def _named(rows: dict[str, str], name: str, place: str) -> str | None:
    if place != "header":
        return rows.get(name)
    lower = name.lower()
    return next((rows[each] for each in rows if each.lower() == lower), None)
