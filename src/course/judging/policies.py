"""Reads an answer as a policy of IAM, and what the policy itself names."""

from __future__ import annotations

import json
from typing import Any

from course.judging.words import Wrong, expect
from localaws.iam import policy


def as_policy(document: Any) -> policy.Document:
    """The policy as IAM would take it; Wrong where it is none."""
    from moto.iam.exceptions import MalformedPolicyDocument
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    try:
        text = document if isinstance(document, str) else json.dumps(document)
        found = policy.read(text)
    except (TypeError, ValueError) as error:
        raise Wrong(f"IAM would not take this policy: {error}.") from None
    expect(
        found.get("Version") == "2012-10-17",
        'the Version of the language is "2012-10-17".',
    )
    for one in listed(found.get("Statement")):
        expect("Principal" not in one, "whose policy this is, it does not say itself.")
    try:
        IAMPolicyDocumentValidator(text).validate()
    except MalformedPolicyDocument as error:
        raise Wrong(f"IAM would not take this policy: {error.message}") from None
    return found


def listed(value: Any) -> list:
    """What stands alone or in a list, as a list."""
    return value if isinstance(value, list) else [value] if value else []


def named(document: policy.Document, *elements: str) -> list[str]:
    """What a policy itself names in these elements; a wildcard becomes a letter."""
    return [
        str(text).replace("*", "x").replace("?", "x")
        for statement in listed(document.get("Statement"))
        for element in elements
        for text in listed(statement.get(element))
    ]
