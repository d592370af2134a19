"""What is remembered of scaling: targets with their policies, and activities."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import ServiceError
from localaws.records.store import Kind, Record, Store, Table

# Not registered: SageMaker's tags, permissions, events and pages know nothing of them.
TARGET = Kind("ScalableTarget", "scalable-target", told=False, own_key="ResourceId")
LEDGER = Kind("ScalingLedger", "scaling-ledger", told=False, own_key="ResourceId")
MOST = 200  # activities of a resource that are kept, the last ones

NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
PLACE = {"ServiceNamespace": NAMESPACE, "ScalableDimension": DIMENSION}


@dataclass(frozen=True)
class Book:
    """The targets of one region, by the resource that they scale."""

    store: Store
    region: str

    @property
    def targets(self) -> Table:
        """The targets; each has its policies in the member `_policies`."""
        return self.store.table(TARGET, self.region)

    @property
    def ledgers(self) -> Table:
        """The activities of each resource; they stay when its target has gone."""
        return self.store.table(LEDGER, self.region)

    def get(self, resource: str) -> Record:
        """Return a target; `ObjectNotFoundException` where none is registered."""
        with self.store.changed:
            if self.targets.exists(resource):
                return self.targets.get(resource)
        raise missing(f"No scalable target registered for {_place(resource)}")

    def policy(self, arn: str) -> tuple[str, Record] | None:
        """Return a policy with the resource that it scales, found by its ARN."""
        for target in self.targets.all():
            for policy in target["_policies"].values():
                if policy["PolicyARN"] == arn:
                    return target["ResourceId"], policy
        return None

    def policies(self) -> Iterator[Record]:
        """Yield the policies of all targets."""
        for target in self.targets.all():
            yield from target["_policies"].values()

    def begin(self, resource: str, now: float, **members: Any) -> str:
        """Note an activity, and return its identifier."""
        number = str(uuid.uuid4())
        row = {"ActivityId": number, "StartTime": now, "ResourceId": resource}
        with self.store.changed:
            if not self.ledgers.exists(resource):
                self.ledgers.create(resource, {"_rows": []})
            with self.ledgers.edit(resource) as ledger:
                kept = ledger["_rows"][-MOST + 1 :]
                ledger["_rows"] = [*kept, {**row, **PLACE, **members}]
        return number

    def finish(self, resource: str, number: str, **members: Any) -> None:
        """Note what has become of an activity."""
        with self.ledgers.edit(resource) as ledger:
            for row in ledger["_rows"]:
                if row["ActivityId"] == number:
                    row.update(members)

    def activities(self, resource: str | None = None) -> list[Record]:
        """Return the activities of a resource, or of all, the latest first."""
        found = [
            row
            for ledger in self.ledgers.all()
            if resource in (None, ledger["ResourceId"])
            for row in ledger["_rows"]
        ]
        return sorted(found, key=lambda row: -float(row["StartTime"]))


def missing(message: str) -> ServiceError:
    """Return the error for a target, or a policy, that is not there."""
    return ServiceError("ObjectNotFoundException", message)


def not_found(kind: str, resource: str, **names: str) -> ServiceError:
    """Return the error for something that was to be removed and is not there."""
    rest = "".join(f", {name}: {value}" for name, value in names.items())
    return missing(f"No {kind} found for {_place(resource)}{rest}")


def _place(resource: str) -> str:
    return (
        f"service namespace: {NAMESPACE}, resource ID: {resource}, "
        f"scalable dimension: {DIMENSION}"
    )
