"""Buckets and their policies: what moto takes, and could not work with afterwards."""

from __future__ import annotations

import re
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.iam import policy
from localaws.neighbours.guards import guard
from localaws.records.s3 import place

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_NAME = re.compile(r"(?!.*\.\.)(?!\d+(\.\d+){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NEEDED = ("Principal", "Action", "Resource")


@guard("s3", "CreateBucket")
def refuse_bad_names(call: Call) -> None:
    """Refuse a name that no bucket of S3 has; here it would name a folder as well."""
    name, _ = place(call.request.environ)
    if not _NAME.fullmatch(name):
        text = (
            f'The specified bucket is not valid: "{name[:100]}". A name has 3 to 63 '
            "lower-case letters, digits, dots and hyphens, and begins and ends with a "
            "letter or digit."
        )
        raise ServiceError("InvalidBucketName", text)


@guard("s3", "PutBucketPolicy")
def refuse_bad_policies(call: Call) -> None:
    """Refuse a policy that cannot be decided: every later request would ask it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
    """
    try:
        statements = policy.read(_text(call.input["Policy"])).get("Statement", [])
        found = statements if isinstance(statements, list) else [statements]
        if not found:
            raise ValueError("it has no Statement")
        for statement in found:
            for name in _NEEDED:
                if not statement.get(name) and not statement.get(f"Not{name}"):
                    raise ValueError(f"a Statement has no {name}")
    except ValueError as error:
        text = f"Policies must be valid JSON and as IAM writes them: {error}."
        raise ServiceError("MalformedPolicy", text) from None


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else body
