"""The services of moto whose records are kept: IAM, CloudWatch and its logs."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.iam.models import iam_backends
from moto.logs.models import LogEvent, LogGroup, LogStream, logs_backends

from localaws.persistence import snapshot
from localaws.records.store import write_text

_IAM = (
    *("account_aliases", "account_password_policy", "certificates", "groups"),
    *("credential_report", "inline_policies", "instance_profiles", "roles", "tagger"),
    *("managed_policies", "open_id_providers", "saml_providers", "users"),
    "virtual_mfa_devices",
)
_LOGS = ["destinations", "filters", "resource_policies", "tagger"]
_METRICS = ["alarms", "dashboards", "insight_rules", "tagger"]
_NOT_OF_GROUP = ("streams", "events", "log_group")


class Records:
    """Some attributes of a backend of moto in one file, written when they changed."""

    def __init__(self, path: Path, backend: Any, names: Iterable[str]) -> None:
        self.path = path
        self.backend = backend
        self.names = names
        self._written = ""

    def load(self) -> None:
        """Set the attributes as they were kept."""
        if self.path.exists():
            self._written = self.path.read_text()
            known = {"backend": self.backend}
            vars(self.backend).update(snapshot.loads(self._written, known))

    def keep(self) -> None:
        """Write the attributes, unless the file says the same."""
        state = {name: getattr(self.backend, name) for name in self.names}
        text = snapshot.dumps(state, {"backend": self.backend})
        if text != self._written:
            write_text(self.path, text)
            self._written = text


class Journal:
    """JSON values in lines that are only added to; a last line cut short is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def load(self) -> list:
        """Return the values."""
        data = self.path.read_bytes() if self.path.exists() else b""
        end = data.rfind(b"\n") + 1
        if end < len(data):
            os.truncate(self.path, end)
        lines = data[:end].splitlines()
        self.count = len(lines)
        return [json.loads(line) for line in lines]

    def add(self, values: list) -> None:
        """Append values in one write."""
        if values:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write("".join(json.dumps(v) + "\n" for v in values).encode())
            self.count += len(values)


class Users:
    """IAM: users with their keys, groups, roles and policies in one file."""

    def __init__(self, folder: Path, account: str) -> None:
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self.backend = iam_backends[account]["aws"]
        self._records = Records(folder / "iam.json", self.backend, _IAM)

    def load(self) -> None:
        """Bring back what an earlier server kept; access keys are found by their id."""
        self._records.load()
        for user in self.backend.users.values():
            for key in user.access_keys:
                self.backend.access_keys[key.access_key_id] = key

    def keep(self, environ: dict[str, Any]) -> None:
        """Write the account's users and roles if they changed."""
        with self._lock:
            self._records.keep()


class Metrics:
    """CloudWatch in one region: alarms and dashboards, and all data points."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self.backend = cloudwatch_backends[account][region]
        self._records = Records(folder / "alarms.json", self.backend, _METRICS)
        self._points = Journal(folder / "points.jsonl")

    def load(self) -> None:
        """Bring back what an earlier server kept."""
        self._records.load()
        decode = snapshot.Decoder
        self.backend.metric_data = [decode({}).value(v) for v in self._points.load()]

    def keep(self, environ: dict[str, Any]) -> None:
        """Add new data points, and write the rest if it changed."""
        with self._lock:
            self._records.keep()
            new = self.backend.metric_data[self._points.count :]
            self._points.add([snapshot.Encoder({}).value(point) for point in new])


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
        for folder in sorted(path for path in self.folder.glob("*") if path.is_dir()):
            path = folder / "group.json"
            if not path.exists():  # it was being deleted
                shutil.rmtree(folder)
                continue
            text = path.read_text()
            group: LogGroup = snapshot.loads(text, {})
            group.streams = {}
            self.backend.groups[group.name] = group
            self._groups[group.name] = text
            for journal in map(Journal, sorted(folder.glob("*.jsonl"))):
                self._load_stream(group, journal)

    def keep(self, environ: dict[str, Any]) -> None:
        """Add new events, and write the rest if it changed."""
        target = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")[2]
        if target.startswith(("Describe", "Filter", "Get", "List")):
            return
        with self._lock:
            groups = dict(self.backend.groups)
            if target != "PutLogEvents":
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
            shutil.rmtree(self._folder(name))
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
        values = journal.load()
        if not values:
            journal.path.unlink()
            return
        stream: LogStream = snapshot.Decoder({}).value(values[0])
        stream.log_group = group
        stream.events = [
            LogEvent(ingested, {"timestamp": timestamp, "message": message})
            for ingested, timestamp, message in values[1:]
        ]
        stream.stored_bytes = sum(len(event.message) for event in stream.events)
        if stream.events:
            last = stream.events[-1].ingestion_time / 1000
            utc = datetime.datetime.fromtimestamp(last, datetime.UTC)
            stream.last_ingestion_time = utc.replace(tzinfo=None)  # as moto has it
        group.streams[stream.log_stream_name] = stream
        self._streams[stream] = journal

    def _folder(self, group: str) -> Path:
        return self.folder / _digest(group)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
