"""What REST APIs would only pretend is refused in words, and never kept."""

import pytest
from apis_inside import ARN, URI

REFUSED, BAD = "NotImplementedException", "BadRequestException"
PROXY = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": URI}


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("HTTP_PROXY", REFUSED, {"type": "HTTP_PROXY", "uri": "https://a.example"}),
        ("type HTTP ", REFUSED, {"type": "HTTP", "uri": "http://127.0.0.1:1"}),
        ("type AWS ", REFUSED, {"type": "AWS", "uri": URI}),
        ("VPCs", REFUSED, {**PROXY, "connectionType": "VPC_LINK"}),
        ("VPCs", REFUSED, {**PROXY, "connectionId": "x"}),
        ("cached", REFUSED, {**PROXY, "cacheKeyParameters": ["a"]}),
        ("stream", REFUSED, {**PROXY, "responseTransferMode": "STREAM"}),
        ("contentHandling", REFUSED, {**PROXY, "contentHandling": "CONVERT_TO_BINARY"}),
        ("requestParameters", REFUSED, {**PROXY, "requestParameters": {"a": "b"}}),
        ("a role", REFUSED, {**PROXY, "credentials": "arn:aws:iam::*:user/*"}),
        ("role's ARN", BAD, {**PROXY, "credentials": "me"}),
        ("Timeout", BAD, {**PROXY, "timeoutInMillis": 30_000}),
        ("HttpMethod", BAD, {"type": "AWS_PROXY", "uri": URI}),
        ("Invalid ARN", BAD, {**PROXY, "uri": "arn:aws:s3:::b"}),
        ("passthrough", BAD, {"type": "MOCK", "passthroughBehavior": "X"}),
        ("#set", REFUSED, {"type": "MOCK", "requestTemplates": {"a/b": "#set($a=1)"}}),
    ],
)
def test_an_integration_that_would_reach_nothing_is_refused(
    gateway, words, code, members
):
    place = gateway.method(gateway.api(), "/a", integration={"type": "MOCK"})
    gateway.refuses(words, "apigateway", "PutIntegration", code, **place, **members)
    assert gateway.rest("GetIntegration", **place)["type"] == "MOCK"


def test_what_aws_ignores_is_kept(gateway):
    given = {**PROXY, "uri": f"{URI}", "contentHandling": "CONVERT_TO_TEXT"}
    given |= {"requestTemplates": {"application/json": '{ "statusCode": "200" }'}}
    place = gateway.method(gateway.api(), "/a", integration=given)
    found = gateway.rest("GetIntegration", **place)
    assert found["contentHandling"] == "CONVERT_TO_TEXT" and ARN in found["uri"]


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("AWS_IAM", REFUSED, {"authorizationType": "AWS_IAM"}),
        ("COGNITO", REFUSED, {"authorizationType": "COGNITO_USER_POOLS"}),
        ("authorization type", BAD, {"authorizationType": "X"}),
        ("authorizer", BAD, {"authorizationType": "CUSTOM"}),
        ("authorizer", BAD, {"authorizationType": "CUSTOM", "authorizerId": "x"}),
        ("Validator", BAD, {"requestValidatorId": "x"}),
        ("model", BAD, {"requestModels": {"a/b": "None"}}),
        ("mapping", BAD, {"requestParameters": {"a": True}}),
        ("user pools", REFUSED, {"authorizationScopes": ["a"]}),
    ],
)
def test_a_method_that_would_not_be_so_is_refused(gateway, words, code, members):
    api = gateway.api()
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    given = {"httpMethod": "GET", "authorizationType": "NONE", **members}
    gateway.refuses(words, "apigateway", "PutMethod", code, **place, **given)
    assert gateway.rest("GetResource", **place).get("resourceMethods") is None


def test_a_method_has_a_name_of_http(gateway):
    api = gateway.api()
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    given = {"httpMethod": "FETCH", "authorizationType": "NONE"}
    gateway.refuses("HttpMethod", "apigateway", "PutMethod", **place, **given)


@pytest.mark.parametrize(
    ("words", "code", "members"),
    [
        ("user pools", REFUSED, {"type": "COGNITO_USER_POOLS", "providerARNs": ["a"]}),
        ("URI", BAD, {"authorizerUri": "x"}),
        ("header", BAD, {"identitySource": "method.request.querystring.a"}),
        ("TTL", BAD, {"authorizerResultTtlInSeconds": 3601}),
        ("RE2", REFUSED, {"identityValidationExpression": "(?=a)"}),
        ("identity source", BAD, {"type": "REQUEST", "identitySource": ""}),
        ("identity source", BAD, {"type": "REQUEST", "identitySource": "a.b"}),
    ],
)
def test_an_authorizer_that_nobody_would_ask_is_refused(gateway, words, code, members):
    given = {"name": "g", "type": "TOKEN", "authorizerUri": URI}
    given |= {"identitySource": "method.request.header.T", **members}
    words = (words, "apigateway", "CreateAuthorizer", code)
    gateway.refuses(*words, restApiId=gateway.api(), **given)


@pytest.mark.parametrize(
    "schema", ["no", "[]", '{"type": "what"}', '{"required": 1}', "[" * 100_000]
)
def test_a_model_that_is_no_schema_is_refused(gateway, schema):
    given = {"name": "M", "contentType": "application/json", "schema": schema}
    words = ("Invalid model", "apigateway", "CreateModel")
    gateway.refuses(*words, restApiId=gateway.api(), **given)


def test_responses_with_what_would_not_be_said_are_refused(gateway):
    api = gateway.api()
    place = {
        **gateway.method(api, "/a", integration={"type": "MOCK"}),
        "statusCode": "200",
    }
    gateway.rest("PutMethodResponse", **place)
    words = ("200 to 599", "apigateway", "PutMethodResponse")
    gateway.refuses(*words, **{**place, "statusCode": "100"})
    put = ("apigateway", "PutIntegrationResponse")
    given = {"responseTemplates": {"a/b": "$util.base64Encode('a')"}}
    gateway.refuses("base64Encode", *put, REFUSED, **place, **given)
    gateway.refuses("RE2", *put, REFUSED, **place, selectionPattern="(?!a)")
    given = {"contentHandling": "CONVERT_TO_TEXT"}
    gateway.refuses("convert", *put, REFUSED, **place, **given)
    given = {"restApiId": api, "responseType": "THROTTLED"}
    given |= {"responseParameters": {"gatewayresponse.header.X": "1"}}
    gateway.refuses("mapping", "apigateway", "PutGatewayResponse", **given)
