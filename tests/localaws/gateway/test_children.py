"""Authorizers, validators, models and gateway responses of an API."""

import pytest
from apis_inside import URI

AUTHORIZER = {
    "name": "g",
    "type": "TOKEN",
    "authorizerUri": URI,
    "identitySource": "method.request.header.T",
}
MODEL = {"name": "M", "contentType": "application/json"}


@pytest.mark.parametrize(
    ("kind", "key", "given", "path", "value"),
    [
        ("Authorizer", "authorizerId", AUTHORIZER, "name", "h"),
        ("RequestValidator", "requestValidatorId", {"name": "v"}, "name", "w"),
        ("Model", "modelName", MODEL, "description", "d"),
    ],
)
def test_each_is_made_changed_listed_and_deleted(
    gateway, kind, key, given, path, value
):
    api = gateway.api()
    made = gateway.rest(f"Create{kind}", restApiId=api, **given)
    place = {"restApiId": api, key: made["name" if kind == "Model" else "id"]}
    row = {"op": "replace", "path": f"/{path}", "value": value}
    gateway.rest(f"Update{kind}", **place, patchOperations=[row])
    found = gateway.rest(f"Get{kind}", **place)
    assert found == {**made, path: value}
    assert found in gateway.rest(f"Get{kind}s", restApiId=api)["items"]
    gateway.rest(f"Delete{kind}", **place)
    code = "NotFoundException"
    gateway.refuses("Invalid", "apigateway", f"Get{kind}", code, **place)


def test_what_a_method_uses_is_not_deleted(gateway):
    api = gateway.api()
    one = gateway.rest("CreateAuthorizer", restApiId=api, **AUTHORIZER)["id"]
    given = {"authorizationType": "CUSTOM", "authorizerId": one}
    gateway.method(api, "/a", **given, requestModels={"application/json": "Empty"})
    for kind, key, name in (
        ("Authorizer", "authorizerId", one),
        ("Model", "modelName", "Empty"),
    ):
        place = {"restApiId": api, key: name}
        words = ("is used", "apigateway", f"Delete{kind}", "ConflictException")
        gateway.refuses(*words, **place)


def test_a_model_has_one_name(gateway):
    api = gateway.api()
    gateway.rest("CreateModel", restApiId=api, **MODEL)
    words = ("exists", "apigateway", "CreateModel", "ConflictException")
    gateway.refuses(*words, restApiId=api, **MODEL)


def test_gateway_responses_are_the_authors_or_the_default(gateway):
    api = gateway.api()
    place = {"restApiId": api, "responseType": "THROTTLED"}
    default = gateway.rest("GetGatewayResponse", **place)
    assert default["statusCode"] == "429" and default["defaultResponse"] is True
    gateway.rest("PutGatewayResponse", **place, statusCode="503")
    name = "gatewayresponse.header.Retry-After"
    row = {"op": "add", "path": f"/responseParameters/{name}", "value": "'1'"}
    gateway.rest("UpdateGatewayResponse", **place, patchOperations=[row])
    found = gateway.rest("GetGatewayResponse", **place)
    assert (found["statusCode"], found["defaultResponse"]) == ("503", False)
    assert found["responseParameters"] == {name: "'1'"}
    rows = gateway.rest("GetGatewayResponses", restApiId=api)["items"]
    assert len(rows) == 21 and found in rows
    gateway.rest("DeleteGatewayResponse", **place)
    assert gateway.rest("GetGatewayResponse", **place) == default
