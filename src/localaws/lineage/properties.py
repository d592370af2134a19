"""Properties of records as Search names them: "HyperParameters.rate", "Tags.team".

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.model import Shape

from localaws.api.errors import invalid

NUMBERS = ("integer", "long", "float", "double")
GUESSED = "guessed"  # the type of texts that are numbers where they look like some


@dataclass(frozen=True)
class Property:
    """A property of a resource: where it stands, and what it holds."""

    name: str
    path: tuple[str, ...]  # a key of a map may have dots
    type: str  # as botocore's shapes, or GUESSED

    def values(self, record: Any) -> list[Any]:
        """Return what a record has there: several of a list, none where it lacks it."""
        return list(_values(record, self.path))

    def read(self, text: str) -> Any:
        """Return the value of a filter as one that can be compared with a record's."""
        if self.type in NUMBERS:
            return _number(text, self.name)
        if self.type == "timestamp":
            return _time(text, self.name)
        if self.type == "boolean":
            return _truth(text, self.name)
        return text


def find(shape: Shape, name: str, resource: str) -> Property:
    """Return the property of a name; ValidationException where there is none."""
    parts = name.split(".")
    path: list[str] = []
    if parts[0] in ("Tags", "Metrics") and len(parts) > 1:
        kind = GUESSED if parts[0] == "Tags" else "double"
        return Property(name, (parts[0], ".".join(parts[1:])), kind)
    for place, part in enumerate(parts):
        while shape.type_name == "list":
            shape = shape.member
        if shape.type_name == "map":
            rest = ".".join(parts[place:])
            return Property(name, (*path, rest), GUESSED)
        if shape.type_name != "structure" or part not in shape.members:
            raise invalid(f'{resource} has no property "{name}" that Search knows.')
        shape = shape.members[part]
        path.append(part)
    while shape.type_name == "list":
        shape = shape.member
    return Property(name, tuple(path), shape.type_name)


def searched(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with tags and metrics by their names."""
    metrics = record.get("FinalMetricDataList", ())
    return {
        **record,
        "Tags": {tag["Key"]: tag["Value"] for tag in record["_tags"]},
        "Metrics": {metric["MetricName"]: metric["Value"] for metric in metrics},
    }


def _values(value: Any, path: Iterable[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from _values(one, path)
        return
    path = tuple(path)
    if not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise invalid(f'The Value "{text}" is no number, as "{name}" is.') from None


def _time(text: str, name: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(
            f'The Value "{text}" is no time, as "{name}" is: write it such as '
            '"2026-01-31T12:00:00".'
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _truth(text: str, name: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise invalid(
            f'The Value "{text}" is neither "true" nor "false", as "{name}" is.'
        )
    return text.lower() == "true"
