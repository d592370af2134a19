"""The services of AWS that send events here, and what kinds of events those are."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.s3 import notifications
from moto.s3.responses import S3Response

from localaws.api.registry import Context
from localaws.eventbridge import patterns
from localaws.eventbridge.buses import deliver, event_of
from localaws.eventbridge.matchers import BadPattern

# By source: the detail types of what it sends. Whoever sends others adds them.
SOURCES: dict[str, Callable[[], list[str]]] = {}

# By the beginning of an event of S3: the detail type, and the reason that it tells.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
_OF_S3 = {
    "s3:ObjectCreated:Put": ("Object Created", "PutObject"),
    "s3:ObjectCreated:Post": ("Object Created", "POST Object"),
    "s3:ObjectCreated:Copy": ("Object Created", "CopyObject"),
    "s3:ObjectCreated:Complete": ("Object Created", "CompleteMultipartUpload"),
    "s3:ObjectRemoved": ("Object Deleted", "DeleteObject"),
    "s3:ObjectTagging:Put": ("Object Tags Added", ""),
    "s3:ObjectTagging:Delete": ("Object Tags Deleted", ""),
    "s3:ObjectAcl": ("Object ACL Updated", ""),
}
_PUT = "s3:ObjectCreated:Put"
_COMPLETED = "s3:ObjectCreated:CompleteMultipartUpload"
_send, _get = notifications.send_event, S3Response.get_bucket_notification
SOURCES["aws.s3"] = lambda: list(dict.fromkeys(kind for kind, _ in _OF_S3.values()))


def setup(context: Context) -> None:
    """Let buckets send their events, where their configuration says so."""
    patched: Any = notifications
    patched.send_event = _send_once
    patched._send_event_bridge_message = functools.partial(_of_bucket, context)
    S3Response.get_bucket_notification = _configuration  # type: ignore[method-assign]


def _configuration(self: S3Response) -> Any:
    """Answer with EventBridge too: put back without it, a bucket would fall silent."""
    found = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if found and found.event_bridge is not None:
        patched: Any = self
        patched.serialized = lambda answer: S3Response.serialized(
            self, ActionResult(answer.result | {"EventBridgeConfiguration": {}})
        )
    return _get(self)


def unheard(pattern: Any) -> str:
    """Return why no event here can match a pattern, or nothing.

    A customer may send anything whose source does not begin with "aws.".
    """
    asked = pattern.get("source") if isinstance(pattern, dict) else None
    if not isinstance(asked, list) or not all(map(_is_of_aws, asked)):
        return ""
    kept = {key: pattern[key] for key in ("source", "detail-type") if key in pattern}
    try:
        made = patterns.of(kept)
    except BadPattern:
        return ""  # which is told elsewhere
    for source, kinds in SOURCES.items():
        if any(made.matches({"source": source, "detail-type": k}) for k in kinds()):
            return ""
    known = [
        source
        for source in SOURCES
        if patterns.of({"source": asked}).matches({"source": source})
    ]
    told = [f"{source} sends {', '.join(SOURCES[source]())}" for source in known]
    none = f"Events come from {', '.join(SOURCES)}, and from PutEvents."
    return (
        f"localaws sends no such event: the rule would never fire. "
        f"{'; '.join(told) + '.' if told else none}"
    )


def _is_of_aws(asked: Any) -> bool:
    """Return whether a value of a pattern matches sources of AWS alone."""
    if isinstance(asked, dict):
        asked = asked.get("prefix")
    return isinstance(asked, str) and asked.startswith("aws.")


def _send_once(account: str, event_name: Any, bucket: Any, key: Any) -> None:
    """Tell of an upload in parts when it is complete, and not what moto does meanwhile.

    moto puts the object and tags it, and would tell of both as well.
    """
    name, upload = _name(event_name), getattr(key, "multipart", None)
    if upload is not None:
        if name in (_PUT, _COMPLETED):
            upload.under_way = name == _PUT
        if getattr(upload, "under_way", False):
            return
    _send(account, event_name, bucket, key)


def _name(event_name: Any) -> str:
    return str(getattr(event_name, "value", event_name))


def _of_bucket(
    context: Context, account: str, bucket: Any, event_name: str, key: Any
) -> None:
    """Send what has happened to an object to the default bus of its bucket's region.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    name = _name(event_name)
    kind, reason = next((v for k, v in _OF_S3.items() if name.startswith(k)), ("", ""))
    if not kind:
        return
    about: dict[str, Any] = {"key": key.name, "size": key.size}
    about["etag"] = key.etag.replace('"', "")
    if kind == "Object Deleted":
        del about["size"]
    if bucket.is_versioned and key.version_id:
        about["version-id"] = key.version_id
    about["sequencer"] = f"{int(context.clock.now() * 1e6):018X}"
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": about,
        "request-id": secrets.token_hex(8).upper(),
        "requester": account,
        "source-ip-address": "127.0.0.1",
    }
    if reason:
        detail["reason"] = reason
    if kind == "Object Deleted":
        marked = name.endswith("DeleteMarkerCreated")
        detail["deletion-type"] = (
            "Delete Marker Created" if marked else "Permanently Deleted"
        )
    place = (context, bucket.region_name)
    deliver(*place, event_of(*place, "aws.s3", kind, [bucket.arn], detail))
