"""A page of a list: what SageMaker's List operations share."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, NamedTuple

from localaws.api.errors import invalid


class Row(NamedTuple):
    """A record as a list finds it: the text on disk, and what it is sorted by."""

    name: str
    created: float  # seconds since 1970
    modified: float
    status: str  # empty where the kind has none
    text: str  # the whole record as JSON


def page(
    rows: Iterable[Row], request: dict[str, Any], order: str
) -> tuple[list[Row], dict[str, str]]:
    """Return the rows that a List request asks for, and the `NextToken` part.

    NameContains, StatusEquals, CreationTimeAfter, ..., SortBy, SortOrder, MaxResults,
    NextToken; `order` is the operation's own SortOrder.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
    """
    by = {"Name": "name", "Status": "status"}.get(request.get("SortBy", ""), "created")
    found = [row for row in rows if _matches(row, request)]
    found.sort(
        key=lambda row: (getattr(row, by), row.name),
        reverse=request.get("SortOrder", order) == "Descending",
    )
    part, more = cut([row.name for row in found], request)
    return found[part], more


def cut(names: list[str], request: dict[str, Any]) -> tuple[slice, dict[str, str]]:
    """Return where the page that a request asks for lies, and its `NextToken` part."""
    start = _start(names, request.get("NextToken"))
    end = start + request.get("MaxResults", 10)
    if end >= len(names):
        return slice(start, None), {}
    token = base64.urlsafe_b64encode(names[end - 1].encode()).decode()
    return slice(start, end), {"NextToken": token}


def count(text: str) -> int | None:
    """Return the number that a text says, of up to nine digits; None for any other."""
    plain = text.isascii() and text.isdigit() and len(text) < 10
    return int(text) if plain else None


def _start(names: list[str], token: str | None) -> int:
    if token is None:
        return 0
    try:
        last = base64.urlsafe_b64decode(token.encode()).decode()
    except ValueError:
        raise invalid(f'Invalid NextToken "{token}".') from None
    if last not in names:
        raise invalid(f'Invalid NextToken "{token}": list again from the start.')
    return names.index(last) + 1


def _matches(row: Row, request: dict[str, Any]) -> bool:
    if request.get("NameContains", "").lower() not in row.name.lower():
        return False
    if request.get("StatusEquals", row.status) != row.status:
        return False
    times = {"CreationTime": row.created, "LastModifiedTime": row.modified}
    return all(
        request.get(f"{name}After", 0.0) <= time
        and time <= request.get(f"{name}Before", float("inf"))
        for name, time in times.items()
    )
