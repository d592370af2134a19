"""REST APIs: the methods of resources, and the integrations behind these."""

from __future__ import annotations

from typing import Any

from localaws.api.registry import Call
from localaws.gateway import patches, request
from localaws.gateway.documents import Document, bad, conflict, held, missing
from localaws.gateway.operations import api_of, editing, resource_of
from localaws.gateway.pages import rest

_PLACE = ("restApiId", "resourceId", "httpMethod")


def _given(call: Call, *besides: str) -> Document:
    """Return the members of a request that are not about where something is."""
    left_out = (*_PLACE, *besides)
    return {name: value for name, value in call.input.items() if name not in left_out}


def method_of(api: Document, call: Call) -> Document:
    """Return the method that a request names; ServiceError where there is none."""
    methods = resource_of(api, call.input["resourceId"])["resourceMethods"]
    name, words = call.input["httpMethod"], "Invalid Method identifier specified"
    found: Document = held(methods, name.upper(), words)
    return found


def _integration(api: Document, call: Call) -> Document:
    words = "Invalid Integration identifier specified"
    found: Document = held(method_of(api, call), "methodIntegration", words)
    return found


def _response(responses: Document, call: Call) -> Document:
    words = "Invalid Response status code specified"
    found: Document = held(responses, call.input["statusCode"], words)
    return found


@rest("PutMethod")
def put_method(call: Call) -> Document:
    """Add a method to a resource; with ANY it has all that it does not have itself.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html
    """
    with editing(call) as api:
        resource = resource_of(api, call.input["resourceId"])
        name = call.input["httpMethod"].upper()
        made = {"apiKeyRequired": False, **_given(call), "httpMethod": name}
        made["methodResponses"] = {}
        if name in resource["resourceMethods"]:
            raise conflict("Method already exists for this resource")
        request.check_method(api, made)
        resource["resourceMethods"][name] = made
    return made


@rest("GetMethod")
def get_method(call: Call) -> Document:
    """Describe a method with its integration."""
    return method_of(api_of(call), call)


@rest("UpdateMethod")
def update_method(call: Call) -> Document:
    """Change a method."""
    with editing(call) as api:
        found = method_of(api, call)
        members = (
            "authorizationType",
            "authorizerId",
            "apiKeyRequired",
            "operationName",
        )
        more = ("requestParameters", "requestModels", "requestValidatorId")
        patches.follow(call, found, "GetMethod", *members, *more, "authorizationScopes")
        request.check_method(api, found)
    return found


@rest("DeleteMethod")
def delete_method(call: Call) -> dict[str, Any]:
    """Delete a method."""
    with editing(call) as api:
        name = method_of(api, call)["httpMethod"]
        del resource_of(api, call.input["resourceId"])["resourceMethods"][name]
    return {}


@rest("PutMethodResponse")
def put_method_response(call: Call) -> Document:
    """Say what a method may answer: MOCK integrations give the headers named here."""
    with editing(call) as api:
        made = _given(call)
        request.check_status(made)
        for name in made.get("responseParameters") or {}:
            if not name.startswith("method.response.header."):
                raise bad(f"Invalid mapping expression parameter specified: {name}")
        for name in (made.get("responseModels") or {}).values():
            if name not in api["_models"]:
                raise bad(f"Invalid model identifier specified: {name}")
        responses = method_of(api, call)["methodResponses"]
        if made["statusCode"] in responses:
            raise conflict("Response already exists for this resource")
        responses[made["statusCode"]] = made
    return made


@rest("GetMethodResponse")
def get_method_response(call: Call) -> Document:
    """Describe an answer that a method may give."""
    return _response(method_of(api_of(call), call)["methodResponses"], call)


@rest("UpdateMethodResponse")
def update_method_response(call: Call) -> Document:
    """Change an answer that a method may give."""
    with editing(call) as api:
        found = _response(method_of(api, call)["methodResponses"], call)
        members = ("responseParameters", "responseModels")
        patches.follow(call, found, "GetMethodResponse", *members)
    return found


