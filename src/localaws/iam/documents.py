"""Policy documents as somebody wrote them: read, and refused where they are none."""

from __future__ import annotations

import json
from typing import Any

from localaws.iam.policy import Document

LONGEST = 131_072  # characters of a document
LONGEST_TEXT = 4096  # of one action, resource or value; an ARN has 2,048 at most
_TEXTS = ("Action", "NotAction", "Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")


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
