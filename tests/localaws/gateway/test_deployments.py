"""Deployments and stages: made, moved, changed and deleted."""

import threading

import pytest

from localaws.api.errors import ServiceError


def changes(*rows):
    names = ("op", "path", "value")
    return {"patchOperations": [dict(zip(names, row, strict=False)) for row in rows]}


def test_a_deployment_wants_methods_with_integrations(gateway):
    api = gateway.api()
    words = ("any methods", "apigateway", "CreateDeployment")
    gateway.refuses(*words, restApiId=api)
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    gateway.rest("PutMethod", **place, httpMethod="GET", authorizationType="NONE")
    gateway.refuses("No integration", *words[1:], restApiId=api)


def test_a_deployment_tells_what_it_has(gateway):
    api = gateway.api("/a")
    name = gateway.deploy(api, description="d", stageDescription="s")
    place = {"restApiId": api, "deploymentId": name}
    gateway.method(api, "/b")
    found = gateway.rest("GetDeployment", **place, embed=["apisummary"])
    assert found["description"] == "d" and list(found["apiSummary"]) == ["/a"]
    rows = changes(("replace", "/description", "e"))
    assert gateway.rest("UpdateDeployment", **place, **rows)["description"] == "e"
    assert len(gateway.rest("GetDeployments", restApiId=api)["items"]) == 2
    stage = gateway.rest("GetStage", restApiId=api, stageName="prod")
    assert (stage["deploymentId"], stage["description"]) == (name, "s")
    gateway.refuses("Active stages", "apigateway", "DeleteDeployment", **place)
    gateway.deploy(api)
    gateway.rest("DeleteDeployment", **place)
    assert len(list(gateway.documents.folder.rglob("deployments/*.json"))) == 2


@pytest.mark.parametrize("kind", ["rest", "http"])
def test_an_api_that_is_deleted_while_it_is_deployed_leaves_nothing(
    gateway, monkeypatch, kind
):
    if kind == "rest":
        api, key = gateway.api("/a"), "restApiId"
        ask, delete = gateway.rest, "DeleteRestApi"
    else:
        ask, key, delete = gateway.http, "ApiId", "DeleteApi"
        api = ask("CreateApi", Name="h", ProtocolType="HTTP")["ApiId"]
        ask("CreateRoute", ApiId=api, RouteKey="GET /")
    held, threads = gateway.documents, []
    own = held.put

    def put(*what):
        own(*what)
        if not threads:
            threads.append(threading.Thread(target=lambda: ask(delete, **{key: api})))
            threads[0].start()
            threads[0].join(0.3)

    monkeypatch.setattr(held, "put", put)
    try:
        ask("CreateDeployment", **{key: api})
    except ServiceError as error:  # or it comes too late
        assert error.code == "NotFoundException"
    threads[0].join(10)
    assert list(held.folder.rglob("*.json")) == []


def test_to_deploy_again_keeps_what_was_said_of_a_stage(gateway):
    api = gateway.api("/a")
    place = {"restApiId": api, "stageName": "prod"}
    rows = [
        ("replace", "/variables/v", "1"),
        ("replace", "/*/*/throttling/rateLimit", "5"),
    ]
    gateway.rest("UpdateStage", **place, **changes(*rows))
    gateway.deploy(api)
    found = gateway.rest("GetStage", **place)
    assert found["variables"] == {"v": "1"}
    assert found["methodSettings"] == {"*/*": {"throttlingRateLimit": 5.0}}


def test_a_stage_is_made_changed_and_deleted(gateway):
    api = gateway.api("/a")
    name = gateway.rest("CreateDeployment", restApiId=api)["id"]
    place = {"restApiId": api, "stageName": "dev"}
    gateway.rest("CreateStage", **place, deploymentId=name, tags={"a": "b"})
    words = ("exists", "apigateway", "CreateStage", "ConflictException")
    gateway.refuses(*words, **place, deploymentId=name)
    log = "arn:aws:logs:eu-west-1:123456789012:log-group:g"
    rows = [
        ("replace", "/accessLogSettings/destinationArn", log),
        ("replace", "/accessLogSettings/format", "$context.requestId"),
        ("replace", "/description", "d"),
        ("replace", "/~1a/GET/throttling/burstLimit", "1"),
    ]
    found = gateway.rest("UpdateStage", **place, **changes(*rows))
    assert found["accessLogSettings"]["destinationArn"] == log
    assert found["methodSettings"] == {"a/GET": {"throttlingBurstLimit": 1}}
    rows = [("remove", "/accessLogSettings"), ("remove", "/description")]
    found = gateway.rest("UpdateStage", **place, **changes(*rows))
    assert "accessLogSettings" not in found and "description" not in found
    rows = gateway.rest("GetStages", restApiId=api)["item"]
    assert [row["stageName"] for row in rows] == ["prod", "dev"]
    rows = gateway.rest("GetStages", restApiId=api, deploymentId=name)["item"]
    assert [row["stageName"] for row in rows] == ["dev"]
    gateway.rest("FlushStageCache", **place)
    gateway.rest("DeleteStage", **place)
    code = "NotFoundException"
    gateway.refuses("Invalid stage", "apigateway", "GetStage", code, **place)


@pytest.mark.parametrize(
    ("row", "words", "code"),
    [
        (("replace", "/cacheClusterEnabled", "true"), "cached", "NotImplemented"),
        (
            ("replace", "/canarySettings/percentTraffic", "5"),
            "canaries",
            "NotImplemented",
        ),
        (("replace", "/*/*/logging/loglevel", "INFO"), "access log", "NotImplemented"),
        (("replace", "/*/*/logging/dataTrace", "true"), "access log", "NotImplemented"),
        (("replace", "/*/*/metrics/enabled", "true"), "metrics", "NotImplemented"),
        (("replace", "/*/*/caching/enabled", "true"), "cached", "NotImplemented"),
        (("replace", "/*/*/caching/other", "true"), "setting", "BadRequest"),
        (("replace", "/deploymentId", "none"), "Deployment", "NotFound"),
        (("replace", "/variables/a-b", "1"), "variable", "BadRequest"),
        (("replace", "/variables/a", "a b"), "variable", "BadRequest"),
        (("replace", "/accessLogSettings/format", "x"), "requestId", "BadRequest"),
        (
            ("replace", "/accessLogSettings/destinationArn", "arn:aws:firehose:a:b:c"),
            *("CloudWatch", "NotImplemented"),
        ),
        (("replace", "/stageName", "x"), "Must be one of", "BadRequest"),
    ],
)
def test_what_a_stage_would_not_do_is_refused(gateway, row, words, code):
    api = gateway.api("/a")
    given = {"restApiId": api, "stageName": "prod", **changes(row)}
    gateway.refuses(words, "apigateway", "UpdateStage", f"{code}Exception", **given)


def test_a_stage_with_a_bad_name_is_refused(gateway):
    api = gateway.api("/a")
    words = ("a-zA-Z0-9_-", "apigateway", "CreateDeployment")
    gateway.refuses(*words, restApiId=api, stageName="a b")
