"""SQS queues that a function works off: batches are read, given to it, and deleted."""

from __future__ import annotations

import functools
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from moto.awslambda.models import EventSourceMapping, LambdaBackend, lambda_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import Message, Queue, sqs_backends

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.functions import trace
from localaws.functions.instance import Outcome
from localaws.functions.invocation import LOOP, Functions, event_of
from localaws.iam.identity import find_role, of_role, refusal
from localaws.iam.permissions import Need
from localaws.neighbours.guards import guard, refused
from localaws.persistence.keeper import Keeper

PAUSE = 0.25  # seconds between two looks at the queues
AT_ONCE = 2  # batches of one mapping that are worked on
MOST = 10  # messages of a batch
BATCH = 6_000_000  # bytes of a batch
# Members that would change which messages a function sees, or when.
UNKEPT = ("FilterCriteria", "ScalingConfig", "ProvisionedPollerConfig", "KMSKeyArn")
NEEDED = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

_create = LambdaBackend.create_event_source_mapping

logger = logging.getLogger("localaws")


@guard("lambda", "CreateEventSourceMapping", "UpdateEventSourceMapping")
def check_mapping(call: Call) -> None:
    """Refuse a mapping that would bring nothing, or whose role may not read.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    given = call.input
    for name in UNKEPT:
        if given.get(name):
            raise refused(f"localaws does not emulate {name} of event source mappings.")
    if given.get("MaximumBatchingWindowInSeconds"):
        raise refused("localaws waits for no batch to fill: leave the window out.")
    if (given.get("BatchSize") or 1) > MOST:
        raise refused(f"localaws brings at most {MOST} messages at once: BatchSize.")
    if call.operation == "UpdateEventSourceMapping":
        return
    arn = given.get("EventSourceArn", "")
    if arn.split(":")[2:3] != ["sqs"]:
        raise refused(
            f'localaws brings functions messages of SQS alone, not of "{arn}".'
        )
    called = call.context.part(Functions).find(given["FunctionName"], None, call.region)
    account = call.context.account
    if role := find_role(account, called.function.role):
        who = of_role(account, role, called.function.function_name)
        for action in NEEDED:
            if refusal(account, who, [Need(action, arn)]):
                raise ServiceError(
                    "InvalidParameterValueException",
                    "The provided execution role does not have permissions to call "
                    f"{action.removeprefix('sqs:')} on SQS",
                )


class Queues:
    """Reads the queues that functions work off, and brings them what is there.

    A batch that fails comes back: all of it, or what the function names as failed.
    """

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self._closed = threading.Event()
        self._lock = threading.Lock()  # guards what follows
        self._working: dict[str, int] = {}  # batches of a mapping, by its number
        self._workers = ThreadPoolExecutor(8, "queues")
        backend: Any = LambdaBackend
        backend.create_event_source_mapping = functools.partialmethod(_created, self)
        unused: Any = Queue  # moto would run the function while a message is sent
        unused.lambda_event_source_mappings = property(lambda self: {}, _nothing)
        # Looks for messages.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to read, if an earlier server has left a mapping."""
        if any(self._mappings()):
            self.wake()

    def wake(self) -> None:
        """Begin to read: there is a mapping."""
        with self._lock:
            if not (self._thread.ident or self._closed.is_set()):
                self._thread.start()

    def close(self) -> None:
        """Read nothing more."""
        self._closed.set()
        if self._thread.ident:
            self._thread.join()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._closed.wait(PAUSE):
            try:
                self._look()
            except Exception:
                logger.exception("queues of functions were not read")

    def _look(self) -> None:
        for region, mapping in self._mappings():
            if mapping.enabled and ":sqs:" in mapping.event_source_arn:
                self._feed(region, mapping)

    def _mappings(self) -> list[tuple[str, EventSourceMapping]]:
        account = self.functions.context.account
        found: Any = dict(lambda_backends).get(account, {})  # itself it makes them
        return [
            (region, mapping)
            for region, backend in list(found.items())
            for mapping in list(backend._event_source_mappings.values())
        ]

    def _feed(self, region: str, mapping: EventSourceMapping) -> None:
        """Begin to work on what a mapping's queue has, some batches at once."""
        while True:
            with self._lock:
                if self._working.get(mapping.uuid, 0) >= AT_ONCE:
                    return
                messages = self._read(region, mapping)
                if not messages:
                    return
                self._working[mapping.uuid] = self._working.get(mapping.uuid, 0) + 1
            self._workers.submit(self._work, region, mapping, messages)

    def _read(self, region: str, mapping: EventSourceMapping) -> list[Message]:
        name = mapping.event_source_arn.rpartition(":")[2]
        backend = sqs_backends[self.functions.context.account][region]
        try:
            queue: Any = backend.get_queue(name)
            visible = int(queue.visibility_timeout)
            found = backend.receive_message(
                name, int(mapping.batch_size), 0, visible, ["All"]
            )
        except QueueDoesNotExist:  # it has been deleted
            return []
        return found

    def _work(
        self, region: str, mapping: EventSourceMapping, messages: list[Message]
    ) -> None:
        try:
            kept = self._failed(region, mapping, messages)
            self._settle(region, mapping, messages, kept)
        except Exception:
            logger.exception("messages for %s are left", mapping.function_arn)
        finally:
            with self._lock:
                self._working[mapping.uuid] -= 1

    def _failed(
        self, region: str, mapping: EventSourceMapping, messages: list[Message]
    ) -> set[str]:
        """Let the function work on messages; return which have failed."""
        everyone = {message.id for message in messages}
        records = [_record(one, mapping.event_source_arn, region) for one in messages]
        try:
            called = self.functions.find(mapping.function_name, None, region)
            event = event_of(json.dumps({"Records": records}).encode(), called.arn)
            event = replace(event, trace=trace.of_messages(messages))
            outcome = self.functions.call(called, event)
        except ServiceError as error:
            logger.debug("%s: %s", mapping.function_arn, error)
            # Without dead letters a message of a loop would come back for ever.
            looped = error.code == LOOP and not self._has_letters(region, mapping)
            return set() if looped else everyone
        if outcome.failed:
            return everyone
        partly = "ReportBatchItemFailures" in (mapping.function_response_types or ())
        return named(outcome, everyone) if partly else set()

    def _has_letters(self, region: str, mapping: EventSourceMapping) -> bool:
        name = mapping.event_source_arn.rpartition(":")[2]
        queue = sqs_backends[self.functions.context.account][region].get_queue(name)
        return bool(queue.redrive_policy)

    def _settle(
        self,
        region: str,
        mapping: EventSourceMapping,
        messages: list[Message],
        failed: set[str],
    ) -> None:
        """Delete what was worked on; what has failed is seen again, when it is time."""
        name = mapping.event_source_arn.rpartition(":")[2]
        backend = sqs_backends[self.functions.context.account][region]
        for message in messages:
            if message.id not in failed:
                backend.delete_message(name, str(message.receipt_handle))
        if keeper := self.functions.context.find(Keeper):
            keeper.keep_messages()


