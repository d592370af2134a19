"""Asynchronous requests: queued, answered into S3, announced through SNS.

A request that was accepted is a file until it is answered: the next start of the server
finds it. Input, answer and announcement are read and written in the name of the model's
role.
https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference.html
"""

from __future__ import annotations

import base64
import json
import logging
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
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
from localaws.store import write_json
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
    members.setdefault("InferenceId", str(uuid.uuid4()))
    with context.fleet.use(region, name) as deployment:
        config = existing(deployment, context, name).config.get("AsyncInferenceConfig")
        if config is None:
            raise invalid(
                f"Endpoint {name} is a real-time endpoint: use InvokeEndpoint."
            )
        output = config["OutputConfig"]
        places = locations(output, members)
        sent = members, headers_of(request), body
        job = Job(context, region, name, *sent, places, output)
        job.keep()
    _enqueue(job, config)
    names = {"OUTPUT": "OutputLocation", "FAILURE": "FailureLocation"}
    headers = {f"X-Amzn-SageMaker-{names[side]}": uri for side, uri in places.items()}
    answer = json.dumps({"InferenceId": members["InferenceId"]})
    return Response(answer, 202, headers=headers, content_type="application/json")


def waiting(context: Context, region: str, name: str) -> list[Job]:
    """Return what an endpoint had accepted when an earlier server ended, in its order.

    A request that was under way then is among them: it will be asked once more.
    """
    files = sorted(context.fleet.queue(region, name).glob("*.json"))
    records = [json.loads(file.read_text()) for file in files]
    for record in records:
        record["body"] = base64.b64decode(record["body"])
    return [Job(context, region, name, **record) for record in records]


def resume(jobs: list[Job]) -> None:
    """Queue the requests again that `waiting` found, if their endpoint is back."""
    for job in jobs:
        with job.context.fleet.use(job.region, job.name) as deployment:
            if deployment:
                _enqueue(job, deployment.config.get("AsyncInferenceConfig", {}))


def _enqueue(job: Job, config: dict[str, Any]) -> None:
    workers = config.get("ClientConfig", {}).get("MaxConcurrentInvocationsPerInstance")
    job.context.fleet.backlogs.add(job.region, job.name, job.run, workers)


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
    output: dict[str, Any]  # the OutputConfig that held when it was accepted
    received: float = field(default_factory=time.time)  # seconds since 1970
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    variant: Variant = field(init=False)

    @property
    def file(self) -> Path:
        """Where the request is kept; the names are in the order of arrival."""
        queue = self.context.fleet.queue(self.region, self.name)
        return queue / f"{self.received:017.6f}-{self.key}.json"

    def keep(self) -> None:
        """Write the request to disk, before anybody is told that it was accepted."""
        parts = ("members", "headers", "places", "output", "received", "key")
        body = base64.b64encode(self.body).decode()
        write_json(self.file, {"body": body, **{k: getattr(self, k) for k in parts}})

    def run(self) -> None:
        """Answer into S3 and tell the topics; nobody waits for an exception here."""
        try:
            with self.context.fleet.use(self.region, self.name) as deployment:
                if deployment is None:  # deleted meanwhile, or the server stops
                    return
                self._answer(deployment)
        except Exception:
            if self.context.closing.is_set():
                return
            logger.exception("asynchronous request to %s failed", self.name)
        self.file.unlink(missing_ok=True)

    def _answer(self, deployment: Deployment) -> None:
        self.variant = deployment.variants[0]
        try:
            reply = self._ask(deployment)
            self._put("OUTPUT", reply.body, reply.content_type)
        except (ServiceError, BotoCoreError, ClientError) as error:
            if self.context.closing.is_set():
                raise  # the model was stopped: this is no answer
            self._fail(error)
            return
        self._succeed(reply)

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

    def _fail(self, error: Exception) -> None:
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
        self._tell("ErrorTopic", outcome)

    def _succeed(self, reply: Reply) -> None:
        place = self.places["OUTPUT"]
        response = {"contentType": reply.content_type, "outputLocation": place}
        outcome = {"invocationStatus": "Completed", "responseParameters": response}
        self._tell("SuccessTopic", outcome)

    def _tell(self, kind: str, outcome: dict[str, Any]) -> None:
        """Publish what happened, where there is a topic; the answer is not repeated.

        https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
        """
        topic = self.output.get("NotificationConfig", {}).get(kind)
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
