"""IAM policies: which statements concern a request, and what they decide together."""

from __future__ import annotations

import datetime
import fnmatch
import functools
import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Document = Mapping[str, Any]
LONGEST = 163_840  # characters of a document; of AWS's own the longest has 156,916
LONGEST_TEXT = 4096  # of one action, resource or value; an ARN has 2,048 at most
_TEXTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
Keys = Mapping[str, Sequence[str]]  # the context of a request: names in lower case

ALLOWED, DENIED, SILENT = "allowed", "explicitDeny", "implicitDeny"

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class Question:
    """What a caller wants to do; `principals` are the names that mean the caller."""

    action: str
    resource: str = "*"
    keys: Keys = field(default_factory=dict)
    principals: frozenset[str] = frozenset()


def decide(documents: Iterable[Document], question: Question) -> str:
    """Return "allowed", "explicitDeny" or "implicitDeny": a denial wins.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in _list(document.get("Statement"))
        if _concerns(statement, question)
    }
    return DENIED if "Deny" in effects else ALLOWED if "Allow" in effects else SILENT


def missing(documents: Iterable[Document], keys: Keys) -> list[str]:
    """Return the context keys that conditions ask for and that are not given."""
    asked = {
        name
        for document in documents
        for statement in _list(document.get("Statement"))
        for names in statement.get("Condition", {}).values()
        for name in names
    }
    return sorted(name for name in asked if name.lower() not in keys)


def _concerns(statement: Document, question: Question) -> bool:
    """Return whether a statement speaks of this request.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """
    keys = question.keys

    def any_like(texts: Any, value: str) -> bool:
        return any(like(_filled(text, keys), value) for text in _list(texts))

    for name, value in (("Action", question.action.lower()), ("Resource", None)):
        lower = str.lower if name == "Action" else str
        value = question.resource if value is None else value
        given = [lower(text) for text in _list(statement.get(name))]
        others = [lower(text) for text in _list(statement.get(f"Not{name}"))]
        if given and not any_like(given, value):
            return False
        if others and any_like(others, value):
            return False
    if "Principal" in statement and not _is_meant(statement["Principal"], question):
        return False
    if "NotPrincipal" in statement and _is_meant(statement["NotPrincipal"], question):
        return False
    return all(
        _holds(operator, name, _list(wanted), keys)
        for operator, pairs in statement.get("Condition", {}).items()
        for name, wanted in pairs.items()
    )


def _is_meant(principal: Any, question: Question) -> bool:
    """Return whether a Principal element names the caller.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if principal == "*":
        return True
    service = any(name.endswith(".amazonaws.com") for name in question.principals)
    for kind, names in principal.items():
        for name in _list(names):
            if name in question.principals:
                return True
            if kind == "AWS" and name == "*" and not service:
                return True
    return False


@functools.lru_cache(4096)
def _pattern(text: str) -> re.Pattern[str]:
    """What fnmatch makes of it never goes back behind a `*`: no text takes long."""
    return re.compile(fnmatch.translate(text.replace("[", "[[]")))


def like(pattern: str, text: str) -> bool:
    """Return whether `text` matches a pattern with `*` and `?`."""
    return _pattern(pattern).fullmatch(text) is not None


def _filled(text: str, keys: Keys) -> str:
    """Put the values of policy variables into a pattern, as plain text.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """

    def value(match: re.Match[str]) -> str:
        if match[1] in ("*", "?", "$"):
            return match[1]
        name, _, default = match[1].partition(",")
        given = keys.get(name.strip().lower(), ())
        return given[0] if len(given) == 1 else default.strip(" '") or match[0]

    return _VARIABLE.sub(value, text) if "${" in text else text


