"""Answers in parts: InvokeEndpointWithResponseStream and its event-stream frames.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from zlib import crc32

from werkzeug.wrappers import Response

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, operation
from localaws.endpoints.invocation import MAX_MESSAGE, Invocation, opened, timeout
from localaws.endpoints.request import accepted, headers_of, read_body
from localaws.models.workers import Reply, StreamBroken
from localaws.serving.exchange import STREAM

KIND = "application/vnd.amazon.eventstream"
TYPE = "X-Amzn-SageMaker-Content-Type"
Parts = Generator[Reply, None, None]
STRING = 7  # the type of a header's value


@operation("InvokeEndpointWithResponseStream", "sagemaker-runtime")
def stream(call: Call) -> Response:
    """Return the model's answer in parts, each as soon as the model sends it."""
    started = time.perf_counter()
    name = accepted(call)
    body = read_body(call.request)
    headers = headers_of(call.request)
    if accept := call.input.get("Accept"):
        headers["Accept"] = accept
    with ExitStack() as stack:
        invocation = stack.enter_context(opened(call, name, body))
        stack.enter_context(invocation.counted(started))
        reply, parts = begin(invocation, body, headers)
        kind = reply.content_type
        stack.callback(parts.close)
        rest = stack.pop_all()  # closed when the last part is sent
        response = Response(
            events(invocation, parts, rest),
            headers={**invocation.headers(reply), TYPE: kind},
            content_type=KIND,
        )
        response.call_on_close(rest.close)
        return response


def begin(
    invocation: Invocation, body: bytes, headers: dict[str, str]
) -> tuple[Reply, Parts]:
    """Return the head of the last container's answer, and what yields its parts.

    Errors before the first part are those of InvokeEndpoint.
    """
    *before, last = invocation.chain
    body, headers = invocation.passed_through(before, body, headers)
    container = invocation.instance.containers[last]
    worker = invocation.instance.workers[last]
    with invocation.translated(container):
        headers = {**headers, STREAM: "yes"}
        parts = worker.stream("/invocations", body, headers, timeout(container))
        head = next(parts)
        if not 200 <= head.status < 300:
            text = _beginning(parts).decode("utf-8", "replace")
            raise invocation.model_error(container, head.status, text)
    return head, parts


def _beginning(parts: Parts) -> bytes:
    """Return what a container says of its failure, or enough of it."""
    said = b""
    for part in parts:
        said += part.body
        if len(said) > MAX_MESSAGE:
            parts.close()
    return said


def events(invocation: Invocation, parts: Parts, rest: ExitStack) -> Iterator[bytes]:
    """Yield each part as an event; an error in the middle is the last event."""
    container = invocation.instance.containers[invocation.chain[-1]]
    with rest:
        try:
            with invocation.translated(container):
                for part in parts:
                    yield event("PayloadPart", part.body)
        except StreamBroken:
            yield error("StreamBroken", f"The {container.name} container failed.")
        except ServiceError as failed:
            late = failed.code == "ModelError"
            code = "ModelInvocationTimeExceeded" if late else "StreamBroken"
            yield error(code, failed.message)


def event(name: str, payload: bytes) -> bytes:
    """Return an event of the stream."""
    names = {":event-type": name, ":content-type": "application/octet-stream"}
    return frame({":message-type": "event", **names}, payload)


def error(code: str, message: str) -> bytes:
    """Return a ModelStreamError as an event."""
    names = {":exception-type": "ModelStreamError", ":content-type": "application/json"}
    payload = json.dumps({"Message": message, "ErrorCode": code}).encode()
    return frame({":message-type": "exception", **names}, payload)


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """Return one message: lengths and their checksum, headers, payload, checksum.

    https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
    """
    packed = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", STRING, len(value.encode()))
        + value.encode()
        for name, value in headers.items()
    )
    lengths = struct.pack("!II", 16 + len(packed) + len(payload), len(packed))
    message = lengths + struct.pack("!I", crc32(lengths)) + packed + payload
    return message + struct.pack("!I", crc32(message))
