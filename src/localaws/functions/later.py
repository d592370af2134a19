"""Events that nobody waits for: run in turn, tried again, and sent on in the end."""

from __future__ import annotations

import heapq
import itertools
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from localaws.api.errors import ServiceError
from localaws.functions.instance import Event, Outcome
from localaws.functions.invocation import Called, Functions, now
from localaws.neighbours.delivery import SENDERS

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
DELAYS = (60.0, 120.0)  # seconds before the first retry, and before the second
AGE = 21_600  # seconds that an event may be old, where nothing else is said
MOST = 10_000  # events that wait
AT_ONCE = 8  # events that are worked on
_ENDS = {"RetriesExhausted": 200, "EventAgeExceeded": 429, "Success": 200}

logger = logging.getLogger("localaws")


class Clock:
    """The time; a test has one that does not let it wait."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    def wait(self, condition: threading.Condition, until: float | None) -> None:
        """Wait for the condition to be notified, at most until a moment."""
        condition.wait(None if until is None else max(0.0, until - self.now()))


@dataclass(frozen=True)
class Waiting:
    """An event that waits for its turn."""

    region: str
    event: Event
    born: float
    tried: int = 0  # how often the function has failed
    throttled: int = 0  # how often it did not even run


class Later:
    """Runs the functions of events that wait, in threads of its own.

    What waits is in memory alone: it is lost where the server ends.
    """

    def __init__(self, functions: Functions, clock: Clock | None = None) -> None:
        self.functions, self.clock = functions, clock or Clock()
        # Guards what follows it; notified when something of it changes.
        self._state = threading.Condition()
        self._heap: list[tuple[float, int, Waiting]] = []
        self._number = itertools.count()  # keeps those of one moment in their order
        self._open = 0  # events that wait or are worked on
        self._closed = False
        self._workers = ThreadPoolExecutor(AT_ONCE, "functions")
        # Hands over what is due.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to work on what waits."""
        self._thread.start()

    def put(self, region: str, event: Event) -> None:
        """Let a function work on an event soon; ServiceError for too many."""
        with self._state:
            if self._open >= MOST:
                text = "Rate Exceeded."
                raise ServiceError("TooManyRequestsException", text, 429)
            self._open += 1
        now = self.clock.now()
        self._add(Waiting(region, event, now), now)

    def idle(self, timeout: float) -> bool:
        """Return whether nothing is left to do, within some seconds."""
        with self._state:
            return self._state.wait_for(lambda: not self._open, timeout)

    def close(self) -> None:
        """Start nothing more; what runs is ended with its process."""
        with self._state:
            self._closed = True
            self._state.notify_all()
        if self._thread.ident:
            self._thread.join()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _add(self, waiting: Waiting, due: float) -> None:
        with self._state:
            heapq.heappush(self._heap, (due, next(self._number), waiting))
            self._state.notify_all()

    def _run(self) -> None:
        while (waiting := self._due()) is not None:
            self._workers.submit(self._work, waiting)

    def _due(self) -> Waiting | None:
        """Return the next event when it is due; None at the end."""
        with self._state:
            while not self._closed:
                if self._heap and self._heap[0][0] <= self.clock.now():
                    return heapq.heappop(self._heap)[2]
                until = self._heap[0][0] if self._heap else None
                self.clock.wait(self._state, until)
        return None

    def _work(self, waiting: Waiting) -> None:
        again = None
        try:
            again = self._tried(waiting)
        except Exception:
            logger.exception("the event of %s is lost", waiting.event.arn)
        if again:
            self._add(*again)
            return
        with self._state:
            self._open -= 1
            self._state.notify_all()

    def _tried(self, waiting: Waiting) -> tuple[Waiting, float] | None:
        """Run the function; return when what is to be done again, if it is."""
        event, now = waiting.event, self.clock.now()
        called = self.functions.find(event.arn, None, waiting.region)
        wished = _wished(called)
        most = wished.get("MaximumEventAgeInSeconds", AGE)
        try:
            outcome = self.functions.call(called, event)
        except ServiceError as error:
            due = now + min(300, 2**waiting.throttled)
            if due - waiting.born <= most:
                return replace(waiting, throttled=waiting.throttled + 1), due
            failed = {"errorMessage": error.message, "errorType": error.code}
            body = json.dumps(failed).encode()
            outcome = Outcome(body, True, str(called.function.version), "")
            self._send(called, waiting, outcome, "EventAgeExceeded")
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
        _, _, service, region, _, resource = arn.split(":", 5)
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
        _, _, service, region, _, resource = arn.split(":", 5)
        client = self.functions.context.clients.get(service, region)
        said = str(outcome.error.get("errorMessage", ""))[:1024] or "-"
        text = waiting.event.body.decode()
        values = [
            ("RequestID", "String", waiting.event.request_id),
            ("ErrorCode", "Number", str(_ENDS[end])),
            ("ErrorMessage", "String", said),
        ]
        attributes = {
            name: {"DataType": kind, "StringValue": value}
            for name, kind, value in values
        }
        if service == "sqs":
            url = client.get_queue_url(QueueName=resource)["QueueUrl"]
            client.send_message(
                QueueUrl=url, MessageBody=text, MessageAttributes=attributes
            )
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
