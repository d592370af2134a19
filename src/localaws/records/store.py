"""The records of the emulated services: one table for each kind of resource."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from localaws.api.errors import in_use, invalid
from localaws.api.registry import Call
from localaws.machine.files import set_aside
from localaws.records.pages import Row, page
from localaws.records.told import Told

Record = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How a kind of resource is named, where its log is, and what it runs on."""

    name: str  # "TrainingJob"
    arn_type: str  # "training-job"
    # Its log: the group, and the beginning of its streams, with "{name}" for its own.
    # https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
    log_group: str = ""
    log_streams: str = ""
    first: int = 0  # its place on the console's first page, where it is always shown
    # The instance types and counts that a record asks for.
    machines: Callable[[Record], list[tuple[str, int]]] = lambda record: []
    told: bool = True  # whether EventBridge has events of it
    # The events of a change, before and after; None: one of each change of the status.
    events: Callable[[Record | None, Record], list[Told]] | None = None
    detail_types: tuple[str, ...] = ()  # of these events
    label: Callable[[Record], str] | None = None  # how the console calls a record
    picture: Callable[[Record], str] | None = None  # of a record, SVG, on its page
    own_key: str = ""  # the member with its name in the table, where that is another

    @property
    def key(self) -> str:
        return self.own_key or f"{self.name}Name"

    @property
    def arn(self) -> str:
        return f"{self.name}Arn"

    @property
    def status(self) -> str:
        return f"{self.name}Status"

    @property
    def words(self) -> str:
        return self.arn_type.replace("-", " ").replace("config", "configuration")


# A kind and a region, and a record before and after; None where there is none. Neither
# is to be changed.
Change = tuple[Kind, str, Record | None, Record | None]

KINDS: dict[str, Kind] = {}  # by name: each service registers its own


def register(kind: Kind) -> Kind:
    """Make a kind known to tags, permissions and the console, and return it."""
    KINDS[kind.name] = kind
    return kind


class Store:
    """All records of one server, kept in memory and as one JSON file each.

    A member whose name starts with an underscore is private: it is stored, and never
    part of an answer.
    """

    def __init__(self, folder: Path, account: str) -> None:
        self.folder = folder
        self.account = account
        # Guards all tables and their records; notified at each change of one.
        self.changed = threading.Condition(threading.RLock())
        self._tables: dict[tuple[Kind, str], Table] = {}
        # Told of every change in its order, while `changed` is held: they only note it.
        self.watchers: list[Callable[[Change], None]] = []

    def table(self, kind: Kind, region: str) -> Table:
        """Return the table of `kind` in `region`, read from disk at its first use."""
        with self.changed:
            if (kind, region) not in self._tables:
                self._tables[kind, region] = Table(self, kind, region)
            return self._tables[kind, region]

    def load(self) -> None:
        """Read all records, so that what is none is named at the start."""
        for region in self.regions():
            for kind in KINDS.values():
                self.table(kind, region)

    def wake(self) -> None:
        """Let those who wait for a change look whether there is still reason to."""
        with self.changed:
            self.changed.notify_all()

    def regions(self) -> list[str]:
        """Return the regions that hold records."""
        if not self.folder.exists():
            return []
        return sorted(path.name for path in self.folder.iterdir() if path.is_dir())

    def by_arn(self, arn: str) -> tuple[Table, str]:
        """Return the table and the name of the resource that `arn` names."""
        parts = arn.split(":", 5)
        arn_type, _, name = parts[-1].partition("/")
        for kind in KINDS.values():
            if len(parts) == 6 and kind.arn_type == arn_type and parts[3]:
                table = self.table(kind, parts[3])
                table.get(name)
                return table, name
        raise invalid(f'Could not find the resource "{arn}".')


