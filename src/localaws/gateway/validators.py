"""Request validators: the parameters that a method wants, and its model of a body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from localaws.gateway.documents import Document
from localaws.gateway.faults import Fault
from localaws.gateway.inbound import Inbound, last

_MODEL = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/(\w+)")
_BODY = "Invalid request body"


def check(api: Document, method: Document, inbound: Inbound) -> None:
    """Raise Fault where a request is not what the method's validator wants."""
    validator = api["_validators"].get(method.get("requestValidatorId") or "")
    if validator is None:
        return
    if validator.get("validateRequestParameters"):
        _check_parameters(method, inbound)
    if validator.get("validateRequestBody"):
        _check_body(api, method, inbound)


def _check_parameters(method: Document, inbound: Inbound) -> None:
    given = {
        "querystring": last(inbound.query),
        "path": inbound.variables,
        "header": {name.lower(): value for name, value in inbound.headers},
    }
    absent = []
    for text, required in sorted((method.get("requestParameters") or {}).items()):
        place, name = text.removeprefix("method.request.").split(".", 1)
        known = name.lower() if place == "header" else name
        if required and not given[place].get(known):
            absent.append(name)
    if absent:
        words = f"Missing required request parameters: [{', '.join(absent)}]"
        raise Fault("BAD_REQUEST_PARAMETERS", words)


def _check_body(api: Document, method: Document, inbound: Inbound) -> None:
    models = method.get("requestModels") or {}
    name = models.get(inbound.kind) or models.get("$default")
    if name is None or name not in api["_models"]:
        return
    try:
        value = json.loads(inbound.body or b"{}")
    except (ValueError, RecursionError):
        raise Fault("BAD_REQUEST_BODY", _BODY) from None
    if not fits(schema_of(api, name), value):
        raise Fault("BAD_REQUEST_BODY", _BODY)


def fits(schema: dict[str, Any], value: Any) -> bool:
    """Return whether a value is as a schema says."""
    from jsonschema import Draft4Validator  # type: ignore[import-untyped]

    try:
        return bool(Draft4Validator(schema).is_valid(value))
    except Exception:  # a reference that leads nowhere, or in a circle
        return False


def schema_of(api: Document, name: str) -> dict[str, Any]:
    """Return the schema of a model with those that it refers to, as one document."""
    found: dict[str, Any] = {}
    waiting = [name]
    while waiting:
        each = waiting.pop()
        if each in found or each not in api["_models"]:
            continue
        text = api["_models"][each].get("schema") or "{}"
        found[each] = _pointed(json.loads(text), each, waiting)
    draft = "http://json-schema.org/draft-04/schema#"
    root = {"$schema": draft, "allOf": [{"$ref": f"#/definitions/{name}"}]}
    return {**root, "definitions": found}


def _pointed(node: Any, own: str, waiting: list[str]) -> Any:
    """Return a schema whose references lead to the definitions of one document."""
    if isinstance(node, list):
        return [_pointed(part, own, waiting) for part in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: _pointed(part, own, waiting)
        for key, part in node.items()
        if not (key in ("$schema", "id") and isinstance(part, str))
    }
    target = node.get("$ref")
    if isinstance(target, str):
        if match := _MODEL.fullmatch(target):
            waiting.append(match[1])
            made["$ref"] = f"#/definitions/{match[1]}"
        elif target.startswith("#"):
            made["$ref"] = f"#/definitions/{own}{target[1:]}"
    return made
