"""Lambda's records in one region: functions, aliases, layers and mappings of queues."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from moto.awslambda.models import lambda_backends
from moto.logs.models import logs_backends

from localaws.machine.files import UNREADABLE
from localaws.persistence import snapshot
from localaws.persistence.journal import Kept, Records
from localaws.records.store import write_bytes

_NAMES = ("functions", "aliases", "mappings", "layers")
SMALL = 1000  # bytes that stand among the records; what is larger is code, in a file


class Functions(Kept):
    """The functions of a region: records in one file, each code in one of its own."""

    def __init__(self, folder: Path, account: str, region: str) -> None:
        super().__init__(_Records(folder, account, region))


class _Records(Records):
    def __init__(self, folder: Path, account: str, region: str) -> None:
        self.code = folder / "code"
        backend = lambda_backends[account][region]
        self.known = {"backend": backend, "logs": logs_backends[account][region]}
        super().__init__(folder / "lambda.json", backend, _NAMES)

    def keep(self) -> None:
        """Write the records if they changed, and remove code that is no function's."""
        super().keep()
        for path in self.code.glob("*"):
            if path.name not in self._written and not path.name.endswith(UNREADABLE):
                path.unlink(missing_ok=True)

    def state(self) -> dict[str, Any]:
        """Return the records by our names for them."""
        functions = self.backend._lambdas
        return {
            "functions": functions._functions,
            "aliases": dict(functions._aliases),
            "mappings": self.backend._event_source_mappings,
            "layers": self.backend._layers._layers,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Give the backend the records that were kept."""
        functions = self.backend._lambdas
        for held, kept in [
            (functions._functions, state["functions"]),
            (functions._aliases, state["aliases"]),
            (self.backend._event_source_mappings, state["mappings"]),
            (self.backend._layers._layers, state["layers"]),
        ]:
            held.clear()
            held.update(kept)
        functions._arns.clear()
        for group in functions._functions.values():
            for one in filter(None, [group["latest"], *group["versions"]]):
                functions._arns[one.function_arn] = one

    def _text(self) -> str:
        return json.dumps(_Encoder(self.known, self.code).value(self.state()))

    def _set(self, text: str) -> None:
        state = _Decoder(self.known, self.code).value(json.loads(text))
        if not isinstance(state, dict) or not set(_NAMES) <= state.keys():
            raise ValueError(f"it has not all of {', '.join(_NAMES)}")
        self.restore(state)


class _Encoder(snapshot.Encoder):
    """Writes code into files, named by what is in them."""

    def __init__(self, known: dict[str, Any], folder: Path) -> None:
        super().__init__(known)
        self._folder = folder

    def value(self, value: Any) -> Any:
        if type(value) is not bytes or len(value) < SMALL:
            return super().value(value)
        name = hashlib.sha256(value).hexdigest()
        path = self._folder / name
        if not path.exists():
            write_bytes(path, value)
        return {"file": name}


class _Decoder(snapshot.Decoder):
    def __init__(self, known: dict[str, Any], folder: Path) -> None:
        super().__init__(known)
        self._folder = folder

    def value(self, data: Any) -> Any:
        if not isinstance(data, dict) or data.keys() != {"file"}:
            return super().value(data)
        name = str(data["file"])
        found = (self._folder / name).read_bytes()
        if hashlib.sha256(found).hexdigest() != name:
            raise ValueError(f'the code "{name}" is not whole')
        return found