class Table:
    """The resources of one kind in one region."""

    def __init__(self, store: Store, kind: Kind, region: str) -> None:
        self.store = store
        self.kind = kind
        self.region = region
        self.folder = store.folder / region / kind.name
        self._rows: dict[str, Row] = {}
        for unfinished in self.folder.glob(".*"):  # by a server that was killed
            unfinished.unlink()
        for path in sorted(self.folder.glob("*.json")):
            try:
                name = unquote(path.stem)
                self._rows[name] = self._row(name, path.read_text())
            except (
                OSError,
                ValueError,
                LookupError,
                TypeError,
                RecursionError,
            ) as error:
                set_aside(path, error)

    def arn(self, name: str) -> str:
        """Return the ARN of the resource `name`."""
        place = f"{self.region}:{self.store.account}"
        return f"arn:aws:sagemaker:{place}:{self.kind.arn_type}/{name}"

    def create(
        self, name: str, record: Record, tags: list[Record] | None = None
    ) -> str:
        """Store a new record and return its ARN; the name must be free."""
        with self.store.changed:
            if name in self._rows:
                raise in_use(
                    f"{self.kind.words.capitalize()} names must be unique within an "
                    f'AWS account and region, but a resource with the name "{name}" '
                    f"already exists: {self.arn(name)}"
                )
            now = time.time()
            base = {self.kind.key: name, self.kind.arn: self.arn(name)}
            dates = {"CreationTime": now, "LastModifiedTime": now}
            self._put(name, {**base, **dates, **record, "_tags": tags or []})
        return self.arn(name)

    def get(self, name: str) -> Record:
        """Return a copy of a record with its private members.

        Raises `ValidationException: Could not find ...`, as AWS does.
        """
        with self.store.changed:
            if name not in self._rows:
                raise invalid(f'Could not find {self.kind.words} "{self.arn(name)}".')
            return json.loads(self._rows[name].text)

    def exists(self, name: str) -> bool:
        """Return whether a resource has this name."""
        with self.store.changed:
            return name in self._rows

    def describe(self, name: str) -> Record:
        """Return the public members of a record."""
        return public(self.get(name))

    @contextmanager
    def edit(self, name: str) -> Iterator[Record]:
        """Yield a record to change in place; store it, and wake those who wait."""
        with self.store.changed:
            record = self.get(name)
            yield record
            record["LastModifiedTime"] = time.time()
            self._put(name, record)

    def update(self, name: str, **members: Any) -> Record:
        """Set members of a record and return a copy of it."""
        with self.edit(name) as record:
            record.update(members)
        return record

    def delete(self, name: str) -> Record:
        """Remove a record and return what it was."""
        with self.store.changed:
            record = self.get(name)
            self._path(name).unlink(missing_ok=True)
            del self._rows[name]
            self._tell(record, None)
        return record

    def all(self) -> list[Record]:
        """Return copies of all records with their private members."""
        with self.store.changed:
            rows = list(self._rows.values())
        return [json.loads(row.text) for row in rows]

    def names(self, besides: Collection[str] = ()) -> list[str]:
        """Return the names of all records but those with one of these statuses."""
        with self.store.changed:
            rows = self._rows.values()
            return [row.name for row in rows if row.status not in besides]

    def set_aside(self, name: str, error: Exception) -> None:
        """Leave out a record that cannot be worked with; its file is renamed."""
        with self.store.changed:
            set_aside(self._path(name), error)
            del self._rows[name]
            self.store.changed.notify_all()

    def wait(
        self, name: str, ready: Callable[[Record], bool], timeout: float
    ) -> Record | None:
        """Return the record once `ready(record)`, or as it is after `timeout` s.

        None when the resource was deleted meanwhile.
        """
        with self.store.changed:
            self.store.changed.wait_for(
                lambda: name not in self._rows or ready(self.get(name)), timeout
            )
            return self.get(name) if name in self._rows else None

    def page(
        self,
        request: Record,
        order: str = "Descending",
        kept: Callable[[Record], bool] | None = None,
    ) -> tuple[list, Record]:
        """Return the records that a List request asks for, and the `NextToken` part.

        `kept` says of each record whether what else the request filters by fits.
        """
        with self.store.changed:
            rows = list(self._rows.values())
        if kept is not None:
            rows = [row for row in rows if kept(json.loads(row.text))]
        found, more = page(rows, request, order)
        return [json.loads(row.text) for row in found], more

    def _path(self, name: str) -> Path:
        return self.folder / f"{quote(name, safe='')}.json"  # "group/1" has a slash

    def _put(self, name: str, record: Record) -> None:
        text = json.dumps(record)
        row = self._row(name, text)
        write_text(self._path(name), text)
        before = self._rows.get(name)
        self._rows[name] = row
        self._tell(json.loads(before.text) if before else None, json.loads(text))

    def _row(self, name: str, text: str) -> Row:
        """Return a record with what lists sort it by; errors where it is none."""
        record = json.loads(text)
        if record[self.kind.key] != name or not record[self.kind.arn]:
            raise ValueError(f"it is not the record of {self.kind.words} {name}")
        times = float(record["CreationTime"]), float(record["LastModifiedTime"])
        return Row(name, *times, str(record.get(self.kind.status, "")), text)

    def _tell(self, before: Record | None, after: Record | None) -> None:
        self.store.changed.notify_all()
        for watcher in self.store.watchers:
            watcher((self.kind, self.region, before, after))


def public(record: Record) -> Record:
    """Return the members of a record that a client may see."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON to a temporary name beside `path`, then rename it."""
    write_text(path, json.dumps(value))


def write_text(path: Path, text: str) -> None:
    """Write a file whole, or leave it as it is."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to a temporary name beside `path`, then rename it.

    A write that fails leaves `path` as it is, and no other file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def table_of(call: Call, kind: Kind) -> Table:
    """Return the records of a kind in the region of a call."""
    return call.context.part(Store).table(kind, call.region)
