"""KMS in one region: keys with what they encrypt by, their aliases and grants."""

from __future__ import annotations

from pathlib import Path

from moto.kms.models import kms_backends

from localaws.persistence.journal import Kept, Records


class Keyring(Kept):
    """The keys of a region in one file: what is encrypted is of no use without them."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        backend = kms_backends[account][region]
        super().__init__(Records(folder / "kms.json", backend, ("keys", "tagger")))
