"""What callers and roles needed, written as the smallest policies that allow it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from localaws.iam.identity import FREE, Identity
from localaws.iam.permissions import Need
from localaws.records.store import write_text

# The condition keys of a need that its policy asks for as well.
_ASKED = {"iam:passedtoservice": "iam:PassedToService"}


class Recorder:
    """Notes each permission that was needed, and writes them at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # guards the needs
        self._needs: dict[str, set[tuple[str, str, str]]] = {}  # by who had them

    def note(self, who: Identity, wanted: Iterable[Need]) -> None:
        """Add what a user, or a session of a role, needed."""
        found = {
            (need.action, need.resource, _condition(need))
            for need in wanted
            if need.action not in FREE
        }
        with self._lock:
            self._needs.setdefault(who.arn, set()).update(found)

    def policies(self) -> dict[str, Any]:
        """Return a policy for each user and session, by its ARN."""
        with self._lock:
            return {arn: document(found) for arn, found in sorted(self._needs.items())}

    def write(self) -> None:
        """Write the policies; OSError where that cannot be."""
        write_text(self.path, json.dumps(self.policies(), indent=2) + "\n")


def document(needs: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """Return the policy that allows these actions on these resources, and no others.

    Actions on the same resources, with the same condition, share a statement.
    """
    resources: dict[tuple[str, str], set[str]] = {}
    for action, resource, condition in needs:
        resources.setdefault((action, condition), set()).add(resource)
    actions: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for (action, condition), places in sorted(resources.items()):
        actions.setdefault((tuple(sorted(places)), condition), []).append(action)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": names,
                "Resource": list(places),
                **({"Condition": json.loads(condition)} if condition else {}),
            }
            for (places, condition), names in actions.items()
        ],
    }


def _condition(need: Need) -> str:
    """Return the condition of a need as JSON, or nothing."""
    keys = {
        _ASKED[name]: values[0] for name, values in need.keys.items() if name in _ASKED
    }
    return json.dumps({"StringEquals": keys}) if keys else ""
