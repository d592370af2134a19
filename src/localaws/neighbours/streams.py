"""Streams of CloudWatch Logs that are asked for by how their names begin."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.neighbours import filters
from localaws.neighbours.guards import guard

PREFIX = "logStreamNamePrefix"


@guard("logs", "FilterLogEvents")
def filter_by_prefix(call: Call) -> dict[str, Any] | None:
    """Answer for the streams of a prefix, which moto would take for all of them.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    asked = dict(call.input)
    filters.parse(asked.get("filterPattern"))
    prefix = asked.pop(PREFIX, None)
    if not prefix:
        return None
    if asked.get("logStreamNames"):
        raise ServiceError(
            "InvalidParameterException",
            f"{PREFIX} and logStreamNames cannot be specified together.",
        )
    groups = logs_backends[call.context.account][call.region].groups
    group = groups.get(asked.get("logGroupName", ""))
    if group is None:
        return None  # moto says that there is none
    names = [name for name in list(group.streams) if name.startswith(prefix)]
    if not names:
        return {"events": [], "searchedLogStreams": []}
    client = call.context.clients.get("logs", call.region)
    answer = client.filter_log_events(**asked, logStreamNames=names)
    return {k: v for k, v in answer.items() if k != "ResponseMetadata"}
