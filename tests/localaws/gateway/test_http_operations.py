"""HTTP APIs are made, changed, listed and deleted as on AWS."""

import pytest
from apis_inside import ARN, URI

HTTP = {"Name": "h", "ProtocolType": "HTTP"}


def test_an_api_is_made_changed_and_deleted(gateway):
    made = gateway.http("CreateApi", **HTTP, Tags={"a": "b"}, Version="1")
    api = made["ApiId"]
    assert made["ApiEndpoint"] == f"{gateway.context.url}/_apis/{api}"
    assert gateway.http("GetApi", ApiId=api) == made
    rules = {"AllowOrigins": ["*"], "AllowMethods": ["*"]}
    gateway.http("UpdateApi", ApiId=api, Name="i", CorsConfiguration=rules)
    found = gateway.http("GetApis")["Items"]
    assert [(row["Name"], row["CorsConfiguration"]) for row in found] == [("i", rules)]
    gateway.http("DeleteApi", ApiId=api)
    assert gateway.http("GetApis")["Items"] == []
    code = "NotFoundException"
    gateway.refuses("Invalid API", "apigatewayv2", "GetApi", code, ApiId=api)


def test_lists_come_in_pages(gateway):
    names = [gateway.http("CreateApi", **HTTP)["ApiId"] for _ in range(3)]
    page = gateway.http("GetApis", MaxResults="2")
    rest = gateway.http("GetApis", NextToken=page["NextToken"])
    found = [row["ApiId"] for row in (*page["Items"], *rest["Items"])]
    assert found == names and "NextToken" not in rest
    for text in ("²", "9" * 5000):
        gateway.refuses("Invalid NextToken", "apigatewayv2", "GetApis", NextToken=text)
    gateway.refuses("MaxResults", "apigatewayv2", "GetApis", MaxResults="0")


def test_one_made_quickly_has_all_it_needs(gateway):
    api = gateway.quick(Target=URI)
    (route,) = gateway.http("GetRoutes", ApiId=api)["Items"]
    (behind,) = gateway.http("GetIntegrations", ApiId=api)["Items"]
    (stage,) = gateway.http("GetStages", ApiId=api)["Items"]
    assert route["RouteKey"] == "$default" and route["ApiGatewayManaged"] is True
    assert route["Target"] == f"integrations/{behind['IntegrationId']}"
    assert behind["PayloadFormatVersion"] == "2.0" and behind["IntegrationUri"] == URI
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("WEBSOCKET", "NotImplemented", {"ProtocolType": "WEBSOCKET"}),
        ("would answer nothing", "NotImplemented", {"Target": "https://a.example"}),
        ("of a Target", "BadRequest", {"RouteKey": "GET /"}),
        ("route key", "BadRequest", {"Target": ARN, "RouteKey": "GET"}),
        ("routeSelection", "BadRequest", {"RouteSelectionExpression": "$x"}),
        ("WebSocket", "NotImplemented", {"DisableSchemaValidation": True}),
        (
            *("allowCredentials", "BadRequest"),
            {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}},
        ),
        ("origin", "BadRequest", {"CorsConfiguration": {"AllowOrigins": ["a.b"]}}),
    ],
)
def test_an_api_that_would_not_be_so_is_refused(gateway, words, code, members):
    given = {**HTTP, **members}
    gateway.refuses(words, "apigatewayv2", "CreateApi", f"{code}Exception", **given)
    assert gateway.http("GetApis")["Items"] == []


def test_a_quick_change_is_of_one_made_quickly(gateway):
    api = gateway.http("CreateApi", **HTTP)["ApiId"]
    words = ("quickly", "apigatewayv2", "UpdateApi")
    gateway.refuses(*words, ApiId=api, Target=ARN)
