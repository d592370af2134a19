"""What a target receives: the event, a part of it, a text, or what is made of it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from typing import Any

Event = dict[str, Any]
Target = dict[str, Any]

WAYS = ("Input", "InputPath", "InputTransformer")
PATHS = 100  # of an InputPathsMap

_PLACE = re.compile(r"<([\w.-]+)>")
_STEP = r"(?:\.[\w/@-]+|\[(?:\d+|\*|'[^']*'|\"[^\"]*\")\]|\.\*)"
_PATH = re.compile(rf"\$({_STEP})*")
# Variables that are there without a path.
_GIVEN = ("rule-arn", "rule-name", "event", "event.json", "event.ingestion-time")
GIVEN = tuple(f"aws.events.{name}" for name in _GIVEN)


class BadTarget(ValueError):
    """What a target cannot be given; why."""


def check(target: Target) -> None:
    """Raise BadTarget where a target asks for what cannot be made of an event."""
    given = [way for way in WAYS if target.get(way) is not None]
    name = target["Id"]
    if len(given) > 1:
        one_of = "Input, InputPath or InputTransformer"
        raise BadTarget(f"Only one of {one_of} must be provided for target {name}.")
    if "Input" in given:
        _check_json(target["Input"], f"JSON syntax error in input for target {name}")
    if "InputPath" in given:
        _check_path(target["InputPath"])
    if "InputTransformer" in given:
        _check_transformer(target["InputTransformer"], name)


def _check_json(text: str, words: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadTarget(f"{words}: {error}") from None


def _check_path(path: str) -> None:
    if not _PATH.fullmatch(path):
        raise BadTarget(f"Invalid JSONPath provided: {path}")


def _check_transformer(given: dict[str, Any], name: str) -> None:
    paths, template = given.get("InputPathsMap") or {}, given["InputTemplate"]
    for key, path in paths.items():
        if key.upper().startswith("AWS"):
            raise BadTarget(f'Invalid InputTransformer: "{key}" begins with "AWS".')
        _check_path(path)
    if len(paths) > PATHS:
        raise BadTarget(f"Invalid InputTransformer: more than {PATHS} paths.")
    for place in _PLACE.findall(template):
        if place not in paths and place not in GIVEN:
            raise BadTarget(
                f"Invalid InputTemplate for target {name}: <{place}> has no path in "
                "InputPathsMap."
            )
    filled = _filled(template, dict.fromkeys((*paths, *GIVEN), 0))
    for line in [filled] if _is_json(filled) else filled.splitlines():
        if line.strip():
            _check_json(line, f"Invalid InputTemplate for target {name}")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def text_of(target: Target, event: Event, rule_arn: str) -> str:
    """Return what a target of a rule receives of an event."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath") is not None:
        return json.dumps(at(event, target["InputPath"]))
    if target.get("InputTransformer") is None:
        return json.dumps(event)
    transformer = target["InputTransformer"]
    paths = transformer.get("InputPathsMap") or {}
    name = rule_arn.rpartition("/")[2]
    given = (rule_arn, name, event, event, event["time"])
    values = dict(zip(GIVEN, given, strict=True))
    values |= {key: at(event, path) for key, path in paths.items()}
    return _filled(transformer["InputTemplate"], values)


def _filled(template: str, values: dict[str, Any]) -> str:
    """Return a template with its places filled; what is between quotes is text."""

    def fill(place: re.Match[str]) -> str:
        if place[1] not in values:
            return place[0]
        value = values[place[1]]
        before = template[: place.start()].replace('\\"', "")
        if before.count('"') % 2 == 0:
            return json.dumps(value)
        text = value if isinstance(value, str) else json.dumps(value)
        return json.dumps("" if value is None else text)[1:-1]

    return _PLACE.sub(fill, template)


def at(value: Any, path: str) -> Any:
    """Return the part of an event that a path such as "$.detail.x[0]" names.

    A star stands for all parts, which are a list then.
    """
    for number, step in enumerate(steps := re.findall(r"[^.\[\]$'\"]+", path)):
        if step == "*":
            parts = list(value.values()) if isinstance(value, dict) else value
            rest = "".join(f".{one}" for one in steps[number + 1 :])
            return [at(one, rest) for one in parts] if isinstance(parts, list) else None
        if isinstance(value, list):
            found = step.isdecimal() and int(step) < len(value)
            value = value[int(step)] if found else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
