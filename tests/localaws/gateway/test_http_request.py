"""What HTTP APIs would only pretend is refused in words, and never kept."""

import pytest
from apis_inside import ARN

REFUSED, BAD = "NotImplementedException", "BadRequestException"
PROXY = {"IntegrationType": "AWS_PROXY", "IntegrationUri": ARN}


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("HTTP_PROXY", REFUSED, {"IntegrationType": "HTTP_PROXY"}),
        ("SQS-SendMessage", REFUSED, {"IntegrationSubtype": "SQS-SendMessage"}),
        ("VPCs", REFUSED, {"ConnectionType": "VPC_LINK"}),
        ("as it came", REFUSED, {"RequestParameters": {"append:header.a": "b"}}),
        ("client gets", REFUSED, {"ResponseParameters": {"200": {"a": "b"}}}),
        ("WebSocket", REFUSED, {"RequestTemplates": {"a": "b"}}),
        ("IntegrationUri", BAD, {"IntegrationUri": "arn:aws:s3:::b"}),
        ("IntegrationMethod", BAD, {"IntegrationMethod": "GET"}),
        ("PayloadFormatVersion", BAD, {"PayloadFormatVersion": "3.0"}),
        ("role's ARN", BAD, {"CredentialsArn": "arn:aws:x"}),
    ],
)
def test_an_integration_that_would_reach_nothing_is_refused(
    gateway, words, code, members
):
    api = gateway.routed()
    given = {"ApiId": api, **PROXY, **members}
    gateway.refuses(words, "apigatewayv2", "CreateIntegration", code, **given)
    assert gateway.http("GetIntegrations", ApiId=api)["Items"] == []


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("route key", BAD, {"RouteKey": "/a"}),
        ("route key", BAD, {"RouteKey": "FETCH /a"}),
        ("route key", BAD, {"RouteKey": "GET a"}),
        ("part of a path", BAD, {"RouteKey": "GET /{a+}/b"}),
        ("part of a path", BAD, {"RouteKey": "GET /{ab"}),
        ("integration", "NotFoundException", {"Target": "integrations/none"}),
        ("JWT", REFUSED, {"AuthorizationType": "JWT"}),
        ("AWS_IAM", REFUSED, {"AuthorizationType": "AWS_IAM"}),
        ("authorizer", BAD, {"AuthorizationType": "CUSTOM"}),
        ("WebSocket", REFUSED, {"ApiKeyRequired": True}),
        ("JWT", REFUSED, {"AuthorizationScopes": ["a"]}),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(gateway, words, code, members):
    api = gateway.routed()
    words = (words, "apigatewayv2", "CreateRoute", code)
    gateway.refuses(*words, **{"ApiId": api, "RouteKey": "GET /a", **members})
    assert gateway.http("GetRoutes", ApiId=api)["Items"] == []


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("issuers", REFUSED, {"AuthorizerType": "JWT"}),
        ("AuthorizerUri", BAD, {"AuthorizerUri": "x"}),
        ("required", BAD, {"AuthorizerPayloadFormatVersion": None}),
        ("2.0", BAD, {"AuthorizerPayloadFormatVersion": "1.0"}),
        ("identity source", BAD, {"IdentitySource": ["Authorization"]}),
    ],
)
def test_an_authorizer_that_nobody_would_ask_is_refused(gateway, words, code, members):
    given = {"AuthorizerType": "REQUEST", "AuthorizerUri": ARN, "Name": "g"}
    given |= {"IdentitySource": ["$request.header.T"], "EnableSimpleResponses": True}
    given |= {"AuthorizerPayloadFormatVersion": "2.0", **members}
    given = {name: value for name, value in given.items() if value is not None}
    words = (words, "apigatewayv2", "CreateAuthorizer", code)
    gateway.refuses(*words, ApiId=gateway.routed(), **given)


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("Stage name", BAD, {"StageName": "a b"}),
        ("deployment", "NotFoundException", {"DeploymentId": "none"}),
        ("Execution logs", BAD, {"DefaultRouteSettings": {"LoggingLevel": "INFO"}}),
        (
            *("metrics", REFUSED),
            {"DefaultRouteSettings": {"DetailedMetricsEnabled": True}},
        ),
        ("WebSocket", REFUSED, {"RouteSettings": {"a": {"DataTraceEnabled": True}}}),
        ("requestId", BAD, {"AccessLogSettings": {"Format": "x"}}),
    ],
)
def test_a_stage_that_would_not_be_so_is_refused(gateway, words, code, members):
    words = (words, "apigatewayv2", "CreateStage", code)
    given = {"ApiId": gateway.routed(), "StageName": "dev", **members}
    gateway.refuses(*words, **given)
