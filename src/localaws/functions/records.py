"""moto's records of functions, with what they lack; what reaches one is run here."""

from __future__ import annotations

import functools
import json
from typing import Any

from moto.awslambda.models import (
    ImageConfig,
    LambdaBackend,
    LambdaFunction,
    LayerVersion,
)

from localaws.api.registry import Context
from localaws.functions import image
from localaws.functions.invocation import Functions, event_of
from localaws.functions.later import Later

# The members of a request that moto does not keep, and its attribute for them.
_KEPT = {
    "DeadLetterConfig": "dead_letter_config",
    "EphemeralStorage": "",
    "TracingConfig": "tracing_config",
}
_CHANGES = ("update_function_code", "update_function_configuration", "delete_function")
_own: Any = {
    name: getattr(LambdaFunction, name)
    for name in (
        *("__init__", "update_configuration", "get_configuration"),
        "_set_function_code",
    )
}
_layer_made: Any = LayerVersion.__init__
_backend: Any = {name: getattr(LambdaBackend, name) for name in _CHANGES}


def setup(functions: Functions, later: Later) -> None:
    """Let moto's functions run in this server, and keep all that is said of them."""
    record: Any = LambdaFunction
    record.__init__ = _made
    record.update_configuration = _changed
    record.get_configuration = _told
    record._set_function_code = functools.partialmethod(_coded, functions.context)
    layer: Any = LayerVersion
    layer.__init__ = _layered
    # What S3, SNS and Logs tell a function: none of them waits for it.
    record.invoke = functools.partialmethod(_later, later)
    backend: Any = LambdaBackend
    backend.invoke = functools.partialmethod(_now, functions)
    for name in _CHANGES:
        setattr(backend, name, functools.partialmethod(_swept, name, functions))


def _made(
    self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **more: Any
) -> None:
    _own["__init__"](self, account_id, spec, *rest, **more)
    self.dead_letter_config = spec.get("DeadLetterConfig")


def _coded(self: Any, context: Context, spec: dict[str, Any]) -> None:
    """Take code, and keep it once: not as it came, in base64."""
    if ("ImageUri" in spec) != (self.package_type == "Image"):
        raise image.mismatched(self.package_type)
    _own["_set_function_code"](self, spec)
    if "ImageUri" in spec and not spec.get("DryRun"):
        image.take(context, self, spec["ImageUri"])
    if "ZipFile" in self.code:
        self.code = {**self.code, "ZipFile": ""}


def _layered(self: Any, spec: dict[str, Any], *rest: Any, **ways: Any) -> None:
    _layer_made(self, spec, *rest, **ways)
    self.content = {k: v for k, v in self.content.items() if k != "ZipFile"}


def _changed(self: Any, updates: dict[str, Any]) -> Any:
    for name, attribute in _KEPT.items():
        if name in updates and attribute:
            setattr(self, attribute, updates[name])
    if "EphemeralStorage" in updates:
        self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
    if "ImageConfig" in updates:
        self.image_config = ImageConfig(updates["ImageConfig"])
    _own["update_configuration"](self, updates)
    return self.get_configuration()


def _told(self: Any, on_create: bool = False) -> dict[str, Any]:
    told = _own["get_configuration"](self, on_create)
    if letters := getattr(self, "dead_letter_config", None):
        told["DeadLetterConfig"] = letters
    return told


def _later(self: Any, later: Later, body: str, *headers: Any) -> bytes:
    later.put(self.region, event_of(body.encode(), self.function_arn))
    return b""


def _now(
    self: Any,
    functions: Functions,
    function_name: str,
    qualifier: str | None,
    body: Any,
    headers: Any,
    response_headers: Any,
) -> bytes:
    """Run a function for a service that waits, such as Secrets Manager."""
    called = functions.find(function_name, qualifier, self.region_name)
    data = body if isinstance(body, bytes) else str(body or "").encode()
    outcome = functions.call(called, event_of(data, called.arn))
    if outcome.failed:
        response_headers["x-amz-function-error"] = "Unhandled"
    return outcome.body or json.dumps(None).encode()


def _swept(self: Any, name: str, functions: Functions, *given: Any, **more: Any) -> Any:
    """Change a function, and end the processes that are of no use any more."""
    try:
        return _backend[name](self, *given, **more)
    finally:
        functions.pool.sweep()
