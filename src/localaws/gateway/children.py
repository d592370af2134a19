"""REST APIs: authorizers, validators, models, and API Gateway's own answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.api.registry import Call
from localaws.gateway import patches, request
from localaws.gateway.documents import Document, conflict, held, identifier
from localaws.gateway.faults import TYPES
from localaws.gateway.operations import api_of, editing, paged
from localaws.gateway.pages import REST, five, rest


@dataclass(frozen=True)
class Child:
    """A kind of what an API has beside its resources, made and changed all alike."""

    name: str  # in the names of the operations
    words: str
    shelf: str  # of the API's document
    key: str  # the member of requests that names one
    own: str  # the member of one with its name
    changeable: tuple[str, ...]
    check: Callable[[Document, Document], None]


CHILDREN = (
    Child(
        *("Authorizer", "an authorizer", "_authorizers", "authorizerId", "id"),
        (
            *("name", "authorizerUri", "authorizerCredentials", "identitySource"),
            *("identityValidationExpression", "authorizerResultTtlInSeconds"),
            *("authType", "type"),
        ),
        request.check_authorizer,
    ),
    Child(
        *("RequestValidator", "a validator of requests", "_validators"),
        *("requestValidatorId", "id"),
        ("name", "validateRequestBody", "validateRequestParameters"),
        lambda api, record: None,
    ),
    Child(
        *("Model", "a model of bodies, a JSON schema", "_models", "modelName", "name"),
        ("description", "schema"),
        request.check_model,
    ),
)


def child_of(api: Document, child: Child, name: str) -> Document:
    """Return one of the children; ServiceError where there is none."""
    words = f"Invalid {child.name} identifier specified"
    if child.own == "name":
        words = f"Invalid model name specified: {name}"
    found: Document = held(api[child.shelf], name, words)
    return found


def _create(child: Child, call: Call) -> Document:
    with editing(call) as api:
        made = {k: v for k, v in call.input.items() if k != "restApiId"}
        made["id"] = identifier(6)
        if made[child.own] in api[child.shelf]:
            raise conflict(f"{child.name} name already exists for this REST API")
        child.check(api, made)
        api[child.shelf][made[child.own]] = made
    return made


def _update(child: Child, call: Call) -> Document:
    with editing(call) as api:
        found = child_of(api, child, call.input[child.key])
        patches.follow(call, found, f"Get{child.name}", *child.changeable)
        child.check(api, found)
    return found


def _delete(child: Child, call: Call) -> dict[str, Any]:
    with editing(call) as api:
        name = call.input[child.key]
        child_of(api, child, name)
        for each in api["_resources"].values():
            for method in each["resourceMethods"].values():
                used = (
                    method.get(child.key),
                    *(method.get("requestModels") or {}).values(),
                )
                if name in used:
                    raise conflict(
                        f"{child.name} {name} is used in a method: {each['path']}"
                    )
        del api[child.shelf][name]
    return {}


def _register(child: Child) -> None:
    five(
        REST,
        child.name,
        child.words,
        lambda call: _create(child, call),
        lambda call: child_of(api_of(call), child, call.input[child.key]),
        lambda call: paged(call, list(api_of(call)[child.shelf].values())),
        lambda call: _update(child, call),
        lambda call: _delete(child, call),
    )


for _child in CHILDREN:
    _register(_child)


@rest("PutGatewayResponse")
def put_gateway_response(call: Call) -> Document:
    """Say how an answer looks that API Gateway gives itself, such as a 403."""
    with editing(call) as api:
        made = {k: v for k, v in call.input.items() if k != "restApiId"}
        request.check_answer(made)
        api["_answers"][made["responseType"]] = made
    return _answer(made["responseType"], made)


@rest("GetGatewayResponse")
def get_gateway_response(call: Call) -> Document:
    """Describe how an answer of API Gateway's own looks."""
    kind = call.input["responseType"]
    return _answer(kind, api_of(call)["_answers"].get(kind))


@rest("GetGatewayResponses")
def get_gateway_responses(call: Call) -> dict[str, Any]:
    """List how the answers of API Gateway's own look."""
    said = api_of(call)["_answers"]
    return paged(call, [_answer(kind, said.get(kind)) for kind in TYPES])


@rest("UpdateGatewayResponse")
def update_gateway_response(call: Call) -> Document:
    """Change how an answer of API Gateway's own looks."""
    kind = call.input["responseType"]
    with editing(call) as api:
        found = _answer(kind, api["_answers"].get(kind))
        members = ("statusCode", "responseParameters", "responseTemplates")
        patches.follow(call, found, "GetGatewayResponse", *members)
        request.check_answer(found)
        api["_answers"][kind] = found
    return {**found, "defaultResponse": False}


@rest("DeleteGatewayResponse")
def delete_gateway_response(call: Call) -> dict[str, Any]:
    """Let an answer of API Gateway's own look as it does by default."""
    with editing(call) as api:
        api["_answers"].pop(call.input["responseType"], None)
    return {}


def _answer(kind: str, said: Document | None) -> Document:
    template = {"application/json": '{"message":$context.error.messageString}'}
    status = {"statusCode": str(TYPES[kind])} if TYPES[kind] else {}
    default: Document = {"responseType": kind, "responseParameters": {}, **status}
    default |= {"responseTemplates": template, "defaultResponse": True}
    return {**default, **said, "defaultResponse": False} if said else default
