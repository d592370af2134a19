"""What topics and buckets tell functions: the events that AWS sends, not moto's."""

from __future__ import annotations

import functools
import json
import logging
from typing import Any
from urllib.parse import quote_plus

from moto.s3 import notifications
from moto.sns.models import Subscription

from localaws.api.errors import ServiceError
from localaws.functions.invocation import event_of, now
from localaws.functions.later import Later
from localaws.iam.invokers import may_invoke

logger = logging.getLogger("localaws")

_publish = Subscription.publish


def setup(later: Later) -> None:
    """Let topics tell functions, of which nobody waits for one."""
    patched: Any = Subscription
    patched.publish = functools.partialmethod(_told, later)
    buckets: Any = notifications
    buckets.quote_plus = functools.partial(quote_plus, safe="/")  # of an object's key


def _told(
    self: Any,
    later: Later,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    *rest: Any,
    **more: Any,
) -> None:
    if self.protocol != "lambda":
        _publish(self, message, message_id, subject, message_attributes, *rest, **more)
        return
    matcher = self._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if more.get("message_structure") == "json":
        message = self._parse_message_structure(message, self.protocol)
    source = self.topic.arn
    if not may_invoke(self.account_id, self.endpoint, source, "sns.amazonaws.com"):
        logger.warning("%s does not let %s call it", self.endpoint, source)
        return
    told = _event(self, message, message_id, subject, message_attributes or {})
    region = self.endpoint.split(":")[3]
    try:
        later.put(region, event_of(json.dumps(told).encode(), self.endpoint))
    except ServiceError:  # as many wait as may: SNS would try again, and give up
        return


def _event(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None,
    attributes: dict[str, Any],
) -> dict[str, Any]:
    """Return what a function is told of a message.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    """
    told = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        "Subject": subject,
        "Message": message,
        "Timestamp": now(),
        "SignatureVersion": "1",
        "Signature": "localaws signs no messages",
        "SigningCertUrl": "",
        "UnsubscribeUrl": "",
        "MessageAttributes": {
            name: {"Type": row["Type"], "Value": str(row["Value"])}
            for name, row in attributes.items()
        },
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": told,
    }
    return {"Records": [record]}
