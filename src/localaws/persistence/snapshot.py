"""Records of moto as JSON and back: plain attributes of classes that moto defines."""

from __future__ import annotations

import base64
import datetime
import importlib
import json
from enum import Enum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

_DATES = {
    kind.__name__: kind for kind in (datetime.datetime, datetime.date, datetime.time)
}


class Encoder:
    """Turns records into JSON values; a record that is met twice stays one record.

    `known` are objects that the reader has as well, such as a record's owner: they are
    written by name. `without` are names of attributes that are left out.
    """

    def __init__(self, known: dict[str, Any], without: tuple[str, ...] = ()) -> None:
        self._names: dict[int, Any] = {id(value): name for name, value in known.items()}
        self._without = without
        self._alive: list[Any] = []  # an id names an object only while that lives

    def value(self, value: Any) -> Any:
        """Return what stands for `value`; TypeError for what is no plain record."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) is list:
            return [self.value(item) for item in value]
        if id(value) in self._names:
            return {"ref": self._names[id(value)]}
        if type(value) is dict:
            return {"dict": self._pairs(value)}
        if isinstance(value, (tuple, set)):
            return {type(value).__name__: [self.value(item) for item in value]}
        if isinstance(value, (bytes, bytearray)):
            return {"bytes": base64.b64encode(value).decode()}
        if type(value).__name__ in _DATES and type(value) in _DATES.values():
            return {type(value).__name__: value.isoformat()}
        if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
            plain = NoEncryption()
            text = value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain)
            return {"pem": text.decode()}
        return self._record(value)

    def _record(self, value: Any) -> dict[str, Any]:
        kind = type(value)
        if not kind.__module__.startswith("moto."):
            raise TypeError(f'cannot keep a "{kind.__module__}.{kind.__qualname__}"')
        name = f"{kind.__module__}:{kind.__qualname__}"
        if isinstance(value, Enum):
            return {"enum": name, "value": value.value}
        self._alive.append(value)
        self._names[id(value)] = len(self._alive)
        state = {k: v for k, v in vars(value).items() if k not in self._without}
        record = {"class": name, "id": len(self._alive), "state": self._pairs(state)}
        if isinstance(value, dict):
            record["items"] = self._pairs(value)
        return record

    def _pairs(self, items: dict[Any, Any]) -> list:
        pairs = list(dict(items).items())  # other requests may be changing it
        return [[self.value(key), self.value(value)] for key, value in pairs]


class Decoder:
    """Turns what an `Encoder` wrote into records again."""

    def __init__(self, known: dict[str, Any]) -> None:
        self._found: dict[Any, Any] = dict(known)

    def value(self, data: Any) -> Any:
        """Return the value that `data` stands for; ValueError if there is none."""
        if isinstance(data, list):
            return [self.value(item) for item in data]
        if not isinstance(data, dict):
            return data
        if "class" in data:
            return self._record(data)
        if "enum" in data:
            return _class(data["enum"])(data["value"])
        ((kind, content),) = data.items()
        if kind == "ref":
            return self._found[content]
        if kind == "dict":
            return self._items(content)
        if kind in ("tuple", "set"):
            return {"tuple": tuple, "set": set}[kind](self.value(content))
        if kind == "bytes":
            return base64.b64decode(content)
        if kind == "pem":
            return load_pem_private_key(content.encode(), None)
        return _DATES[kind].fromisoformat(content)

    def _record(self, data: dict[str, Any]) -> Any:
        kind: Any = _class(data["class"])
        record = kind.__new__(kind)
        self._found[data["id"]] = record  # before its parts, which may refer to it
        vars(record).update(self._items(data["state"]))
        if isinstance(record, dict):
            dict.update(record, self._items(data["items"]))
        return record

    def _items(self, pairs: list) -> dict[Any, Any]:
        return {self.value(key): self.value(value) for key, value in pairs}


def dumps(value: Any, known: dict[str, Any], without: tuple[str, ...] = ()) -> str:
    """Return `value` as one line of JSON."""
    return json.dumps(Encoder(known, without).value(value))


def loads(text: str | bytes, known: dict[str, Any]) -> Any:
    """Return the value that `dumps` wrote."""
    return Decoder(known).value(json.loads(text))


def _class(name: str) -> type:
    """Return a class of moto; what is not one is never made."""
    module, _, path = name.partition(":")
    if not module.startswith("moto."):
        raise ValueError(f'"{name}" is not a class of moto')
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not isinstance(found, type):
        raise ValueError(f'"{name}" is not a class of moto')
    return found