def named(outcome: Outcome, everyone: set[str]) -> set[str]:
    """Return the messages that a function's answer names; all where it is none.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    try:
        told = outcome.value or {}
        rows = told.get("batchItemFailures") or []
        failed = {row["itemIdentifier"] for row in rows}
    except (ValueError, TypeError, KeyError, AttributeError):
        return everyone
    return failed if failed <= everyone else everyone


def _record(message: Message, arn: str, region: str) -> dict[str, Any]:
    """Return a message as a function is told it.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
    """
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(int(message.sent_timestamp or 0)),
        "SenderId": str(message.sender_id),
        "ApproximateFirstReceiveTimestamp": str(
            int(message.approximate_first_receive_timestamp or 0)
        ),
    }
    if message.group_id:
        attributes["MessageGroupId"] = message.group_id
        attributes["SequenceNumber"] = str(message.sequence_number)
        attributes["MessageDeduplicationId"] = str(message.deduplication_id)
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": _attributes(message.message_attributes),
        "md5OfBody": message.body_md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


_VALUES = (("string_value", "stringValue"), ("binary_value", "binaryValue"))


def _attributes(given: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, row in given.items():
        kind, value = row.get("data_type", "String"), {}
        for key, label in _VALUES:
            if row.get(key) is not None:
                data = row[key]
                value[label] = data.decode() if isinstance(data, bytes) else data
        empty: dict[str, list[str]] = {"stringListValues": [], "binaryListValues": []}
        found[name] = {**value, **empty, "dataType": kind}
    return found


def _created(self: Any, queues: Queues, spec: dict[str, Any]) -> EventSourceMapping:
    mapping = _create(self, spec)
    queues.wake()
    return mapping


def _nothing(self: Any, value: Any) -> None:
    """Take what moto would keep: which functions to run when a message is sent."""
