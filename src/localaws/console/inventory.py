"""What a server holds, as its console shows it: resources, prices, buttons, logs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import OPERATIONS, Context
from localaws.machine import prices
from localaws.records.store import KINDS, Kind, Record, Store, public

RUNNING = ("InProgress", "Executing")  # what can be stopped
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
    def label(self) -> str:
        """Return how it is called on the pages."""
        return self.kind.label(self.record) if self.kind.label else self.name

    @property
    def picture(self) -> str:
        """Return a picture of it, SVG; nothing for most kinds."""
        return self.kind.picture(self.record) if self.kind.picture else ""

    @property
    def address(self) -> str:
        """Return the path of this resource's page."""
        return f"/_localaws/{self.kind.arn_type}/{self.region}/{self.name}"

    @property
    def status(self) -> str:
        return self.record.get(self.kind.status, "")

    @property
    def approval(self) -> str:
        """Return what was decided about a version of a model, or nothing."""
        return self.record.get("ModelApprovalStatus", "")

    @property
    def members(self) -> dict[str, str]:
        """Return the members by which an operation on it is asked for."""
        key = self.kind.arn if self.kind.own_key else self.kind.key
        return {key: self.record[key]}

    @property
    def changing(self) -> bool:
        """Return whether the status will change by itself."""
        return self.status in RUNNING or self.status.endswith("ing")

    @property
    def alive(self) -> bool:
        """Return whether its instances run, and its log may go on."""
        return self.changing or self.status == "InService"

    @property
    def verb(self) -> str | None:
        """Return what can be done with it now: "Stop", "Delete" or nothing."""
        verb = "Stop" if self.status in RUNNING else "Delete"
        possible = ("sagemaker", f"{verb}{self.kind.name}") in OPERATIONS
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
        return self.kind.machines(self.record)

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
        what = self.kind.name.removesuffix("Job")
        key = "CreationTime" if what == self.kind.name else f"{what}StartTime"
        begun = self.record.get(key)
        until = time.time() if self.alive else begun
        return self.record.get(f"{what}EndTime", until) - begun if begun else 0.0

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
    store = context.part(Store)
    for kind in sorted(KINDS.values(), key=lambda kind: kind.first or len(KINDS)):
        items = [
            Item(kind, region, record)
            for region in store.regions()
            for record in store.table(kind, region).all()
        ]
        items.sort(key=lambda item: item.record["CreationTime"], reverse=True)
        if items or kind.first:
            found.append((kind, items))
    return found


def item(context: Context, arn_type: str, region: str, name: str) -> Item:
    """Return one resource; ServiceError 404 where there is none."""
    store = context.part(Store)
    for kind in KINDS.values():
        if kind.arn_type == arn_type and region in store.regions():
            table = store.table(kind, region)
            if table.exists(name):
                return Item(kind, region, table.get(name))
    words = arn_type.replace("-", " ")
    text = f'There is no {words} "{name}" in {region}; it may have been deleted.'
    raise ServiceError("ResourceNotFound", text, 404)


def logs(context: Context, shown: Item) -> Iterator[tuple[str, str]]:
    """Yield the streams of a resource's log: name, and the last lines."""
    group = shown.kind.log_group.format(name=shown.name)
    prefix = shown.kind.log_streams.format(name=shown.name)
    if not group:
        return
    client = context.clients.get("logs", shown.region)
    try:
        streams = client.describe_log_streams(
            logGroupName=group, **({"logStreamNamePrefix": prefix} if prefix else {})
        )["logStreams"]
        for name in [row["logStreamName"] for row in streams]:
            events = client.get_log_events(
                logGroupName=group, logStreamName=name, limit=LINES, startFromHead=False
            )["events"]
            yield name, "".join(f"{row['message'][:LONGEST]}\n" for row in events)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise  # else nothing has been written yet


def buckets(context: Context) -> list[dict[str, Any]]:
    """Return name and date of each bucket."""
    return context.clients.get("s3", "us-east-1").list_buckets()["Buckets"]


def objects(context: Context, bucket: str, after: str) -> tuple[list[dict], str]:
    """Return up to 1,000 objects whose keys follow `after`, and where to go on."""
    s3 = context.clients.get("s3", "us-east-1")
    answer = s3.list_objects_v2(Bucket=bucket, StartAfter=after)
    rows = answer.get("Contents", [])
    return rows, rows[-1]["Key"] if answer["IsTruncated"] else ""