@rest("DeleteMethodResponse")
def delete_method_response(call: Call) -> dict[str, Any]:
    """Delete an answer that a method may give."""
    with editing(call) as api:
        responses = method_of(api, call)["methodResponses"]
        _response(responses, call)
        del responses[call.input["statusCode"]]
    return {}


@rest("PutIntegration")
def put_integration(call: Call) -> Document:
    """Let a method call a function (AWS_PROXY), or answer itself (MOCK).

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
    """
    with editing(call) as api:
        method = method_of(api, call)
        made = _given(call, "integrationHttpMethod")
        if name := call.input.get("integrationHttpMethod"):
            made["httpMethod"] = name
        default = {"passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29_000}
        made = {**default, "cacheNamespace": call.input["resourceId"], **made}
        request.check_integration(made)
        made["integrationResponses"] = {}
        method["methodIntegration"] = made
    return made


@rest("GetIntegration")
def get_integration(call: Call) -> Document:
    """Describe what is behind a method."""
    return _integration(api_of(call), call)


@rest("UpdateIntegration")
def update_integration(call: Call) -> Document:
    """Change what is behind a method."""
    with editing(call) as api:
        found = _integration(api, call)
        for each in call.input.get("patchOperations") or []:
            if each.get("path") == "/integrationHttpMethod":
                each["path"] = "/httpMethod"
        members = ("uri", "httpMethod", "credentials", "requestParameters", "type")
        more = ("requestTemplates", "passthroughBehavior", "contentHandling")
        rest = (
            "timeoutInMillis",
            "cacheNamespace",
            "cacheKeyParameters",
            "connectionType",
        )
        patches.follow(call, found, "GetIntegration", *members, *more, *rest)
        request.check_integration(found)
    return found


@rest("DeleteIntegration")
def delete_integration(call: Call) -> dict[str, Any]:
    """Leave a method without anything behind it."""
    with editing(call) as api:
        _integration(api, call)
        del method_of(api, call)["methodIntegration"]
    return {}


@rest("PutIntegrationResponse")
def put_integration_response(call: Call) -> Document:
    """Say what a MOCK integration answers with a status.

    https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegrationResponse.html
    """
    with editing(call) as api:
        made = _given(call)
        request.check_response(made)
        _check_declared(method_of(api, call), made)
        _integration(api, call)["integrationResponses"][made["statusCode"]] = made
    return made


def _check_declared(method: Document, record: Document) -> None:
    """Raise ServiceError for what the method's own responses do not name."""
    status = record["statusCode"]
    declared = method["methodResponses"].get(status)
    if declared is None:
        raise missing("Invalid Response status code specified")
    known = declared.get("responseParameters") or {}
    for name in record.get("responseParameters") or {}:
        if name not in known:
            raise bad(
                "Invalid mapping expression specified: Validation Result: warnings : "
                f"[], errors : [Invalid mapping expression parameter specified: {name}]"
            )


@rest("GetIntegrationResponse")
def get_integration_response(call: Call) -> Document:
    """Describe what a MOCK integration answers with a status."""
    return _response(_integration(api_of(call), call)["integrationResponses"], call)


@rest("UpdateIntegrationResponse")
def update_integration_response(call: Call) -> Document:
    """Change what a MOCK integration answers with a status."""
    with editing(call) as api:
        found = _response(_integration(api, call)["integrationResponses"], call)
        members = ("selectionPattern", "responseParameters", "responseTemplates")
        patches.follow(
            call, found, "GetIntegrationResponse", *members, "contentHandling"
        )
        request.check_response(found)
        _check_declared(method_of(api, call), found)
    return found


@rest("DeleteIntegrationResponse")
def delete_integration_response(call: Call) -> dict[str, Any]:
    """Forget what a MOCK integration answers with a status."""
    with editing(call) as api:
        responses = _integration(api, call)["integrationResponses"]
        _response(responses, call)
        del responses[call.input["statusCode"]]
    return {}
