"""What EventBridge is told of a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Told:
    """An event of a change of a record, beyond what all events have."""

    detail_type: str
    resources: list[str]
    detail: dict[str, Any]
