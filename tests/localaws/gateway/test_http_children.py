"""Routes, integrations, authorizers, stages and deployments of HTTP APIs."""

import pytest
from apis_inside import ARN

INTEGRATION = {"IntegrationType": "AWS_PROXY", "IntegrationUri": ARN}
AUTHORIZER = {
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": ARN,
    "Name": "g",
    "IdentitySource": ["$request.header.T"],
    "AuthorizerPayloadFormatVersion": "2.0",
}
NOT_FOUND, CONFLICT = "NotFoundException", "ConflictException"


@pytest.mark.parametrize(
    ("kind", "given", "change"),
    [
        ("Integration", INTEGRATION, {"TimeoutInMillis": 50}),
        ("Route", {"RouteKey": "GET /a"}, {"RouteKey": "GET /b"}),
        ("Authorizer", AUTHORIZER, {"Name": "h"}),
        ("Stage", {"StageName": "dev"}, {"StageVariables": {"a": "b"}}),
    ],
)
def test_each_is_made_changed_listed_and_deleted(gateway, kind, given, change):
    api = gateway.routed()
    made = gateway.http(f"Create{kind}", ApiId=api, **given)
    key = "StageName" if kind == "Stage" else f"{kind}Id"
    place = {"ApiId": api, key: made[key]}
    gateway.http(f"Update{kind}", **place, **change)
    found = gateway.http(f"Get{kind}", **place)
    left_out = ("LastUpdatedDate", *change)
    same = {name for name in made if name not in left_out}
    assert {n: found[n] for n in change} == change
    assert {n: found[n] for n in same} == {n: made[n] for n in same}
    assert found in gateway.http(f"Get{kind}s", ApiId=api)["Items"]
    gateway.http(f"Delete{kind}", **place)
    gateway.refuses("Invalid", "apigatewayv2", f"Get{kind}", NOT_FOUND, **place)


def test_what_a_route_uses_is_not_deleted(gateway):
    api = gateway.routed()
    one = gateway.http("CreateAuthorizer", ApiId=api, **AUTHORIZER)["AuthorizerId"]
    own = {"AuthorizationType": "CUSTOM", "AuthorizerId": one}
    route = gateway.route(api, "GET /a", **own)
    behind = route["Target"].partition("/")[2]
    for kind, name in (("Authorizer", one), ("Integration", behind)):
        words = ("used by GET /a", "apigatewayv2", f"Delete{kind}", CONFLICT)
        gateway.refuses(*words, ApiId=api, **{f"{kind}Id": name})


def test_a_route_key_and_a_stage_are_there_once(gateway):
    api = gateway.routed("GET /a")
    words = ("already exists", "apigatewayv2")
    gateway.refuses(*words, "CreateRoute", CONFLICT, ApiId=api, RouteKey="GET /a")
    gateway.refuses(*words, "CreateStage", CONFLICT, ApiId=api, StageName="$default")


def test_deployments_are_made_told_and_deleted(gateway):
    api = gateway.routed()
    gateway.http("CreateStage", ApiId=api, StageName="dev")
    words = ("one route", "apigatewayv2", "CreateDeployment")
    gateway.refuses(*words, ApiId=api, StageName="dev")
    gateway.route(api, "GET /a")
    gateway.refuses("by itself", *words[1:], ApiId=api, StageName="$default")
    made = gateway.http("CreateDeployment", ApiId=api, StageName="dev")
    place = {"ApiId": api, "DeploymentId": made["DeploymentId"]}
    assert made["DeploymentStatus"] == "DEPLOYED"
    gateway.http("UpdateDeployment", **place, Description="d")
    found = gateway.http("GetDeployment", **place)
    assert found["Description"] == "d"
    assert gateway.http("GetDeployments", ApiId=api)["Items"] == [found]
    words = ("serves", "apigatewayv2", "DeleteDeployment", CONFLICT)
    gateway.refuses(*words, **place)
    gateway.http("DeleteStage", ApiId=api, StageName="dev")
    gateway.http("DeleteDeployment", **place)
    assert not list(gateway.documents.folder.rglob("deployments/*.json"))


def test_settings_of_a_stage_are_taken_back(gateway):
    api = gateway.routed("GET /a")
    place = {"ApiId": api, "StageName": "$default"}
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:g"
    log = {"DestinationArn": arn, "Format": "$context.requestId"}
    gateway.http("UpdateStage", **place, AccessLogSettings=log)
    assert gateway.http("GetStage", **place)["AccessLogSettings"] == log
    gateway.http("DeleteAccessLogSettings", **place)
    assert "AccessLogSettings" not in gateway.http("GetStage", **place)
    words = ("No settings", "apigatewayv2", "DeleteRouteSettings", NOT_FOUND)
    gateway.refuses(*words, **place, RouteKey="GET /a")
