"""Invoke, and the Runtime API by which a function's process gets its events."""

from __future__ import annotations

import base64
from typing import Any

from werkzeug.wrappers import Request, Response

from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context, operation, page
from localaws.bounds import TooLong
from localaws.functions import records, topics, trace
from localaws.functions.instance import START, Instance
from localaws.functions.invocation import Called, Functions, event_of
from localaws.functions.later import Later
from localaws.functions.queues import Queues
from localaws.machine.files import remove

SYNCHRONOUS = 6 * 1024 * 1024  # bytes of an event that somebody waits for
ASYNCHRONOUS = 1024 * 1024  # of another one
JSON = "application/json"


def setup(context: Context) -> None:
    """Run functions; the files of those of an earlier server are of no use."""
    remove(context.folder / "functions")
    functions = context.add(Functions(context))
    later = context.add(Later(functions))
    records.setup(functions, later)
    topics.setup(later)
    trace.setup()
    queues = Queues(functions)
    for start in (functions.pool.start, later.start, queues.start):
        context.on_start(start)
    for close in (functions.pool.close, later.close, queues.close):
        context.on_close(close)


@operation("Invoke", "lambda")
def invoke(call: Call) -> Response:
    """Run a function on an event, and wait for what it answers.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    functions = call.context.part(Functions)
    kind = call.input.get("InvocationType", "RequestResponse")
    called = functions.find(
        call.input["FunctionName"], call.input.get("Qualifier"), call.region
    )
    most = ASYNCHRONOUS if kind == "Event" else SYNCHRONOUS
    body = _body(call.request, most)
    _ = called.plan  # or it raises why it would not run
    if kind == "DryRun":
        return Response(status=204)
    if kind == "Event":
        return _later(call, called, body, _client_context(call))
    event = event_of(body, called.arn, _client_context(call))
    outcome = functions.call(called, event)
    headers = {"X-Amz-Executed-Version": outcome.version}
    if outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if call.input.get("LogType") == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log.encode()).decode()
    headers["x-amzn-RequestId"] = event.request_id
    return Response(outcome.body, 200, headers, content_type=JSON)


@operation("InvokeAsync", "lambda")
def invoke_async(call: Call) -> Response:
    """Run a function on an event some time; Invoke with the type Event replaces this.

    https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
    """
    called = call.context.part(Functions).find(
        call.input["FunctionName"], None, call.region
    )
    _ = called.plan  # or it raises why it would not run
    return _later(call, called, _body(call.request, ASYNCHRONOUS))


def _later(
    call: Call, called: Called, body: bytes, client_context: str = ""
) -> Response:
    event = event_of(body, called.arn, client_context)
    call.context.part(Later).put(call.region, event)
    return Response(status=202, headers={"x-amzn-RequestId": event.request_id})


def _body(request: Request, most: int) -> bytes:
    try:
        return validation.read(request.environ, most)
    except TooLong:
        text = f"Request must be smaller than {most} bytes for the InvokeFunction"
        code = "RequestTooLargeException"
        raise ServiceError(code, f"{text} operation", 413) from None


def _client_context(call: Call) -> str:
    given = call.input.get("ClientContext", "")
    try:
        return base64.b64decode(given).decode()
    except ValueError:
        text = "Client context must be a valid Base64-encoded JSON object."
        raise ServiceError("InvalidRequestContentException", text) from None


_API = r"/_runtime/(?P<token>[\w-]{20,60})/2018-06-01/runtime"


@page(rf"{_API}/invocation/next", locked=False)
def next_event(context: Context, request: Request, region: str, token: str) -> Response:
    """Give a function's process its next event, when there is one."""
    instance = _instance(context, token)
    event = instance.next()
    if event is None:
        return Response("it has ended", 410)
    headers: dict[str, Any] = {
        "Lambda-Runtime-Aws-Request-Id": event.request_id,
        "Lambda-Runtime-Deadline-Ms": str(instance.remaining()),
        "Lambda-Runtime-Invoked-Function-Arn": event.arn,
        "Lambda-Runtime-Trace-Id": event.trace,
        "Lambda-Runtime-Client-Context": event.client_context,
    }
    given = {name: value for name, value in headers.items() if value}
    return Response(event.body, 200, given, content_type=JSON)


@page(
    rf"{_API}/(?P<place>init|invocation/[\w-]+)/(?P<kind>response|error)", locked=False
)
def answer(
    context: Context, request: Request, region: str, token: str, place: str, kind: str
) -> Response:
    """Take what a function's process answers to an event, or says of its start."""
    instance = _instance(context, token)
    number = place.partition("/")[2] or START
    body = validation.read(request.environ, validation.MAX_OTHER)
    taken = instance.answer(number, body, kind == "error")
    return Response('{"status": "OK"}', 202 if taken else 400, content_type=JSON)


def _instance(context: Context, token: str) -> Instance:
    found = context.part(Functions).pool.by_token(token)
    if found is None:
        raise ServiceError("AccessDeniedException", "No function has this token.", 403)
    return found
