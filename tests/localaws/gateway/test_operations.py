"""REST APIs and their resources are made, changed, listed and deleted as on AWS."""

import pytest


def changed(gateway, operation, *rows, **members):
    names = ("op", "path", "value")
    rows = [dict(zip(names, row, strict=False)) for row in rows]
    return gateway.rest(operation, **members, patchOperations=rows)


def test_an_api_is_made_changed_and_deleted(gateway):
    made = gateway.rest("CreateRestApi", name="a", tags={"t": "1"}, version="v")
    api = made["id"]
    assert made["endpointConfiguration"] == {"types": ["EDGE"]}
    assert gateway.rest("GetRestApi", restApiId=api) == made
    rows = [("replace", "/name", "b"), ("add", "/binaryMediaTypes/image~1png")]
    found = changed(gateway, "UpdateRestApi", *rows, restApiId=api)
    assert (found["name"], found["binaryMediaTypes"]) == ("b", ["image/png"])
    assert [row["id"] for row in gateway.rest("GetRestApis")["items"]] == [api]
    gateway.method(api, "/a")
    gateway.deploy(api)
    gateway.rest("DeleteRestApi", restApiId=api)
    assert gateway.rest("GetRestApis")["items"] == []
    assert gateway.ask(f"{api}/prod/a").status_code == 403
    assert not list(gateway.documents.folder.rglob("*.json"))
    code = "NotFoundException"
    gateway.refuses("Invalid API", "apigateway", "GetRestApi", code, restApiId=api)


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("policy", "NotImplementedException", {"policy": "{}"}),
        ("cloneFrom", "NotImplementedException", {"cloneFrom": "x"}),
        ("compress", "NotImplementedException", {"minimumCompressionSize": 0}),
        (
            *("VPCs", "NotImplementedException"),
            {"endpointConfiguration": {"types": ["PRIVATE"]}},
        ),
        (
            *("Only one", "BadRequestException"),
            {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
        ),
        ("empty", "BadRequestException", {"name": " "}),
    ],
)
def test_an_api_that_would_not_be_so_is_refused(gateway, words, code, members):
    given = {"name": "a", **members}
    gateway.refuses(words, "apigateway", "CreateRestApi", code, **given)
    assert gateway.rest("GetRestApis")["items"] == []


def test_resources_are_parts_of_paths(gateway):
    api = gateway.api()
    root = gateway.resource(api, "/")
    gateway.resource(api, "/pets/{id}/{rest+}")
    pets = gateway.resource(api, "/pets")
    page = gateway.rest("GetResources", restApiId=api, limit=3)
    rest = gateway.rest("GetResources", restApiId=api, position=page["position"])
    paths = [row["path"] for row in (*page["items"], *rest["items"])]
    assert paths == ["/", "/pets", "/pets/{id}", "/pets/{id}/{rest+}"]
    assert "position" not in rest
    for text in ("²", "9" * 5000):
        words = ("Invalid position", "apigateway", "GetResources")
        gateway.refuses(*words, restApiId=api, position=text)
    place = {"restApiId": api, "resourceId": pets}
    changed(gateway, "UpdateResource", ("replace", "/pathPart", "dogs"), **place)
    found = gateway.rest("GetResources", restApiId=api)["items"]
    assert found[-1]["path"] == "/dogs/{id}/{rest+}"
    gateway.rest("DeleteResource", **place)
    assert len(gateway.rest("GetResources", restApiId=api)["items"]) == 1
    place = {"restApiId": api, "resourceId": root}
    gateway.refuses("root", "apigateway", "DeleteResource", **place)


@pytest.mark.parametrize(
    ("above", "part", "words", "code"),
    [
        ("/a", "b c", "path part", "BadRequestException"),
        ("/a", "b/c", "path part", "BadRequestException"),
        ("/a", "{b", "path part", "BadRequestException"),
        ("/", "a", "already has this name", "ConflictException"),
        ("/a", "{other}", "sibling", "BadRequestException"),
        ("/g/{all+}", "b", "greedy", "BadRequestException"),
    ],
)
def test_a_part_that_cannot_be_is_refused(gateway, above, part, words, code):
    api = gateway.api()
    gateway.resource(api, "/a/{id}")
    gateway.resource(api, "/g/{all+}")
    place = {"restApiId": api, "parentId": gateway.resource(api, above)}
    gateway.refuses(words, "apigateway", "CreateResource", code, **place, pathPart=part)


def test_a_resource_cannot_be_put_below_itself(gateway):
    api = gateway.api()
    inner = gateway.resource(api, "/a/b")
    row = {"op": "replace", "path": "/parentId", "value": inner}
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    words = ("itself", "apigateway", "UpdateResource")
    gateway.refuses(*words, **place, patchOperations=[row])


def test_methods_are_shown_where_they_are_asked_for(gateway):
    api = gateway.api("/a")
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    assert gateway.rest("GetResource", **place)["resourceMethods"] == {"ANY": {}}
    found = gateway.rest("GetResource", **place, embed=["methods"])
    assert found["resourceMethods"]["ANY"]["methodIntegration"]["type"] == "AWS_PROXY"
