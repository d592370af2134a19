"""Messages to queues: what SQS would not keep is refused, and not kept here either."""

from __future__ import annotations

import re

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.neighbours.guards import guard

# What XML has no letters for, in which queues once told their messages.
_OUTSIDE = re.compile("[^\t\n\r\\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@guard("sqs", "SendMessage", "SendMessageBatch")
def refuse_messages(call: Call) -> None:
    """Refuse a message with letters that no queue takes; one alone spoils a batch.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    entries = call.input.get("Entries") or [call.input]
    for entry in entries:
        if found := _OUTSIDE.search(entry.get("MessageBody") or ""):
            code = f"#x{ord(found[0]):X}"
            raise ServiceError(
                "InvalidMessageContents",
                "The message contains characters outside the allowed set: "
                f"{code} is none of #x9, #xA, #xD, #x20 to #xD7FF, #xE000 to #xFFFD.",
            )
