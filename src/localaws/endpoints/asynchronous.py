"""InvokeEndpointAsync: a request is queued, and its answer will be in S3."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

from localaws.api.registry import Call, Context, operation
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.invocation import existing
from localaws.endpoints.request import accepted, headers_of, invalid, read_body
from localaws.endpoints.waiting import Waiting
from localaws.records.s3 import address

MAX_INLINE = 128_000  # bytes of a request's own body


@operation("InvokeEndpointAsync", "sagemaker-runtime")
def invoke(call: Call) -> dict[str, str]:
    """Queue a request, and answer 202 with the place in S3 where its answer will be.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
    """
    name, context = accepted(call), call.context
    body = read_body(call.request)
    check_input(call.input.get("InputLocation"), body)
    members = {"InferenceId": str(uuid.uuid4()), **call.input}
    with context.part(Fleet).use(call.region, name) as deployment:
        config = existing(deployment, context, name).config.get("AsyncInferenceConfig")
        if config is None:
            raise invalid(
                f"Endpoint {name} is a real-time endpoint: use InvokeEndpoint."
            )
        output = config["OutputConfig"]
        places = locations(output, members)
        sent = members, headers_of(call.request), body
        waits = Waiting(context, call.region, name, *sent, places, output)
        waits.keep()
    _enqueue(waits, config)
    answer = {"InferenceId": members["InferenceId"]}
    names = {"OUTPUT": "OutputLocation", "FAILURE": "FailureLocation"}
    return answer | {names[side]: place for side, place in places.items()}


def waiting(context: Context, region: str, name: str) -> list[Waiting]:
    """Return what an endpoint had accepted when an earlier server ended, in its order.

    A request that was under way then is among them: it will be asked once more.
    """
    files = sorted(context.part(Fleet).queue(region, name).glob("*.json"))
    records = [json.loads(file.read_text()) for file in files]
    for record in records:
        record["body"] = base64.b64decode(record["body"])
    return [Waiting(context, region, name, **record) for record in records]


def resume(found: list[Waiting]) -> None:
    """Queue the requests again that `waiting` found, if their endpoint is back."""
    for one in found:
        with one.fleet.use(one.region, one.name) as deployment:
            if deployment:
                _enqueue(one, deployment.config.get("AsyncInferenceConfig", {}))


def _enqueue(one: Waiting, config: dict[str, Any]) -> None:
    workers = config.get("ClientConfig", {}).get("MaxConcurrentInvocationsPerInstance")
    one.fleet.backlogs.add(one.region, one.name, one.run, workers, one.instances)


def check_input(location: str | None, body: bytes) -> None:
    """Raise `ValidationError` where a request names no input, two, or a wrong one."""
    if (location is not None) == bool(body):
        raise invalid("Exactly one of InputLocation and Body is required.")
    if len(body) > MAX_INLINE:
        raise invalid(
            "1 validation error detected: Value at 'body' failed to satisfy "
            f"constraint: Member must have length less than or equal to {MAX_INLINE}"
        )
    try:
        if location is not None:
            address(location)
    except ValueError as error:
        raise invalid(f"InputLocation {error}") from None


def locations(config: dict[str, Any], members: dict[str, Any]) -> dict[str, str]:
    """Return the S3 addresses of an answer and, where asked for, of a failure."""
    name = str(uuid.uuid4())
    file = members.get("Filename", f"{name}.out")
    extension = members.get("S3OutputPathExtension", "").strip("/")
    below = f"{extension}/{file}" if extension else file
    places = {"OUTPUT": f"{config['S3OutputPath'].rstrip('/')}/{below}"}
    if path := config.get("S3FailurePath"):
        places["FAILURE"] = f"{path.rstrip('/')}/{name}-error.out"
    return places
