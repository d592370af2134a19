"""One invocation: from a request through a variant's containers and back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context
from localaws.bounds import TooLong
from localaws.endpoints.deployment import Deployment
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.request import MAX_BODY, PREFIX, invalid, too_large
from localaws.endpoints.telemetry import log_group
from localaws.endpoints.variant import Busy, Instance, Variant
from localaws.models.containers import CannotDeploy, Container
from localaws.models.workers import Reply, WorkerDown, WorkerLate

MAX_SERVERLESS_BODY = 4 * 1024 * 1024  # bytes
MAX_MESSAGE = 16 * 1024  # characters of a container's error that are passed on
TIMEOUT = 60.0  # seconds that a container may take
VARIANT = "x-Amzn-Invoked-Production-Variant"


@contextmanager
def opened(call: Call, name: str, body: bytes) -> Iterator[Invocation]:
    """Yield the invocation of the variant that a real-time request is for.

    Its servers live, and a serverless variant counts it, until this ends.
    """
    servers = call.context.part(Fleet)
    with servers.use(call.region, name) as deployment:
        found = existing(deployment, call.context, name)
        if "AsyncInferenceConfig" in found.config:
            raise invalid(
                f"Endpoint {name} is an asynchronous endpoint: use InvokeEndpointAsync."
            )
        variant = choose(found, call.input.get("TargetVariant"), name)
        if variant.slots and len(body) > MAX_SERVERLESS_BODY:
            raise too_large(MAX_SERVERLESS_BODY)
        chain = direct(variant, call.input.get("TargetContainerHostname"), name)
        try:
            with variant.slot(), taken(variant, name) as instance:
                place = call.context, call.region, name
                most = MAX_SERVERLESS_BODY if variant.slots else MAX_BODY
                yield Invocation(*place, variant, instance, found, chain, most=most)
        except Busy:
            raise ServiceError(
                "ThrottlingException",
                f"Rate exceeded: variant {variant.name} of endpoint {name} answers as "
                "many requests as its MaxConcurrency allows.",
            ) from None


@contextmanager
def taken(variant: Variant, name: str) -> Iterator[Instance]:
    """Yield the instance that answers; a serverless variant may have to start it."""
    with ExitStack() as stack:
        try:
            instance = stack.enter_context(variant.take())
        except CannotDeploy as error:
            text = f"Variant {variant.name} of endpoint {name} did not start: {error}"
            raise ServiceError("ServiceUnavailable", text, 503) from error
        yield instance


def existing(deployment: Deployment | None, context: Context, name: str) -> Deployment:
    """Return a deployment, or raise that there is none."""
    if deployment is None:
        raise invalid(f"Endpoint {name} of account {context.account} not found.")
    return deployment


def choose(deployment: Deployment, target: str | None, name: str) -> Variant:
    """Return the variant that a request is for."""
    variant = deployment.choose(target)
    if variant is None:
        wanted = f'variant "{target}"' if target else "variant with a weight above 0"
        raise invalid(f"Endpoint {name} has no {wanted}.")
    return variant


def direct(variant: Variant, host: str | None, name: str) -> list[int]:
    """Return which containers of a variant a request goes through.

    All of a pipeline in turn; in Direct mode the one that it names.
    https://docs.aws.amazon.com/sagemaker/latest/dg/multi-container-direct.html
    """
    hosts = [container.name for container in variant.containers]
    if not variant.direct:
        if host is not None:
            raise invalid(
                f"Endpoint {name} does not support TargetContainerHostname: the "
                "InferenceExecutionConfig of its model is not Direct."
            )
        return list(range(len(hosts)))
    if host not in hosts:
        wanted = "is required" if host is None else f'"{host}" is not one of its own'
        raise invalid(f"TargetContainerHostname {wanted}: endpoint {name} has {hosts}.")
    return [hosts.index(host)]


@dataclass
class Invocation:
    """One request on its way through the containers of a variant."""

    context: Context
    region: str
    name: str
    variant: Variant
    instance: Instance
    deployment: Deployment
    chain: list[int]
    limit: float | None = None  # seconds that a container may take
    most: int = MAX_BODY  # bytes of a container's answer
    model_seconds: float = field(default=0.0, init=False)

    def run(self, body: bytes, headers: dict[str, str], started: float) -> Reply:
        """Return the answer of the last container; errors as AWS gives them."""
        with self.counted(started):
            reply = self.ask_all(body, headers)
        if config := self.deployment.config.get("DataCaptureConfig"):
            sides = {
                "INPUT": (headers.get("Content-Type", ""), body),
                "OUTPUT": (reply.content_type, reply.body),
            }
            place = self.region, self.name, self.variant
            self.context.part(Fleet).capture.note(*place, config, sides, headers)
        return reply

    @contextmanager
    def counted(self, started: float) -> Iterator[None]:
        """Add what happens inside to the metrics."""
        status, failed = 500, False
        try:
            yield
            status = 200
        except ServiceError as error:
            status = error.members.get("OriginalStatusCode") or error.status
            failed = error.code in ("ModelError", "ServiceUnavailable")
            raise
        finally:
            total = time.perf_counter() - started
            place = self.region, self.name, self.variant.name
            self.context.part(Fleet).telemetry.call(
                *place,
                status,
                self.model_seconds,
                total,
                failed=failed,
                instances=self.variant.size,
            )

    def ask_all(self, body: bytes, headers: dict[str, str]) -> Reply:
        """Ask the containers one after the other; return what the last one says.

        https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipelines.html
        """
        *before, last = self.chain
        return self._ask(last, *self.passed_through(before, body, headers))

    def passed_through(
        self, chain: list[int], body: bytes, headers: dict[str, str]
    ) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a request as these containers make them."""
        for number in chain:
            reply = self._ask(number, body, headers)
            body, headers = reply.body, {**headers, "Content-Type": reply.content_type}
        return body, headers

    def _ask(self, number: int, body: bytes, headers: dict[str, str]) -> Reply:
        container = self.instance.containers[number]
        worker = self.instance.workers[number]
        with self.translated(container):
            seconds = self.limit or timeout(container)
            asked = "POST", "/invocations", body, headers, seconds
            reply = worker.request(*asked, self.most)
            if not 200 <= reply.status < 300:
                raise self.model_error(container, reply.status, reply.text)
            return reply

    @contextmanager
    def translated(self, container: Container) -> Iterator[None]:
        """Raise what AWS answers where a server is down or late; count the time."""
        started = time.perf_counter()
        try:
            yield
        except WorkerDown as error:
            raise ServiceError(
                "ServiceUnavailable",
                f"The {container.name} container of endpoint {self.name} is not "
                f"running; it is being restarted. ({error})",
                503,
            ) from error
        except TooLong as error:
            text = f"The response has {error}: no more is passed on."
            raise self.model_error(container, 500, text) from None
        except WorkerLate:
            raise self.model_error(
                container,
                0,
                f"Your invocation timed out while waiting for a response from "
                f"container {container.name}. Review the latency metrics for each "
                "container in Amazon CloudWatch, resolve the issue, and try again.",
            ) from None
        finally:
            self.model_seconds += time.perf_counter() - started

    def model_error(self, container: Container, status: int, text: str) -> ServiceError:
        """Return the ModelError that wraps what a container answered.

        https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html#API_runtime_InvokeEndpoint_Errors
        """
        group = log_group(self.name)
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

    def headers(self, reply: Reply) -> dict[str, str]:
        """Return the headers of a container's answer that the client gets."""
        headers = {
            name: value
            for name, value in reply.headers.items()
            if name.lower().startswith(PREFIX)
        }
        return {**headers, VARIANT: self.variant.name}


def timeout(container: Container) -> float:
    """Return how long a container may take: 60 s, or less where it says so itself.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    """
    own = container.environment.get("SAGEMAKER_MODEL_SERVER_TIMEOUT", "")
    return min(TIMEOUT, float(own)) if own.isdecimal() and int(own) > 0 else TIMEOUT
