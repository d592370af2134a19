"""Answers in parts: InvokeEndpointWithResponseStream and its event-stream frames.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from zlib import crc32

from werkzeug.wrappers import Request, Response

from localaws.errors import ServiceError
from localaws.invocation import (
    PATH,
    Call,
    accepted,
    headers_of,
    opened,
    read_body,
    timeout,
)
from localaws.operations import Context, route
from localaws.serving import STREAM
from localaws.workers import Reply, StreamBroken

KIND = "application/vnd.amazon.eventstream"
TYPE = "X-Amzn-SageMaker-Content-Type"
STRING = 7  # the type of a header's value


@route(PATH + "invocations-response-stream")
def stream(context: Context, request: Request, region: str, name: str) -> Response:
    """Return the model's answer in parts, each as soon as the model sends it."""
    started = time.perf_counter()
    members = accepted("InvokeEndpointWithResponseStream", request, name)
    body = read_body(request)
    headers = headers_of(request)
    if accept := members.get("Accept"):
        headers["Accept"] = accept
    with ExitStack() as stack:
        call = stack.enter_context(opened(context, region, name, members, body))
        stack.enter_context(call.counted(started))
        reply, parts = begin(call, body, headers)
        kind = reply.content_type
        stack.callback(parts.close)
        rest = stack.pop_all()  # closed when the last part is sent
        response = Response(
            events(call, parts, rest),
            headers={**call.headers(reply), TYPE: kind},
            content_type=KIND,
        )
        response.call_on_close(rest.close)
        return response


def begin(
    call: Call, body: bytes, headers: dict[str, str]
) -> tuple[Reply, Iterator[bytes]]:
    """Return the head of the last container's answer, and an iterator of its parts.

    Errors before the first part are those of InvokeEndpoint.
    """
    *before, last = call.chain
    reply = call.ask_all(before, body, headers)
    if reply is not None:
        kind = reply.content_type
        body, headers = reply.body, {**headers, "Content-Type": kind}
    container, worker = call.variant.containers[last], call.variant.workers[last]
    with call.translated(container):
        headers = {**headers, STREAM: "yes"}
        parts = worker.stream("/invocations", body, headers, timeout(container))
        head = next(parts)
        if not 200 <= head.status < 300:
            whole = Reply(head.status, head.headers, b"".join(parts))
            raise call.model_error(container, whole.status, whole.text)
    return head, parts


def events(call: Call, parts: Iterator[bytes], rest: ExitStack) -> Iterator[bytes]:
    """Yield each part as an event; an error in the middle is the last event."""
    container = call.variant.containers[call.chain[-1]]
    with rest:
        try:
            with call.translated(container):
                for part in parts:
                    yield event("PayloadPart", part)
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