def _holds(operator: str, name: str, wanted: list, keys: Keys) -> bool:
    """Return whether one condition holds.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    quantity, _, kind = operator.rpartition(":")
    given = keys.get(name.lower())
    if kind == "Null":
        return (given is None) == (str((wanted or [""])[0]).lower() == "true")
    optional = kind.endswith("IfExists")
    kind = kind.removesuffix("IfExists")
    negative = "Not" in kind
    test = _TESTS.get(kind.replace("Not", ""))
    if test is None:
        return False
    if given is None:
        return optional or negative or quantity == "ForAllValues"
    texts = [_filled(str(text), keys) for text in wanted]

    def fits(value: str) -> bool:
        return any(_try(test, text, value) for text in texts) != negative

    some = any if quantity == "ForAnyValue" or not (quantity or negative) else all
    return some(fits(value) for value in given)


def _try(test: Callable[[str, str], bool], wanted: str, given: str) -> bool:
    try:
        return test(wanted, given)
    except ValueError:  # not a number, a date or an address
        return False


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        utc = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        return utc.timestamp()


def _comparisons(name: str, number: Callable[[str], float]) -> dict[str, Any]:
    return {
        f"{name}Equals": lambda wanted, given: number(given) == number(wanted),
        f"{name}LessThan": lambda wanted, given: number(given) < number(wanted),
        f"{name}LessThanEquals": lambda wanted, given: number(given) <= number(wanted),
        f"{name}GreaterThan": lambda wanted, given: number(given) > number(wanted),
        f"{name}GreaterThanEquals": lambda wanted, given: (
            number(given) >= number(wanted)
        ),
    }


def _in_network(wanted: str, given: str) -> bool:
    network = ipaddress.ip_network(wanted, strict=False)
    return ipaddress.ip_address(given) in network


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, given: wanted == given,
    "StringEqualsIgnoreCase": lambda wanted, given: wanted.lower() == given.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, given: wanted.lower() == given.lower(),
    "IpAddress": _in_network,
    **_comparisons("Numeric", float),
    **_comparisons("Date", _moment),
}


def _list(value: Any) -> list:
    """Return the values of an element that may be one value, a list or absent."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def read(text: str) -> Document:
    """Return a policy document; ValueError, in words, for a text that is none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if len(text) > LONGEST:
        raise ValueError(f"it has more than {LONGEST:,} characters")
    try:
        document = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"it is not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise ValueError("it must be a JSON object with a Statement")
    statements = document.get("Statement", [])
    for one in statements if isinstance(statements, list) else [statements]:
        _check_statement(one)
    return document


def stored(text: str | bytes) -> Document:
    """Return a document that is kept; one that is none allows and denies nothing."""
    try:
        return read(text if isinstance(text, str) else text.decode())
    except ValueError:
        return {}


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict):
        raise ValueError("a Statement must be an object, or a list of objects")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise ValueError('the Effect of a Statement must be "Allow" or "Deny"')
    for name in _TEXTS:
        _check_texts(name, statement.get(name, []))
    for name in _PRINCIPALS:
        _check_principal(name, statement.get(name, "*"))
    _check_condition(statement.get("Condition", {}))


def _check_principal(name: str, value: Any) -> None:
    if value == "*":
        return
    if not isinstance(value, dict):
        raise ValueError(f'{name} must be "*" or an object such as {{"AWS": "*"}}')
    for kind, names in value.items():
        _check_texts(f"{name}.{kind}", names)


def _check_condition(value: Any) -> None:
    if not isinstance(value, dict):
        raise ValueError("Condition must be an object")
    for operator, pairs in value.items():
        if not isinstance(pairs, dict):
            raise ValueError(f'"{operator}" of a Condition must be an object')
        for key, wanted in pairs.items():
            _check_texts(f"Condition.{operator}.{key}", wanted, (str, int, float))


def _check_texts(name: str, value: Any, kinds: tuple[type, ...] = (str,)) -> None:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(one, kinds) for one in values):
        raise ValueError(f"{name} must be a text or a list of texts")
    if any(len(str(one)) > LONGEST_TEXT for one in values):
        raise ValueError(f"{name} has a text of more than {LONGEST_TEXT:,} characters")
