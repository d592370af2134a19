"""The services of moto whose records are kept: IAM, STS, CloudWatch and its logs."""

from __future__ import annotations

import copy
import datetime
import hashlib
import threading
from pathlib import Path
from typing import Any

from moto.cloudwatch.models import MetricDatum, cloudwatch_backends
from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.logs.models import LogEvent, LogGroup, LogStream, logs_backends
from moto.sts.models import AssumedRole, sts_backends

from localaws.machine.files import UNREADABLE, remove, set_aside
from localaws.persistence import snapshot
from localaws.persistence.journal import Journal, Records
from localaws.persistence.policies import IamRecords
from localaws.persistence.setbacks import SETBACKS
from localaws.records.store import write_text

_IAM = (
    *("account_aliases", "account_password_policy", "certificates", "groups"),
    *("credential_report", "inline_policies", "instance_profiles", "roles", "tagger"),
    *("managed_policies", "open_id_providers", "saml_providers", "users"),
    "virtual_mfa_devices",
)
_LOGS = ["destinations", "filters", "resource_policies", "tagger"]
_METRICS = ["dashboards", "insight_rules", "tagger"]  # alarms are records of ours
_NOT_OF_GROUP = ("streams", "events", "log_group")


class Users:
    """IAM: users with their keys, groups, roles and policies in one file."""

    def __init__(self, folder: Path, account: str) -> None:
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self.backend = iam_backends[account]["aws"]
        self._records = IamRecords(folder / "iam.json", self.backend, _IAM)

    def load(self) -> None:
        """Bring back what an earlier server kept; access keys are found by their id."""
        self._records.load()
        self._find_keys()

    def keep(self, environ: dict[str, Any]) -> None:
        """Write the account's users and roles if they changed."""
        with self._lock:
            try:
                with SETBACKS.noted():
                    self._records.keep()
            except OSError:
                self._find_keys()
                raise

    def _find_keys(self) -> None:
        users = self.backend.users.values()
        keys = [key for user in users for key in user.access_keys]
        self.backend.access_keys.clear()
        self.backend.access_keys.update({key.access_key_id: key for key in keys})


class Sessions:
    """STS: the sessions of roles that somebody asked for, until they expire."""

    def __init__(self, folder: Path, account: str) -> None:
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self.path = folder / "sts.json"
        self.backend = sts_backends[account]["aws"]
        self._written = "[]"

    def load(self) -> None:
        """Bring back what an earlier server kept and has not expired."""
        if self.path.exists():
            self._written = self.path.read_text()
            rows = snapshot.loads(self._written, {})
            self.backend.assumed_roles += filter(_lasts, rows)

    def keep(self, environ: dict[str, Any]) -> None:
        """Write the sessions that expire; the server's own do not."""
        with self._lock:
            own = datetime.datetime.max
            rows = [row for row in self.backend.assumed_roles if row.expiration != own]
            text = snapshot.dumps(list(filter(_lasts, rows)), {})
            if text != self._written:
                write_text(self.path, text)
                self._written = text


def _lasts(session: AssumedRole) -> bool:
    return session.expiration > utcnow()


