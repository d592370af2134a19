"""SQS in one region: the queues in one file, the messages of each in one that grows."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

from moto.sqs.models import Message, Queue, sqs_backends

from localaws.persistence import snapshot
from localaws.persistence.journal import Journal, Records
from localaws.persistence.setbacks import SETBACKS
from localaws.records.store import write_text

_NOT_OF_QUEUE = (
    *("_messages", "_pending_messages", "_messages_lock", "deleted_messages"),
    "lambda_event_source_mappings",
)
SPARE = 1000  # lines about what is gone that a file may have when it is read


class Queues:
    """The queues of a region and what waits in them."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        self.folder = folder
        self.backend = sqs_backends[account][region]
        self._lock = threading.Lock()  # one writes at a time, in the order of changes
        self._records = _Records(folder / "sqs.json", self.backend, ["queues"])
        self._waiting: dict[Queue, _Waiting] = {}

    def load(self) -> None:
        """Bring back what an earlier server kept."""
        self._records.load()
        self._load_messages()

    def keep(self, environ: dict[str, Any]) -> None:
        """Write the queues if they changed, and what has come, gone or been seen."""
        self._keep(messages_only=False)

    def keep_messages(self) -> None:
        """Write what another service has sent to the queues, or taken from them."""
        if any(self._of(queue).stirred() for queue in self._queues()):
            self._keep(messages_only=True)

    def _keep(self, messages_only: bool) -> None:
        with self._lock:
            try:
                with SETBACKS.noted():
                    if not messages_only:
                        self._records.keep()
                    self._keep_messages()
            except OSError:
                self._load_messages()
                raise

    def _keep_messages(self) -> None:
        queues = self._queues()
        for queue in queues:
            self._of(queue).keep()
        for queue in self._waiting.keys() - set(queues):
            self._waiting.pop(queue).journal.path.unlink(missing_ok=True)

    def _load_messages(self) -> None:
        self._waiting.clear()
        for queue in self._queues():
            self._of(queue).load()
        names = {waiting.journal.path.name for waiting in self._waiting.values()}
        for path in self.folder.glob("*.jsonl"):
            if path.name not in names:
                path.unlink()  # its queue was being deleted

    def _queues(self) -> list[Queue]:
        return list(self.backend.queues.values())

    def _of(self, queue: Queue) -> _Waiting:
        if queue not in self._waiting:
            made = f"{queue.name} {queue.created_timestamp}"  # its name may come again
            name = hashlib.sha256(made.encode()).hexdigest()[:32]
            journal = Journal(self.folder / f"{name}.jsonl", _decoded)
            self._waiting[queue] = _Waiting(queue, journal)
        return self._waiting[queue]


class _Records(Records):
    def _text(self) -> str:
        encoder = snapshot.Encoder({"backend": self.backend}, _NOT_OF_QUEUE)
        return json.dumps(encoder.value(self.state()))

    def restore(self, state: dict[str, Any]) -> None:
        """Give the backend its queues, each without messages or with those it has."""
        before = dict(self.backend.queues)
        for name, queue in state["queues"].items():
            other = before.get(name)
            kind: Any = Queue  # moto leaves an attribute abstract that it never asks
            empty = kind(name, queue.region, queue.account_id)
            source = vars(other if other is not None else empty)
            vars(queue).update({k: v for k, v in source.items() if k in _NOT_OF_QUEUE})
        self.backend.queues = state["queues"]


class _Waiting:
    """The messages of one queue: lines say what has come or been seen, and is gone."""

    def __init__(self, queue: Queue, journal: Journal) -> None:
        self.queue, self.journal = queue, journal
        self._kept: dict[str, tuple] = {}  # by message: what changes when it is seen
        self._deleted: set[str] = set()  # handles of messages that are gone

    def load(self) -> None:
        """Give the queue the messages that are on disk."""
        found: dict[str, Message] = {}
        for line in self.journal.load():
            if isinstance(line, Message):
                found[line.id] = line
            else:
                for number in line["gone"]:
                    found.pop(number, None)
                self.queue.deleted_messages.update(line["handles"])
        self.queue._messages = list(found.values())
        self.queue._pending_messages = {m for m in found.values() if not m.visible}
        self._kept = {number: _seen(message) for number, message in found.items()}
        self._deleted = set(self.queue.deleted_messages)
        if self.journal.count > len(found) + SPARE:
            lines = [json.dumps(_encoded(message)) for message in found.values()]
            write_text(self.journal.path, "".join(f"{line}\n" for line in lines))

    def stirred(self) -> bool:
        """Return whether a message has come or gone since all were written."""
        messages = list(self.queue._messages)
        return len(messages) != len(self._kept) or bool(
            messages and messages[-1].id not in self._kept
        )

    def keep(self) -> None:
        """Write what has changed; OSError where that fails."""
        now = {message.id: message for message in list(self.queue._messages)}
        changed = {
            number: message
            for number, message in now.items()
            if self._kept.get(number) != _seen(message)
        }
        lines: list[Any] = [_encoded(message) for message in changed.values()]
        if gone := sorted(self._kept.keys() - now):
            # Who was not told that a message is deleted deletes it again.
            handles = sorted(filter(None, self.queue.deleted_messages - self._deleted))
            lines.append({"gone": gone, "handles": handles})
        self.journal.add(lines)
        for number in gone:
            del self._kept[number]
        self._deleted = set(self.queue.deleted_messages) if gone else self._deleted
        self._kept.update({number: _seen(one) for number, one in changed.items()})


def _seen(message: Message) -> tuple:
    """Return what changes of a message that somebody is given."""
    return message.visible_at, message.receipt_handle


def _encoded(message: Message) -> Any:
    return snapshot.Encoder({}).value(message)


def _decoded(value: Any) -> Any:
    """Return a message, or what a line says of those that are gone."""
    return value if "gone" in value else snapshot.Decoder({}).value(value)
