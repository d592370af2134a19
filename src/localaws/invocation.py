"""Requests to endpoints: from the client through a variant's containers and back.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from werkzeug.wrappers import Request, Response

from localaws.containers import Container
from localaws.errors import ServiceError
from localaws.fleet import Deployment, Fleet, Variant
from localaws.operations import Context, route
from localaws.telemetry import LOG_GROUP
from localaws.workers import Reply, Worker, WorkerDown, WorkerLate

MAX_BODY = 6 * 1024 * 1024  # bytes
MAX_MESSAGE = 16 * 1024  # characters of a container's error that are passed on
TIMEOUT = 60.0  # seconds that a container may take
PREFIX = "x-amzn-sagemaker-"  # headers that go to the container, and come back
PATH = r"/endpoints/(?P<name>[^/]+)/"


@route(PATH + "invocations")
def invoke(context: Context, request: Request, region: str, name: str) -> Response:
    """Answer InvokeEndpoint."""
    started = time.perf_counter()
    if request.method != "POST":
        raise invalid(f"The method {request.method} is not allowed here.")
    body = _body(request)
    servers: Fleet = context.fleet
    with servers.use(region, name) as deployment:
        if deployment is None:
            raise invalid(f"Endpoint {name} of account {context.account} not found.")
        variant = _variant(deployment, request, name)
        return Call(context, servers, region, name, variant).run(request, body, started)


@route(PATH + r"(async-invocations|invocations-response-stream)")
def not_yet(context: Context, request: Request, region: str, name: str) -> Response:
    """Refuse what is not emulated.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointWithResponseStream.html
    """
    raise invalid("localaws does not emulate this kind of invocation yet.")


def invalid(message: str) -> ServiceError:
    """Return the runtime's error for a bad request."""
    return ServiceError("ValidationError", message)


@dataclass
class Call:
    """One request on its way through the containers of a variant."""

    context: Context
    servers: Fleet
    region: str
    name: str
    variant: Variant
    model_seconds: float = 0.0

    def run(self, request: Request, body: bytes, started: float) -> Response:
        """Return the answer of the last container; errors as AWS gives them."""
        status = 500
        try:
            reply = self._chain(body, _headers(request))
            status = 200
        except ServiceError as error:
            status = error.members.get("OriginalStatusCode") or error.status
            raise
        finally:
            total = time.perf_counter() - started
            self.servers.telemetry.call(
                self.region,
                self.name,
                self.variant.name,
                status,
                self.model_seconds,
                total,
            )
        return self._response(reply)

    def _chain(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Ask the containers one after the other.

        https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html
        """
        reply = None
        pairs = zip(self.variant.containers, self.variant.workers, strict=True)
        for container, worker in pairs:
            if reply is not None:
                body = reply.body
                headers["Content-Type"] = reply.headers.get("Content-Type", "")
            reply = self._ask(container, worker, body, headers)
        return reply

    def _ask(
        self, container: Container, worker: Worker, body: bytes, headers: dict[str, str]
    ) -> Reply:
        started = time.perf_counter()
        try:
            limit = timeout(container)
            reply = worker.request("POST", "/invocations", body, headers, limit)
        except WorkerDown as error:
            raise ServiceError(
                "ServiceUnavailable",
                f"The {container.name} container of endpoint {self.name} is not "
                f"running; it is being restarted. ({error})",
                503,
            ) from error
        except WorkerLate:
            raise self._model_error(
                container,
                0,
                f"Your invocation timed out while waiting for a response from "
                f"container {container.name}. Review the latency metrics for each "
                "container in Amazon CloudWatch, resolve the issue, and try again.",
            ) from None
        finally:
            self.model_seconds += time.perf_counter() - started
        if not 200 <= reply.status < 300:
            text = reply.body.decode("utf-8", "replace")
            raise self._model_error(container, reply.status, text)
        return reply

    def _model_error(self, container: Container, status: int, text: str) -> Exception:
        """Return the ModelError that wraps what a container answered.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors
        """
        group = f"{LOG_GROUP}{self.name}"
        side = "client" if 400 <= status < 500 else "server"
        said = f' with message "{text}"'
        if len(text) > MAX_MESSAGE:
            said = " and could not load the entire response body"
        console = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home"
        message = (
            f"Received {side} error ({status}) from {container.name}{said}. "
            f"See {console}?region={self.region}#logEventViewer:group={group} "
            f"in account {self.context.account} for more information."
        )
        account = self.context.account
        return ServiceError(
            "ModelError",
            message,
            424,
            OriginalStatusCode=status,
            OriginalMessage=text[:MAX_MESSAGE],
            LogStreamArn=f"arn:aws:logs:{self.region}:{account}:log-group:{group}",
        )

    def _response(self, reply: Reply) -> Response:
        headers = {
            name: value
            for name, value in reply.headers.items()
            if name.lower().startswith(PREFIX)
        }
        headers["x-Amzn-Invoked-Production-Variant"] = self.variant.name
        kind = reply.headers.get("Content-Type")
        return Response(reply.body, headers=headers, content_type=kind)


def timeout(container: Container) -> float:
    """Return how long a container may take: 60 s, or less where it says so itself.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    """
    own = container.environment.get("SAGEMAKER_MODEL_SERVER_TIMEOUT", "")
    return min(TIMEOUT, float(own)) if own.isdecimal() and int(own) > 0 else TIMEOUT


def _body(request: Request) -> bytes:
    """Return the body of a request; one that is too large is not even read."""
    too_large = (request.content_length or 0) > MAX_BODY
    body = b"" if too_large else request.get_data()
    if too_large or len(body) > MAX_BODY:
        text = f"HTTP content length exceeded {MAX_BODY} bytes."
        raise ServiceError("413", text, 413)
    return body


def _variant(deployment: Deployment, request: Request, name: str) -> Variant:
    target = request.headers.get("X-Amzn-SageMaker-Target-Variant")
    variant = deployment.choose(target)
    if variant is None:
        wanted = f'variant "{target}"' if target else "variant with a weight above 0"
        raise invalid(f"Endpoint {name} has no {wanted}.")
    return variant


def _headers(request: Request) -> dict[str, str]:
    """Return the headers of a request that its container gets to see."""
    kept = ("content-type", "accept")
    return {
        name: _latin(value)
        for name, value in request.headers.items()
        if name.lower() in kept or name.lower().startswith(PREFIX)
    }


def _latin(value: str) -> str:
    return value.encode("latin-1", "replace").decode("latin-1")
