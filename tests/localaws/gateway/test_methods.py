"""Methods, integrations and their responses are made, changed and deleted."""

import pytest

NOT_FOUND = "NotFoundException"


def row(op, path, value=""):
    return {"patchOperations": [{"op": op, "path": path, "value": value}]}


def test_a_method_is_made_changed_and_deleted(gateway):
    api = gateway.api()
    place = gateway.method(api, "/a", operationName="o")
    name = "/requestParameters/method.request.querystring.q"
    words = ("exists", "apigateway", "PutMethod", "ConflictException")
    gateway.refuses(*words, **place, authorizationType="NONE")
    found = gateway.rest("UpdateMethod", **place, **row("add", name, "true"))
    assert found["requestParameters"] == {"method.request.querystring.q": True}
    assert gateway.rest("GetMethod", **place) == found
    assert found["methodIntegration"]["httpMethod"] == "POST"
    gateway.rest("DeleteMethod", **place)
    words = ("Invalid Method", "apigateway", "GetMethod", NOT_FOUND)
    gateway.refuses(*words, **place)


def test_an_integration_is_changed_and_deleted(gateway):
    place = gateway.method(gateway.api(), "/a")
    found = gateway.rest(
        "UpdateIntegration", **place, **row("replace", "/timeoutInMillis", "99")
    )
    assert (
        found["timeoutInMillis"]
        == 99
        == gateway.rest("GetIntegration", **place)["timeoutInMillis"]
    )
    change = row("replace", "/integrationHttpMethod", "GET")
    assert gateway.rest("UpdateIntegration", **place, **change)["httpMethod"] == "GET"
    words = ("Timeout", "apigateway", "UpdateIntegration")
    gateway.refuses(*words, **place, **row("replace", "/timeoutInMillis", "9"))
    gateway.rest("DeleteIntegration", **place)
    words = ("Invalid Integration", "apigateway", "GetIntegration", NOT_FOUND)
    gateway.refuses(*words, **place)


def test_responses_are_declared_before_they_are_mapped(gateway):
    place = {**gateway.method(gateway.api(), "/a", integration={"type": "MOCK"})}
    place["statusCode"] = "200"
    words = ("Response status", "apigateway", "PutIntegrationResponse", NOT_FOUND)
    gateway.refuses(*words, **place)
    name = "method.response.header.X"
    gateway.rest("PutMethodResponse", **place)
    again = ("exists", "apigateway", "PutMethodResponse", "ConflictException")
    gateway.refuses(*again, **place)
    given = {"responseParameters": {name: "'1'"}}
    gateway.refuses("mapping", *words[1:3], **place, **given)
    change = row("add", f"/responseParameters/{name}", "false")
    gateway.rest("UpdateMethodResponse", **place, **change)
    gateway.rest("PutIntegrationResponse", **place, **given)
    change = row("replace", "/selectionPattern", "2..")
    gateway.rest("UpdateIntegrationResponse", **place, **change)
    found = gateway.rest("GetIntegrationResponse", **place)
    assert found == {"statusCode": "200", "selectionPattern": "2..", **given}
    assert gateway.rest("GetMethodResponse", **place)["responseParameters"] == {
        name: False
    }
    for kind in ("Integration", "Method"):
        gateway.rest(f"Delete{kind}Response", **place)
        words = ("status", "apigateway", f"Get{kind}Response", NOT_FOUND)
        gateway.refuses(*words, **place)


@pytest.mark.parametrize("name", ["GetMethod", "PutIntegration"])
def test_a_method_that_is_not_there_has_nothing(gateway, name):
    api = gateway.api()
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    more = {"type": "MOCK"} if name == "PutIntegration" else {}
    words = ("Invalid Method", "apigateway", name, NOT_FOUND)
    gateway.refuses(*words, **place, httpMethod="GET", **more)
