"""Events that nobody waits for: run in turn, tried again, and sent on in the end."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import Any

from localaws.api.errors import ServiceError
from localaws.eventbridge.targets import SENDERS, service_of, to_queue, typed
from localaws.functions.instance import Event, Outcome
from localaws.functions.invocation import LOOP, Called, Functions, now
from localaws.records.errands import Again, Errands, Full, What

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
DELAYS = (60.0, 120.0)  # seconds before the first retry, and before the second
AGE = 21_600  # seconds that an event may be old, where nothing else is said
MOST = 10_000  # events that wait
AT_ONCE = 8  # events that are worked on
_ENDS = {"RetriesExhausted": 200, "EventAgeExceeded": 429, "Success": 200}


@dataclass(frozen=True)
class Waiting:
    """An event that waits for its turn."""

    region: str
    event: Event
    born: float
    tried: int = 0  # how often the function has failed
    throttled: int = 0  # how often it did not even run

    def kept(self) -> What:
        """Return it as it stands on disk."""
        body = base64.b64encode(self.event.body).decode()
        return {**vars(self), "event": {**vars(self.event), "body": body}}

    @classmethod
    def of(cls, what: What) -> Waiting:
        """Return what stands on disk."""
        body = base64.b64decode(what["event"]["body"])
        return cls(**{**what, "event": Event(**{**what["event"], "body": body})})


class Later:
    """Runs the functions of events that wait; they are on disk until they are done.

    One that was under way when its server ended is worked on again by the next.
    """

    def __init__(self, functions: Functions) -> None:
        self.functions, self.clock = functions, functions.context.clock
        errands = Errands(functions.context, "functions", self._work, AT_ONCE, MOST)
        self._errands = errands
        self.start, self.close = self._errands.start, self._errands.close
        self.idle = self._errands.idle

    def put(self, region: str, event: Event) -> None:
        """Let a function work on an event soon; ServiceError for too many."""
        try:
            self._errands.put(Waiting(region, event, self.clock.now()).kept())
        except Full:
            text = "Rate Exceeded."
            raise ServiceError("TooManyRequestsException", text, 429) from None

    def _work(self, what: What) -> Again | None:
        again = self._tried(Waiting.of(what))
        return (again[0].kept(), again[1]) if again else None

    def _tried(self, waiting: Waiting) -> tuple[Waiting, float] | None:
        """Run the function; return when what is to be done again, if it is."""
        event, now = waiting.event, self.clock.now()
        called = self.functions.find(event.arn, None, waiting.region)
        wished = _wished(called)
        most = wished.get("MaximumEventAgeInSeconds", AGE)
        try:
            outcome = self.functions.call(called, event)
            self._check_open()
        except ServiceError as error:
            self._check_open()
            due = now + min(300, 2**waiting.throttled)
            if due - waiting.born <= most and error.code != LOOP:
                return replace(waiting, throttled=waiting.throttled + 1), due
            failed = {"errorMessage": error.message, "errorType": error.code}
            body = json.dumps(failed).encode()
            outcome = Outcome(body, True, str(called.function.version), "")
            end = "RetriesExhausted" if error.code == LOOP else "EventAgeExceeded"
            self._send(called, waiting, outcome, end)
            return None
        if not outcome.failed:
            self._send(called, waiting, outcome, "Success")
            return None
        waiting = replace(waiting, tried=waiting.tried + 1)
        if waiting.tried > min(wished.get("MaximumRetryAttempts", 2), len(DELAYS)):
            self._send(called, waiting, outcome, "RetriesExhausted")
            return None
        due = self.clock.now() + DELAYS[waiting.tried - 1]
        if due - waiting.born > most:
            self._send(called, waiting, outcome, "EventAgeExceeded")
            return None
        return waiting, due

    def _check_open(self) -> None:
        """Raise RuntimeError where the server ends: that has ended the function too."""
        if self.functions.context.closing.is_set():
            raise RuntimeError("the next server tries it again")

    def _send(
        self, called: Called, waiting: Waiting, outcome: Outcome, end: str
    ) -> None:
        """Tell the destinations what has become of an event."""
        on = "OnSuccess" if end == "Success" else "OnFailure"
        wished = _wished(called).get("DestinationConfig", {})
        if arn := wished.get(on, {}).get("Destination"):
            record = _record(called, waiting, outcome, end)
            self._deliver(arn, record)
        letters = getattr(called.latest, "dead_letter_config", None) or {}
        if on == "OnFailure" and letters.get("TargetArn"):
            self._bury(letters["TargetArn"], waiting, outcome, end)

    def _deliver(self, arn: str, record: dict[str, Any]) -> None:
        service, region, resource = service_of(arn)
        client = self.functions.context.clients.get(service, region)
        text = json.dumps(record)
        if service != "events":
            SENDERS[service](client, resource, {"Arn": arn}, text)
            return
        failed = record["requestContext"]["condition"] != "Success"
        entry = {
            "Source": "lambda",
            "DetailType": "Lambda Function Invocation Result - "
            + ("Failure" if failed else "Success"),
            "Detail": text,
            "EventBusName": resource.partition("/")[2],
            "Resources": [arn, record["requestContext"]["functionArn"]],
        }
        client.put_events(Entries=[entry])

    def _bury(self, arn: str, waiting: Waiting, outcome: Outcome, end: str) -> None:
        """Send an event to the function's dead-letter queue or topic.

        https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        """
        service, region, _ = service_of(arn)
        client = self.functions.context.clients.get(service, region)
        said = str(outcome.error.get("errorMessage", ""))[:1024] or "-"
        text = waiting.event.body.decode()
        attributes = typed(
            {
                "RequestID": ("String", waiting.event.request_id),
                "ErrorCode": ("Number", str(_ENDS[end])),
                "ErrorMessage": ("String", said),
            }
        )
        if service == "sqs":
            to_queue(client, arn, text, MessageAttributes=attributes)
        else:
            client.publish(TopicArn=arn, Message=text, MessageAttributes=attributes)


def _wished(called: Called) -> dict[str, Any]:
    """Return what PutFunctionEventInvokeConfig has said of a function."""
    configs = called.latest.event_invoke_config
    return configs[0].config if configs else {}


def _record(
    called: Called, waiting: Waiting, outcome: Outcome, end: str
) -> dict[str, Any]:
    """Return what a destination is told.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    arn = called.latest.function_arn
    context: dict[str, Any] = {
        "statusCode": _ENDS[end],
        "executedVersion": outcome.version,
    }
    if outcome.failed:
        context["functionError"] = "Unhandled"
    return {
        "version": "1.0",
        "timestamp": now(),
        "requestContext": {
            "requestId": waiting.event.request_id,
            "functionArn": f"{arn}:{outcome.version}",
            "condition": end,
            "approximateInvokeCount": max(1, waiting.tried + (end == "Success")),
        },
        "requestPayload": json.loads(waiting.event.body),
        "responseContext": context,
        "responsePayload": outcome.value,
    }
