"""SNS in one region: topics and who has subscribed to them, without past messages."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

from moto.sns.models import sns_backends

from localaws.persistence import snapshot
from localaws.persistence.journal import Kept, Records

_NAMES = ("topics", "subscriptions")
_PAST = "sent_notifications"  # of a topic: moto notes them for its own tests


class Topics(Kept):
    """The topics of a region and their subscriptions in one file."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        backend = sns_backends[account][region]
        super().__init__(_Records(folder / "sns.json", backend, _NAMES))


class _Records(Records):
    def state(self) -> dict[str, Any]:
        """Return the records as plain dictionaries."""
        return {name: dict(getattr(self.backend, name)) for name in self.names}

    def restore(self, state: dict[str, Any]) -> None:
        """Give the backend the records that were kept."""
        for topic in state["topics"].values():
            setattr(topic, _PAST, [])
        for name in self.names:
            setattr(self.backend, name, OrderedDict(state[name]))

    def _text(self) -> str:
        encoder = snapshot.Encoder({"backend": self.backend}, (_PAST,))
        return json.dumps(encoder.value(self.state()))
