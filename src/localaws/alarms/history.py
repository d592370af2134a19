"""What has happened to alarms, kept beyond their end as AWS does."""

from __future__ import annotations

import json
import threading
from collections import deque
from pathlib import Path
from typing import Any

from localaws.persistence.journal import Journal
from localaws.records.store import write_text

MOST = 5000  # items of a region that are kept
LONGEST = 4095  # characters of an item's data
Item = dict[str, Any]


class History:
    """The history of the alarms of each region, the oldest item first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Guards what follows: one item is added at a time.
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Journal, deque[Item]]] = {}

    def add(
        self, region: str, alarm: dict[str, Any], kind: str, said: str, **data: Any
    ) -> None:
        """Add an item about an alarm: its kind, one line, and what it was exactly.

        `data` has the moment, in seconds since 1970, as `at`.
        """
        item = {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": type_of(alarm),
            "Timestamp": data.pop("at"),
            "HistoryItemType": kind,
            "HistorySummary": said[:255],
            "HistoryData": told(data),
        }
        with self._lock:
            journal, items = self._of(region)
            items.append(item)
            if journal.count < 2 * MOST:
                journal.add([item])
            else:
                lines = "".join(json.dumps(one) + "\n" for one in items)
                write_text(journal.path, lines)
                journal.count = len(items)

    def items(self, region: str) -> list[Item]:
        """Return what has happened in a region."""
        with self._lock:
            return list(self._of(region)[1])

    def _of(self, region: str) -> tuple[Journal, deque[Item]]:
        if region not in self._kept:
            journal = Journal(self._folder / f"{region}.jsonl")
            self._kept[region] = journal, deque(journal.load(), MOST)
        return self._kept[region]


def told(data: dict[str, Any]) -> str:
    """Return an item's data as JSON, without its longest texts if it has no room."""
    text = json.dumps({"version": "1.0", **data})
    if len(text) <= LONGEST:
        return text
    short = {key: value for key, value in data.items() if len(str(value)) < 1000}
    return json.dumps({"version": "1.0", **short})[:LONGEST]


def type_of(alarm: dict[str, Any]) -> str:
    """Return which type an alarm has, as AWS names it."""
    return "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm"
