"""What a server holds, as its console shows it: resources, prices, buttons, logs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localaws import prices
from localaws.errors import ServiceError
from localaws.logs import TRAINING
from localaws.operations import OPERATIONS, Context
from localaws.store import KINDS, Kind, Record, public
from localaws.telemetry import LOG_GROUP

FIRST = ("TrainingJob", "Endpoint", "Model")  # are shown where there are none, too
LINES = 1000  # of a log stream, the last ones
LONGEST = 2000  # characters of a line


@dataclass(frozen=True)
class Item:
    """One resource of one region."""

    kind: Kind
    region: str
    record: Record

    @property
    def name(self) -> str:
        return self.record[self.kind.key]

    @property
    def address(self) -> str:
        """Return the path of this resource's page."""
        return f"/_localaws/{self.kind.arn_type}/{self.region}/{self.name}"

    @property
    def status(self) -> str:
        return self.record.get(self.kind.status, "")

    @property
    def changing(self) -> bool:
        """Return whether the status will change by itself."""
        return self.status == "InProgress" or self.status.endswith("ing")

    @property
    def alive(self) -> bool:
        """Return whether its instances run, and its log may go on."""
        return self.changing or self.status == "InService"

    @property
    def verb(self) -> str | None:
        """Return what can be done with it now: "Stop", "Delete" or nothing."""
        verb = "Stop" if self.status == "InProgress" else "Delete"
        possible = f"{verb}{self.kind.name}" in OPERATIONS
        return verb if possible and (verb == "Stop" or not self.changing) else None

    @property
    def created(self) -> str:
        return moment(self.record["CreationTime"])

    @property
    def details(self) -> Record:
        """Return what Describe answers, without waiting for a change."""
        return public(self.record)

    @property
    def machines(self) -> list[tuple[str, int]]:
        """Return the types and counts of the instances that it asks for."""
        if resources := self.record.get("ResourceConfig"):
            groups = resources.get("InstanceGroups") or [resources]
            return [(row["InstanceType"], row["InstanceCount"]) for row in groups]
        now = {
            row["VariantName"]: row.get("CurrentInstanceCount")
            for row in self.record.get("ProductionVariants", ())
        }
        return [
            (row["InstanceType"], now.get(name) or row["InitialInstanceCount"])
            for row in self.record.get("_config", {}).get("ProductionVariants", ())
            if "InstanceType" in row  # a serverless variant has none
            for name in [row["VariantName"]]
        ]

    @property
    def hourly(self) -> float | None:
        """Return the US dollars per hour on AWS; None where no price is known."""
        per_hour = [prices.PER_HOUR.get(kind, 0) * n for kind, n in self.machines]
        return sum(per_hour) if per_hour and all(per_hour) else None

    @property
    def seconds(self) -> float:
        """Return for how long AWS would bill it, until now where it is alive."""
        if "BillableTimeInSeconds" in self.record:
            return self.record["BillableTimeInSeconds"]
        key = "TrainingStartTime" if "ResourceConfig" in self.record else "CreationTime"
        runs = self.alive and key in self.record
        return time.time() - self.record[key] if runs else 0.0

    @property
    def cost(self) -> float | None:
        """Return the US dollars that it would have cost on AWS so far."""
        return None if self.hourly is None else self.hourly * self.seconds / 3600


def moment(seconds: float) -> str:
    """Return a time as text, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def sections(context: Context) -> list[tuple[Kind, list[Item]]]:
    """Return the resources of all regions by kind, the newest first."""
    found = []
    for kind in [KINDS[name] for name in {**dict.fromkeys(FIRST), **KINDS}]:
        items = [
            Item(kind, region, record)
            for region in context.store.regions()
            for record in context.store.table(kind.name, region).all()
        ]
        items.sort(key=lambda item: item.record["CreationTime"], reverse=True)
        if items or kind.name in FIRST:
            found.append((kind, items))
    return found


def item(context: Context, arn_type: str, region: str, name: str) -> Item:
    """Return one resource; ServiceError 404 where there is none."""
    for kind in KINDS.values():
        if kind.arn_type == arn_type and region in context.store.regions():
            table = context.store.table(kind.name, region)
            if table.exists(name):
                return Item(kind, region, table.get(name))
    words = arn_type.replace("-", " ")
    text = f'There is no {words} "{name}" in {region}; it may have been deleted.'
    raise ServiceError("ResourceNotFound", text, 404)


def logs(context: Context, shown: Item) -> Iterator[tuple[str, str]]:
    """Yield the streams of a resource's log: name, and the last lines.

    Groups: https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
    """
    group, prefix = _log_place(shown)
    client = context.client("logs", shown.region)
    try:
        streams = client.describe_log_streams(
            logGroupName=group, **({"logStreamNamePrefix": prefix} if prefix else {})
        )["logStreams"]
        for name in [row["logStreamName"] for row in streams]:
            events = client.get_log_events(
                logGroupName=group, logStreamName=name, limit=LINES, startFromHead=False
            )["events"]
            yield name, "".join(f"{row['message'][:LONGEST]}\n" for row in events)
    except client.exceptions.ResourceNotFoundException:
        return  # nothing has been written yet


def _log_place(shown: Item) -> tuple[str, str]:
    if shown.kind.name == "Endpoint":
        return LOG_GROUP + shown.name, ""
    group = TRAINING.replace("TrainingJob", shown.kind.name)
    return group, f"{shown.name}/"


def buckets(context: Context) -> list[dict[str, Any]]:
    """Return name and date of each bucket."""
    return context.client("s3", "us-east-1").list_buckets()["Buckets"]


def objects(context: Context, bucket: str, after: str) -> tuple[list[dict], str]:
    """Return up to 1,000 objects whose keys follow `after`, and where to go on."""
    s3 = context.client("s3", "us-east-1")
    answer = s3.list_objects_v2(Bucket=bucket, StartAfter=after)
    rows = answer.get("Contents", [])
    return rows, rows[-1]["Key"] if answer["IsTruncated"] else ""
