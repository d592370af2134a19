"""Deliveries: what targets are to receive waits on disk, and is tried again."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.eventbridge.inputs import Target
from localaws.eventbridge.targets import (
    RULES,
    SCHEDULER,
    send,
    service_of,
    to_queue,
    typed,
)
from localaws.records.errands import Again, Errands, Full, What

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
AGE, ATTEMPTS = 86_400, 185  # seconds, and retries, where a target names none
PAUSE, LONGEST = 1.0, 300.0  # seconds before the first retry, doubled up to a limit
AT_ONCE = 8  # deliveries that are under way
MOST = 100_000  # deliveries that wait
# Errors that the same attempt may not have later.
PASSING = ("Throttl", "TooManyRequests", "ServiceUnavailable", "Limit", "Internal")
ACCOUNT_OF = {RULES: "RULE_ARN", SCHEDULER: "SCHEDULE_ARN"}

logger = logging.getLogger("localaws")


class Deliveries:
    """Gives targets what they are to receive; the server's one object of its kind.

    Each is given once, and a second time where the server died between the gift and its
    note of it. A pipeline is started once even then.
    """

    def __init__(self, context: Context) -> None:
        self.context, self.clock = context, context.clock
        self._errands = Errands(context, "events", self._work, AT_ONCE, MOST)
        self.start, self.idle = self._errands.start, self._errands.idle
        self.close = self._errands.close

    def put(
        self, target: Target, text: str, event: str, source: str, who: str = RULES
    ) -> None:
        """Accept a delivery on behalf of a rule or a schedule, whose ARN is `source`.

        `text` is what the target receives, `event` what its dead-letter queue does.
        """
        once = uuid.uuid4().hex
        try:
            self._errands.put(
                {
                    "target": {**target, "_once": once},
                    "text": text,
                    "event": event,
                    "source": source,
                    "who": who,
                    "born": self.clock.now(),
                    "tried": 0,
                }
            )
        except Full:
            raise ServiceError("ThrottlingException", "Rate exceeded", 429) from None

    def _work(self, what: What) -> Again | None:
        text = what["text"].replace(
            "<aws.scheduler.attempt-number>", str(what["tried"] + 1)
        )
        try:
            send(self.context, what["target"], text, what["source"], what["who"])
        except Exception as error:
            if self.context.closing.is_set():  # it is tried by the next server
                raise
            return self._failed(what, error)
        return None

    def _failed(self, what: What, error: Exception) -> Again | None:
        """Return when a delivery is tried again; else its dead-letter queue has it."""
        policy = what["target"].get("RetryPolicy", {})
        now, tried = self.clock.now(), what["tried"]
        due = now + min(LONGEST, PAUSE * 2 ** min(tried, 20))
        ended = ""
        if tried >= policy.get("MaximumRetryAttempts", ATTEMPTS):
            ended = "MaximumRetryAttempts"
        elif due - what["born"] > policy.get("MaximumEventAgeInSeconds", AGE):
            ended = "MaximumEventAgeInSeconds"
        if is_passing(error) and not ended:
            return {**what, "tried": tried + 1}, due
        place = what["target"]["Arn"]
        text = "%s: no event for %s: %s"
        logger.warning(text, what["source"], place, error)
        if queue := what["target"].get("DeadLetterConfig", {}).get("Arn"):
            self._bury(queue, what, error, ended if is_passing(error) else "")
        return None

    def _bury(self, queue: str, what: What, error: Exception, ended: str) -> None:
        """Send an event to the dead-letter queue, with why it was not delivered.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        said = {
            ACCOUNT_OF[what["who"]]: what["source"],
            "TARGET_ARN": what["target"]["Arn"],
            "ERROR_CODE": code_of(error),
            "ERROR_MESSAGE": str(error)[:1024] or "-",
            "RETRY_ATTEMPTS": str(what["tried"]),
            **({"EXHAUSTED_RETRY_CONDITION": ended} if ended else {}),
        }
        attributes = {name: ("String", value) for name, value in said.items()}
        client = self.context.clients.get("sqs", service_of(queue)[1])
        to_queue(client, queue, what["event"], MessageAttributes=typed(attributes))


def is_passing(error: Exception) -> bool:
    """Return whether the same delivery may succeed later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        return status >= 500 or any(word in code_of(error) for word in PASSING)
    return isinstance(error, BotoCoreError | OSError) and not isinstance(
        error, PermissionError
    )


def code_of(error: Exception) -> str:
    """Return the code of an error, as a dead-letter queue is told it."""
    if isinstance(error, ClientError):
        found: Mapping[str, Any] = error.response.get("Error", {})
        return str(found.get("Code", "SDK_CLIENT_ERROR"))
    return (
        "NO_PERMISSIONS" if isinstance(error, PermissionError) else "SDK_CLIENT_ERROR"
    )
