"""An asynchronous request that waits for its turn, and the attempt to answer it.

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

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.endpoints.deployment import Deployment
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.invocation import Invocation
from localaws.endpoints.request import invalid
from localaws.endpoints.variant import Variant
from localaws.iam.roles import role_client
from localaws.models.workers import Reply
from localaws.records.s3 import address, encryption
from localaws.records.store import write_json

MAX_INPUT = 1024**3  # bytes of an input in S3
MAX_OUTPUT = 1024**3  # bytes of an answer
TIMEOUT = 900  # seconds that a model may take, where the request names none
TTL = 21_600  # seconds that a request may wait, where it names none

logger = logging.getLogger("localaws")


@dataclass
class Waiting:
    """One request that waits for its turn."""

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

    @property
    def fleet(self) -> Fleet:
        """The endpoints of its server."""
        return self.context.part(Fleet)

    def instances(self) -> int:
        """Return how many instances answer its endpoint's requests now."""
        deployment = self.fleet.live(self.region, self.name)
        return sum(variant.size for variant in deployment.variants) if deployment else 0

    @property
    def file(self) -> Path:
        """Where the request is kept; the names are in the order of arrival."""
        queue = self.fleet.queue(self.region, self.name)
        return queue / f"{self.received:017.6f}-{self.key}.json"

    def keep(self) -> None:
        """Write the request to disk, before anybody is told that it was accepted."""
        parts = ("members", "headers", "places", "output", "received", "key")
        body = base64.b64encode(self.body).decode()
        write_json(self.file, {"body": body, **{k: getattr(self, k) for k in parts}})

    def run(self) -> None:
        """Answer into S3 and tell the topics; nobody waits for an exception here."""
        try:
            with self.fleet.use(self.region, self.name) as deployment:
                if deployment is None:  # deleted meanwhile, or the server stops
                    return
                Attempt(self, deployment).answer()
        except Exception:
            if self.context.closing.is_set():
                return
            logger.exception("asynchronous request to %s failed", self.name)
        self.file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Attempt:
    """The answering of one request by the deployment that is alive now.

    Failures are in the endpoint's log as well, in a stream of their own:
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html
    """

    waits: Waiting
    deployment: Deployment

    @property
    def variant(self) -> Variant:
        """The one variant of an asynchronous endpoint."""
        return self.deployment.variants[0]

    def answer(self) -> None:
        """Put the answer, or the failure, into S3 and tell the topic."""
        try:
            reply = self._ask()
            self._put("OUTPUT", reply.body, reply.content_type)
        except (ServiceError, BotoCoreError, ClientError) as error:
            if self.waits.context.closing.is_set():
                raise  # the model was stopped: this is no answer
            self._fail(error)
            return
        self._succeed(reply)

    def _ask(self) -> Reply:
        most = self.waits.members.get("RequestTTLSeconds", TTL)
        if time.time() - self.waits.received > most:
            raise invalid("The request waited for longer than its RequestTTLSeconds.")
        started = time.perf_counter()
        limit = self.waits.members.get("InvocationTimeoutSeconds", TIMEOUT)
        place = self.waits.context, self.waits.region, self.waits.name
        chain = list(range(len(self.variant.containers)))
        body = self.waits.body or self._input()
        with self.variant.take() as instance:
            served = self.variant, instance, self.deployment
            call = Invocation(*place, *served, chain, limit, MAX_OUTPUT)
            return call.run(body, self._sent(), started)

    def _sent(self) -> dict[str, str]:
        kinds = {"Content-Type": "ContentType", "Accept": "Accept"}
        members = self.waits.members
        own = {k: members[v] for k, v in kinds.items() if v in members}
        rest = {k: v for k, v in self.waits.headers.items() if k.title() not in kinds}
        return {**rest, **own}

    def _input(self) -> bytes:
        bucket, key = address(self.waits.members["InputLocation"])
        found = self._client("s3").get_object(Bucket=bucket, Key=key)
        if found["ContentLength"] > MAX_INPUT:
            raise invalid(f"The input exceeds {MAX_INPUT} bytes.")
        self.waits.members.setdefault("ContentType", found["ContentType"])
        return found["Body"].read()

    def _put(self, side: str, body: bytes, kind: str) -> None:
        bucket, key = address(self.waits.places[side])
        encrypted = encryption(self.waits.output.get("KmsKeyId"))
        self._client("s3").put_object(
            Bucket=bucket, Key=key, Body=body, ContentType=kind, **encrypted
        )

    def _fail(self, error: Exception) -> None:
        text = getattr(error, "message", None) or str(error)
        self._log(text)
        place = self.waits.places.get("FAILURE")
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
        place = self.waits.places["OUTPUT"]
        response = {"contentType": reply.content_type, "outputLocation": place}
        outcome = {"invocationStatus": "Completed", "responseParameters": response}
        self._tell("SuccessTopic", outcome)

    def _tell(self, kind: str, outcome: dict[str, Any]) -> None:
        """Publish what happened, where there is a topic; the answer is not repeated.

        https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html
        """
        topic = self.waits.output.get("NotificationConfig", {}).get(kind)
        if topic is None:
            return
        message = {
            "awsRegion": self.waits.region,
            "eventTime": _moment(time.time()),
            "receivedTime": _moment(self.waits.received),
            **outcome,
            "requestParameters": {
                "contentType": self.waits.members.get("ContentType", ""),
                "endpointName": self.waits.name,
                "inputLocation": self.waits.members.get("InputLocation", ""),
            },
            "inferenceId": self.waits.members["InferenceId"],
            "eventVersion": "1.0",
            "eventSource": "aws:sagemaker",
            "eventName": "InferenceResult",
        }
        try:
            self._client("sns").publish(TopicArn=topic, Message=json.dumps(message))
        except (BotoCoreError, ClientError) as refusal:
            self._log(f"could not notify {topic}: {refusal}")

    def _client(self, service: str) -> Any:
        return role_client(
            self.waits.context, self.variant.role, service, self.waits.region
        )

    def _log(self, text: str) -> None:
        """Add a line with the request's InferenceId to the platform's own log."""
        stream = f"{self.variant.stream}/data-log"
        line = f"{self.waits.members['InferenceId']}: {text}"
        self.waits.fleet.telemetry.line(
            self.waits.region, self.waits.name, stream, line
        )


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
