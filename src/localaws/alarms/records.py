"""The records of alarms: their configuration, their state, and what is owed of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import camelcase_to_underscores

from localaws.alarms.composition import parse
from localaws.alarms.evaluation import COMPARISONS, UNKNOWN
from localaws.api.errors import ServiceError
from localaws.records.store import Kind, Record, Store, Table

# Not registered: SageMaker's tags, permissions and events know nothing of it.
# An alarm's name may be longer than that of a file: its key is what it is found by.
ALARM = Kind("Alarm", "alarm", told=False, own_key="_key")
_LONGEST = 200  # characters of a file's name
STATE = (
    *("StateValue", "StateReason", "StateReasonData"),
    *("StateUpdatedTimestamp", "StateTransitionedTimestamp"),
)
_ALIKE = (
    *("ActionsEnabled", "AlarmActions", "InsufficientDataActions", "Namespace"),
    *("MetricName", "Statistic", "ExtendedStatistic", "Period", "Unit", "Threshold"),
    *("EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator"),
    *("TreatMissingData", "EvaluateLowSampleCountPercentile"),
)
ACTIONS = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    UNKNOWN: "InsufficientDataActions",
}

# The members of a metric alarm, as moto calls them.
_OLD = {
    "AlarmName": "name",
    "AlarmDescription": "description",
    **{name: camelcase_to_underscores(name) for name in _ALIKE},
    "OKActions": "ok_actions",
}


@dataclass(frozen=True)
class Transition:
    """A change of state: the record before and after it."""

    region: str
    before: Record
    after: Record

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return str(self.after["AlarmArn"])

    @property
    def value(self) -> float | None:
        """The newest datapoint that the state follows from, where there is one."""
        data = json.loads(self.after.get("StateReasonData") or "{}")
        points = data.get("evaluatedDatapoints") if isinstance(data, dict) else None
        return points[0].get("value") if points else None


class Alarms:
    """The alarms of a server. moto is told of their names, for their tags."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def table(self, region: str) -> Table:
        """Return the alarms of a region."""
        return self.store.table(ALARM, region)

    def find(self, region: str, name: str) -> Record | None:
        """Return an alarm, or None where there is none of this name."""
        table, key = self.table(region), key_of(name)
        with self.store.changed:
            return table.get(key) if table.exists(key) else None

    def get(self, region: str, name: str) -> Record:
        """Return an alarm; ServiceError where there is none of this name."""
        if found := self.find(region, name):
            return found
        raise ServiceError("ResourceNotFound", f'There is no alarm "{name}".', 404)

    def all(self) -> Iterator[tuple[str, Record]]:
        """Yield all alarms with their regions."""
        for region in self.store.regions():
            for record in self.table(region).all():
                yield region, record

    def composites(self, region: str) -> list[tuple[Record, tuple[str, ...]]]:
        """Return the composite alarms of a region, with the names in their rules."""
        rows = [row for row in self.table(region).all() if "AlarmRule" in row]
        return [(row, parse(row["AlarmRule"]).names) for row in rows]

    def below(self, region: str, names: Iterable[str]) -> set[str]:
        """Return these alarms, and all whose states theirs follow from."""
        rules = {row["AlarmName"]: found for row, found in self.composites(region)}
        found, waiting = set(names), list(names)
        while waiting:
            new = set(rules.get(waiting.pop(), ())) - found
            found |= new
            waiting += new
        return found

    def put(self, region: str, wanted: Record, now: float) -> Record | None:
        """Create an alarm, or give one another configuration; return what it was.

        An alarm that was there keeps its state.
        """
        name, table = wanted["AlarmName"], self.table(region)
        dated = {**wanted, "AlarmConfigurationUpdatedTimestamp": now}
        with self.store.changed:
            before = self.find(region, name)
            if before is None:
                table.create(key_of(name), {**dated, **self._new(region, name, now)})
                self.announce(region, name)
                return None
            kept = {key: before[key] for key in before if key in STATE or key[0] == "_"}
            fixed = {key: before[key] for key in ("AlarmArn", "CreationTime")}
            with table.edit(key_of(name)) as record:
                record.clear()
                record.update({**dated, **kept, **fixed})
        return before

    def _new(self, region: str, name: str, now: float) -> Record:
        return {
            "AlarmArn": arn_of(region, self.store.account, name),
            "StateValue": UNKNOWN,
            "StateReason": "Unchecked: Initial alarm creation",
            "StateUpdatedTimestamp": now,
            "StateTransitionedTimestamp": now,
        }

    def change(
        self, region: str, name: str, state: str, reason: str, data: str, now: float
    ) -> Transition:
        """Give an alarm a state. What it does then is owed until `paid` says so."""
        with self.table(region).edit(key_of(name)) as record:
            before = dict(record)
            moments = dict.fromkeys(STATE[3:], now)
            record.update(StateValue=state, StateReason=reason[:1023], **moments)
            record.pop("StateReasonData", None)
            if 0 < len(data) <= 4000:
                record["StateReasonData"] = data
            owed = {key: before[key] for key in STATE if key in before}
            record["_owed"] = [*before.get("_owed", ()), owed]
        return Transition(region, before, record)

    def owed(self) -> Iterator[Transition]:
        """Yield the changes of state that an earlier server did not act upon."""
        for region, record in self.all():
            for before in record.get("_owed", ())[-1:]:
                yield Transition(region, {**record, **before}, record)

    def paid(self, transition: Transition) -> None:
        """Note that an alarm has acted upon a change of state."""
        key, table = transition.after["_key"], self.table(transition.region)
        with self.store.changed:
            if table.exists(key):
                moment = transition.before["StateUpdatedTimestamp"]
                with table.edit(key) as record:
                    rows = record.get("_owed", ())
                    left = [r for r in rows if r["StateUpdatedTimestamp"] > moment]
                    record["_owed"] = left

    def adopt(self, now: float) -> list[str]:
        """Keep the alarms that older servers left to moto; return their regions."""
        regions = []
        backends: Any = cloudwatch_backends[self.store.account]
        for region, backend in list(backends.items()):
            for old in list(backend.alarms.values()):
                whole = old.comparison_operator in COMPARISONS and old.period
                if whole and not self.find(region, old.name):
                    self.put(region, _members(old), now)
                    regions.append(region)
        return regions

    def announce(self, region: str, name: str) -> None:
        """Tell moto of an alarm, which keeps the tags of alarms that it knows."""
        backend = cloudwatch_backends[self.store.account][region]
        unset: Any = dict.fromkeys(
            (
                *("namespace", "metric_name", "comparison_operator", "period"),
                *("evaluation_periods", "threshold", "statistic", "description"),
            )
        )
        backend.put_metric_alarm(name=name, dimensions=[], alarm_actions=[], **unset)

    def delete(self, region: str, name: str) -> None:
        """Remove an alarm."""
        self.table(region).delete(key_of(name))
        cloudwatch_backends[self.store.account][region].alarms.pop(name, None)

    def tags(self, region: str, arn: str) -> dict[str, str]:
        """Return the tags of an alarm."""
        backend = cloudwatch_backends[self.store.account][region]
        return dict(backend.list_tags_for_resource(arn))


def _members(old: MotoAlarm) -> Record:
    """Return the configuration of an alarm of moto."""
    found = {name: getattr(old, attribute) for name, attribute in _OLD.items()}
    rows = [{"Name": one.name, "Value": one.value} for one in old.dimensions]
    given = {name: value for name, value in found.items() if value is not None}
    return {**given, "Dimensions": rows}


def key_of(name: str) -> str:
    """Return what the record of an alarm is kept by."""
    data = name.encode("utf-8", "surrogatepass")  # whatever a request may hold
    short = len(quote(data, safe="")) <= _LONGEST and not name.startswith(".")
    return name if short else hashlib.sha256(data).hexdigest()


def arn_of(region: str, account: str, name: str) -> str:
    """Return the ARN of an alarm."""
    return f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"
