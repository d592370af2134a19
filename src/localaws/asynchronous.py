"""Asynchronous requests: queued, answered into S3, announced through SNS.

Input, answer and announcement are read and written in the name of the model's role.
https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.wrappers import Request, Response

from localaws.access import role_client
from localaws.containers import address
from localaws.errors import ServiceError
from localaws.fleet import Deployment, Variant
from localaws.invocation import (
    PATH,
    Call,
    accepted,
    existing,
    headers_of,
    invalid,
    read_body,
)
from localaws.operations import Context, route
from localaws.workers import Reply

MAX_INLINE = 128_000  # bytes of a request's own body
MAX_INPUT = 1024**3  # bytes of an input in S3
TIMEOUT = 900  # seconds that a model may take, where the request names none
TTL = 21_600  # seconds that a request may wait, where it names none

logger = logging.getLogger("localaws")


@route(PATH + "async-invocations")
def invoke(context: Context, request: Request, region: str, name: str) -> Response:
    """Queue a request, and answer 202 with the place in S3 where its answer will be.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
    """
    members = accepted("InvokeEndpointAsync", request, name)
    body = read_body(request)
    check_input(members.get("InputLocation"), body)
    with context.fleet.use(region, name) as deployment:
        config = existing(deployment, context, name).config.get("AsyncInferenceConfig")
    if config is None:
        raise invalid(f"Endpoint {name} is a real-time endpoint: use InvokeEndpoint.")
    members.setdefault("InferenceId", str(uuid.uuid4()))
    places = locations(config["OutputConfig"], members)
    job = Job(context, region, name, members, headers_of(request), body, places)
    workers = config.get("ClientConfig", {}).get("MaxConcurrentInvocationsPerInstance")
    context.fleet.backlogs.add(region, name, job.run, workers)
    names = {"OUTPUT": "OutputLocation", "FAILURE": "FailureLocation"}
    headers = {f"X-Amzn-SageMaker-{names[side]}": uri for side, uri in places.items()}
    answer = json.dumps({"InferenceId": members["InferenceId"]})
    return Response(answer, 202, headers=headers, content_type="application/json")


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


@dataclass
class Job:
    """One request that waits for its turn.

    Failures are in the endpoint's log as well, in a stream of their own:
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """

    context: Context
    region: str
    name: str
    members: dict[str, Any]
    headers: dict[str, str]
    body: bytes
    places: dict[str, str]
    variant: Variant = field(init=False)

    def __post_init__(self) -> None:
        self.received = time.time()

    def run(self) -> None:
        """Answer into S3 and tell the topics; nobody waits for an exception here."""
        try:
            with self.context.fleet.use(self.region, self.name) as deployment:
                if deployment is not None:  # else it was deleted meanwhile
                    self._answer(deployment)
        except Exception:
            if not self.context.closing.is_set():
                logger.exception("asynchronous request to %s failed", self.name)

    def _answer(self, deployment: Deployment) -> None:
        config = deployment.config["AsyncInferenceConfig"]["OutputConfig"]
        [self.variant] = deployment.variants
        try:
            reply = self._ask(deployment)
            self._put("OUTPUT", reply.body, reply.content_type)
        except (ServiceError, BotoCoreError, ClientError) as error:
            self._fail(config, error)
            return
        self._succeed(config, reply)

    def _ask(self, deployment: Deployment) -> Reply:
        if time.time() - self.received > self.members.get("RequestTTLSeconds", TTL):
            raise invalid("The request waited for longer than its RequestTTLSeconds.")
        started = time.perf_counter()
        limit = self.members.get("InvocationTimeoutSeconds", TIMEOUT)
        place = self.context, self.context.fleet, self.region, self.name
        chain = list(range(len(self.variant.containers)))
        call = Call(*place, self.variant, deployment, chain, limit)
        return call.run(self.body or self._input(), self._sent(), started)

    def _sent(self) -> dict[str, str]:
        kinds = {"Content-Type": "ContentType", "Accept": "Accept"}
        own = {k: self.members[v] for k, v in kinds.items() if v in self.members}
        rest = {k: v for k, v in self.headers.items() if k.title() not in kinds}
        return {**rest, **own}

    def _input(self) -> bytes:
        bucket, key = address(self.members["InputLocation"])
        found = self._client("s3").get_object(Bucket=bucket, Key=key)
        if found["ContentLength"] > MAX_INPUT:
            raise invalid(f"The input exceeds {MAX_INPUT} bytes.")
        self.members.setdefault("ContentType", found["ContentType"])
        return found["Body"].read()

    def _put(self, side: str, body: bytes, kind: str) -> None:
        bucket, key = address(self.places[side])
        self._client("s3").put_object(
            Bucket=bucket, Key=key, Body=body, ContentType=kind
        )

    def _fail(self, config: dict[str, Any], error: Exception) -> None:
        text = getattr(error, "message", None) or str(error)
        self._log(text)
        place = self.places.get("FAILURE")
        try:
            if place:
                self._put("FAILURE", text.encode(), "text/plain")
        except (BotoCoreError, ClientError) as refusal:
            self._log(f"could not write {place}: {refusal}")
            place = None
        outcome = {
            "invocationStatus": "Failed",
            "failureReason": f"ClientError: {text}",
            "responseParameters": {"outputLocation": place} if place else {},
        }
        self._tell(config, "ErrorTopic", outcome)

    def _succeed(self, config: dict[str, Any], reply: Reply) -> None:
        place = self.places["OUTPUT"]
        response = {"contentType": reply.content_type, "outputLocation": place}
        outcome = {"invocationStatus": "Completed", "responseParameters": response}
        self._tell(config, "SuccessTopic", outcome)

    def _tell(self, config: dict[str, Any], kind: str, outcome: dict[str, Any]) -> None:
        """Publish what happened, where there is a topic; the answer is not repeated.

        https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
        """
        topic = config.get("NotificationConfig", {}).get(kind)
        if topic is None:
            return
        message = {
            "awsRegion": self.region,
            "eventTime": _moment(time.time()),
            "receivedTime": _moment(self.received),
            **outcome,
            "requestParameters": {
                "contentType": self.members.get("ContentType", ""),
                "endpointName": self.name,
                "inputLocation": self.members.get("InputLocation", ""),
            },
            "inferenceId": self.members["InferenceId"],
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        try:
            self._client("sns").publish(TopicArn=topic, Message=json.dumps(message))
        except (BotoCoreError, ClientError) as refusal:
            self._log(f"could not notify {topic}: {refusal}")

    def _client(self, service: str) -> Any:
        return role_client(self.context, self.variant.role, service, self.region)

    def _log(self, text: str) -> None:
        """Add a line with the request's InferenceId to the platform's own log."""
        stream = f"{self.variant.stream}/data-log"
        line = f"{self.members['InferenceId']}: {text}"
        self.context.fleet.telemetry.line(self.region, self.name, stream, line)


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
