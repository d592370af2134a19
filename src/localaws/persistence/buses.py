"""EventBridge's records in one region: buses, rules and their targets, archives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from moto.events.models import events_backends

from localaws.persistence.journal import Kept, Records

# What archives have kept is written with the next change of a rule.
_NAMES = ("event_buses", "archives", "replays", "tagger")


class Buses(Kept):
    """The rules of a region, in one file."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        backend = events_backends[account][region]
        super().__init__(_Records(folder / "events.json", backend, _NAMES))


class _Records(Records):
    def state(self) -> dict[str, Any]:
        """Return the records, with the rules of each bus in a plain dict."""
        for bus in list(self.backend.event_buses.values()):
            if type(bus.rules) is not dict:  # an ordered one is no plain record
                bus.rules = dict(bus.rules)
        return super().state()
