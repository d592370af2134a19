"""What is remembered of APIs: JSON documents in memory, and in a file each."""

from __future__ import annotations

import copy
import json
import random
import string
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.machine.files import set_aside
from localaws.records.pages import count
from localaws.records.store import write_json

Document = dict[str, Any]
REST, HTTP = "restapis", "apis"
NAMES = {REST: "restApiId", HTTP: "ApiId"}  # the member that names an API
SNAPSHOTS, KEYS, PLANS = "deployments", "apikeys", "usageplans"
USAGE, ACCOUNTS = "usage", "accounts"
_LETTERS = string.ascii_lowercase + string.digits


class Documents:
    """Documents by kind, region and name.

    One that was given out is never changed: a change makes a new one, which is there
    when it is on disk. So whoever serves requests needs no lock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._changing = threading.RLock()  # one changes something at a time
        self._held: dict[tuple[str, str], dict[str, Document]] = {}
        for path in sorted(folder.glob("*/*/*.json")):
            self._load(path)

    def get(self, kind: str, region: str, name: str) -> Document | None:
        """Return a document, or None."""
        return self._held.get((kind, region), {}).get(name)

    def all(self, kind: str, region: str) -> list[Document]:
        """Return all documents of a kind, in the order in which they were made."""
        return list(self._held.get((kind, region), {}).values())

    def find(self, kind: str, name: str) -> tuple[str, Document] | None:
        """Return the region that has a document of this name, and the document."""
        for (held, region), rows in list(self._held.items()):
            if held == kind and name in rows:
                return region, rows[name]
        return None

    def regions(self, kind: str) -> list[str]:
        """Return the regions that have documents of a kind."""
        return sorted(region for held, region in list(self._held) if held == kind)

    def put(self, kind: str, region: str, name: str, document: Document) -> None:
        """Keep a document; OSError where the disk does not take it."""
        with self._changing:
            write_json(self._path(kind, region, name), document)
            rows = self._held.get((kind, region), {})
            self._held[kind, region] = {**rows, name: document}

    @contextmanager
    def edit(self, kind: str, region: str, name: str) -> Iterator[Document]:
        """Yield a copy to change, and keep it; ServiceError where there is none."""
        with self._changing:
            found = self.get(kind, region, name)
            if found is None:
                raise missing(f"Invalid identifier specified: {name}")
            changed = copy.deepcopy(found)
            yield changed
            self.put(kind, region, name, changed)

    def remove(self, kind: str, region: str, name: str) -> Document | None:
        """Forget a document, and return what it was; None where it is not there."""
        with self._changing:
            rows = dict(self._held.get((kind, region), {}))
            found = rows.pop(name, None)
            self._path(kind, region, name).unlink(missing_ok=True)
            self._held[kind, region] = rows
        return found

    def remove_api(self, kind: str, region: str, name: str) -> None:
        """Forget an API with its deployments, those made in the last moment too."""
        found = self.remove(kind, region, name) or {"_deployments": {}}
        for each in found["_deployments"]:
            self.remove(SNAPSHOTS, region, f"{name}.{each}")

    def _path(self, kind: str, region: str, name: str) -> Path:
        return self.folder / region / kind / f"{quote(name, safe='')}.json"

    def _load(self, path: Path) -> None:
        if path.name.startswith("."):  # by a server that was killed
            path.unlink()
            return
        try:
            document = json.loads(path.read_text())
            if not isinstance(document, dict):
                raise ValueError("it is no document")
        except (OSError, ValueError, RecursionError) as error:
            set_aside(path, error)
            return
        place = path.parent.name, path.parent.parent.name
        self._held.setdefault(place, {})[unquote(path.stem)] = document


def documents(call: Call) -> Documents:
    """Return what is remembered of APIs."""
    return call.context.part(Documents)


def asked_for(call: Call, kind: str) -> Document:
    """Return the API that a request names; it is not to be changed."""
    name = call.input[NAMES[kind]]
    found = documents(call).get(kind, call.region, name)
    if found is None:
        account = call.context.account
        raise missing(f"Invalid API identifier specified {account}:{name}")
    return found


@contextmanager
def edited(call: Call, kind: str) -> Iterator[Document]:
    """Yield the API that a request names, to be changed and kept."""
    asked_for(call, kind)
    name = call.input[NAMES[kind]]
    with documents(call).edit(kind, call.region, name) as api:
        yield api


def held(rows: Mapping[str, Any], name: str, words: str) -> Any:
    """Return one of the parts of a document; ServiceError with `words` for none."""
    if name not in rows:
        raise missing(words)
    return rows[name]


def page_of(
    rows: list[Any], position: str, most: int, words: str
) -> tuple[list[Any], str]:
    """Return rows from a position on, and where the next page begins, or "".

    ServiceError with `words` for a position, or a number of rows, that cannot be.
    """
    start = count(position)
    if start is None or not 0 < most <= 500:
        raise bad(words)
    end = start + most
    return rows[start:end], str(end) if end < len(rows) else ""


def identifier(size: int = 10) -> str:
    """Return a new name of letters and digits, as API Gateway gives them."""
    return "".join(random.choices(_LETTERS, k=size))


def missing(message: str) -> ServiceError:
    """Return the error for what is not there."""
    return ServiceError("NotFoundException", message, 404)


def bad(message: str) -> ServiceError:
    """Return the error for a request that cannot be followed."""
    return ServiceError("BadRequestException", message, 400)


def conflict(message: str) -> ServiceError:
    """Return the error for what is there already, or still needed."""
    return ServiceError("ConflictException", message, 409)
