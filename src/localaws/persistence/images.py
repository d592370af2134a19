"""ECR's records in one region: repositories and their images, without half uploads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from moto.ecr.models import ecr_backends

from localaws.persistence import snapshot
from localaws.persistence.journal import Kept, Records

_NAMES = (
    *("repositories", "registry_policy", "replication_config", "tagger"),
    "registry_scanning_configuration",
)
_HALF = "uploads"  # of a repository: layers that are being brought


class Images(Kept):
    """The repositories of a region in one file; their layers are in files already."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        backend = ecr_backends[account][region]
        super().__init__(_Records(folder / "ecr.json", backend, _NAMES))


class _Records(Records):
    def restore(self, state: dict[str, Any]) -> None:
        """Give the backend the records that were kept."""
        for repository in state["repositories"].values():
            setattr(repository, _HALF, {})
        super().restore(state)

    def _text(self) -> str:
        encoder = snapshot.Encoder({"backend": self.backend}, (_HALF,))
        return json.dumps(encoder.value(self.state()))
