"""Lambda steps: a function is invoked through Lambda's own API, and its answer read.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.bounds import TooLong, whole
from localaws.pipelines.definition import Step

MOST = 6 * 1024 * 1024  # bytes of an answer


@dataclass(frozen=True)
class Answer:
    """What a function said: the outputs of the step, or why it failed."""

    outputs: dict[str, Any] = field(default_factory=dict)
    failure: str = ""


def invoke(client: Any, step: Step, function: str, arguments: dict[str, Any]) -> Answer:
    """Return what a function answers to the arguments of a step."""
    try:
        said = client.invoke(
            FunctionName=function, Payload=json.dumps(arguments).encode()
        )
        body = whole(said["Payload"], MOST).decode(errors="replace")
    except ClientError as error:
        text = error.response["Error"].get("Message") or str(error)
        return Answer(failure=f"ClientError: Failed to invoke {function}: {text}")
    except (BotoCoreError, TooLong) as error:
        return Answer(failure=f"ClientError: Failed to invoke {function}: {error}")
    if "FunctionError" in said:
        return Answer(failure=f"ClientError: {function} failed: {body[:800]}")
    return _read(step, function, body)


def _read(step: Step, function: str, body: str) -> Answer:
    """Return the outputs that the step declares, out of the function's answer."""
    wanted = [one["OutputName"] for one in step.whole.get("OutputParameters") or []]
    try:
        found = json.loads(body or "null")
    except ValueError:
        found = None
    if not wanted:
        return Answer()
    if not isinstance(found, dict):
        return Answer(
            failure=f"ClientError: {function} answered no object of JSON: {body[:200]}"
        )
    missing = [name for name in wanted if name not in found]
    if missing:
        return Answer(
            failure=f"ClientError: {function} answered without {', '.join(missing)}"
        )
    return Answer({name: found[name] for name in wanted})