class Metrics:
    """CloudWatch in one region: dashboards, tags of alarms, and all data points."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self.backend = cloudwatch_backends[account][region]
        self._records = Records(folder / "alarms.json", self.backend, _METRICS)
        self._points = Journal(folder / "points.jsonl", unpacked)
        self._count = 0  # of the points that are written

    def load(self) -> None:
        """Bring back what an earlier server kept."""
        self._records.load()
        points = [point for line in self._points.load() for point in line]
        self.backend.metric_data = points
        self._count = len(points)

    def keep(self, environ: dict[str, Any]) -> None:
        """Add new data points, and write the rest if it changed."""
        with self._lock, SETBACKS.noted():
            self._records.keep()
            new = self.backend.metric_data[self._count :]
            try:
                self._points.add(packed(new))
            except OSError:
                del self.backend.metric_data[self._count :]
                raise
            self._count += len(new)


def packed(points: list[Any]) -> list[dict[str, Any]]:
    """Return data points as lines: those of one metric share what they have in common.

    An endpoint has seven for each request, which differ in time and value.
    """
    groups: dict[Any, tuple[Any, list]] = {}
    for point in points:
        if type(point) is MetricDatum:
            names = tuple((one.name, one.value) for one in point.dimensions)
            key: Any = point.namespace, point.name, point.unit, names
        else:
            key = id(point)
        row = [point.timestamp.isoformat(), getattr(point, "value", None)]
        groups.setdefault(key, (point, []))[1].append(row)
    return [
        {"point": snapshot.Encoder({}).value(point), "rows": rows}
        for point, rows in groups.values()
    ]


def unpacked(line: dict[str, Any]) -> list[Any]:
    """Return the data points of a line; older servers wrote one in each."""
    first = snapshot.Decoder({}).value(line.get("point", line))
    points = []
    for moment, value in line.get("rows", [[first.timestamp.isoformat(), None]]):
        points.append(copy.copy(first))
        points[-1].timestamp = datetime.datetime.fromisoformat(moment)
        if value is not None:
            points[-1].value = value
    return points


class Logs:
    """CloudWatch Logs in one region: a folder for each group, a file for each stream.

    The identifiers of events, which FilterLogEvents shows, and the sequence tokens,
    which AWS ignores, are given anew.
    """

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self.folder = folder
        self.backend = logs_backends[account][region]
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self._records = Records(folder / "logs.json", self.backend, _LOGS)
        self._groups: dict[str, str] = {}  # the records, as they are written
        self._streams: dict[LogStream, Journal] = {}

    def load(self) -> None:
        """Bring back what an earlier server kept."""
        self._records.load()
        self._load_groups()

    def keep(self, environ: dict[str, Any]) -> None:
        """Add new events, and write the rest if it changed."""
        target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
        if target.startswith(("Describe", "Filter", "Get", "List")):
            return
        with self._lock:
            try:
                with SETBACKS.noted():
                    self._keep(only_events=target == "PutLogEvents")
            except OSError:
                self._load_groups()
                raise

    def _load_groups(self) -> None:
        """Make the groups in memory those on disk; set aside what is no use."""
        for held in (self.backend.groups, self._groups, self._streams):
            held.clear()
        folders = [path for path in self.folder.glob("*") if path.is_dir()]
        for folder in sorted(folders):
            if folder.name.endswith(UNREADABLE):
                continue
            if not (folder / "group.json").exists():  # it was being deleted
                remove(folder)
                continue
            try:
                self._load_group(folder)
            except Exception as error:  # it may be anything
                set_aside(folder, error)

    def _load_group(self, folder: Path) -> None:
        text = (folder / "group.json").read_text()
        group: LogGroup = snapshot.loads(text, {})
        group.streams = {}
        for path in sorted(folder.glob("*.jsonl")):
            self._load_stream(group, Journal(path, _event))
        self.backend.groups[group.name] = group
        self._groups[group.name] = text

    def _keep(self, only_events: bool) -> None:
        groups = dict(self.backend.groups)
        if not only_events:
            self._records.keep()
            self._keep_groups(groups)
        streams = [s for g in groups.values() for s in list(g.streams.values())]
        for stream in self._streams.keys() - set(streams):
            self._streams.pop(stream).path.unlink(missing_ok=True)
        for stream in streams:
            self._keep_stream(stream)

    def _keep_groups(self, groups: dict[str, LogGroup]) -> None:
        for name, group in groups.items():
            text = snapshot.dumps(group, {}, _NOT_OF_GROUP)
            if text != self._groups.get(name):
                write_text(self._folder(name) / "group.json", text)
                self._groups[name] = text
        for name in self._groups.keys() - groups.keys():
            (self._folder(name) / "group.json").unlink()  # from now on it is gone
            remove(self._folder(name))
            del self._groups[name]

    def _keep_stream(self, stream: LogStream) -> None:
        if stream not in self._streams:
            folder = self._folder(stream.log_group.name)
            journal = Journal(folder / f"{_digest(stream.log_stream_name)}.jsonl")
            journal.add([snapshot.Encoder({}, _NOT_OF_GROUP).value(stream)])
            self._streams[stream] = journal
        journal = self._streams[stream]
        new = stream.events[journal.count - 1 :]
        journal.add([[e.ingestion_time, e.timestamp, e.message] for e in new])

    def _load_stream(self, group: LogGroup, journal: Journal) -> None:
        stream, *events = journal.load() or [None]
        if stream is None:
            journal.path.unlink(missing_ok=True)
            return
        if not isinstance(stream, LogStream):
            set_aside(journal.path, ValueError("its first line is no log stream"))
            return
        stream.log_group = group
        stream.events = events
        stream.stored_bytes = sum(len(event.message) for event in events)
        if events:
            last = events[-1].ingestion_time / 1000
            utc = datetime.datetime.fromtimestamp(last, datetime.UTC)
            stream.last_ingestion_time = utc.replace(tzinfo=None)  # as moto has it
        group.streams[stream.log_stream_name] = stream
        self._streams[stream] = journal

    def _folder(self, group: str) -> Path:
        return self.folder / _digest(group)


def _event(value: Any) -> LogEvent | LogStream:
    """Return an event, or the stream itself, which stands in the first line."""
    if isinstance(value, dict):
        return snapshot.Decoder({}).value(value)
    ingested, timestamp, message = value
    return LogEvent(
        int(ingested), {"timestamp": int(timestamp), "message": f"{message}"}
    )


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
