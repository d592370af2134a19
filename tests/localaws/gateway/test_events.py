"""Events have the members that AWS documents, in both formats."""

from localaws.gateway import events
from localaws.gateway.inbound import Inbound

# The members of the examples in AWS's guide.
OF_1 = {
    *("resource", "path", "httpMethod", "headers", "multiValueHeaders"),
    *("queryStringParameters", "multiValueQueryStringParameters", "pathParameters"),
    *("stageVariables", "requestContext", "body", "isBase64Encoded"),
}
OF_2 = {
    *("version", "routeKey", "rawPath", "rawQueryString", "cookies", "headers"),
    *("queryStringParameters", "requestContext", "body", "pathParameters"),
    *("isBase64Encoded", "stageVariables"),
}
CONTEXT = {
    *("accountId", "apiId", "domainName", "domainPrefix", "extendedRequestId"),
    *("httpMethod", "identity", "path", "protocol", "requestId", "requestTime"),
    *("requestTimeEpoch", "stage", "deploymentId"),
}
IDENTITY = {
    *("accessKey", "accountId", "caller", "cognitoAuthenticationProvider"),
    *("cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId"),
    *("principalOrgId", "sourceIp", "user", "userAgent", "userArn"),
}


def request(**members):
    headers = [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2")]
    query = [("q", "1"), ("q", "2")]
    given = {"raw_query": "q=1&q=2", "host": "h:1", "moment": 86_400.5, **members}
    made = Inbound("PUT", "/a%20b", headers, query, b"\xc3\xa9", **given)
    made.variables = {"id": "7"}
    made.context = events.context_of(made, "123456789012", "api", "prod", "d")
    return made


def test_format_1_has_its_members():
    event = events.told(request(), "/{id}", {"v": "1"}, False)
    assert set(event) == OF_1 and event["path"] == "/a%20b"
    assert event["headers"]["X-A"] == "2"
    assert event["multiValueHeaders"]["X-A"] == ["1", "2"]
    assert (event["body"], event["isBase64Encoded"]) == ("é", False)
    context = event["requestContext"]
    assert set(context) == CONTEXT and set(context["identity"]) == IDENTITY
    assert context["requestTime"] == "02/Jan/1970:00:00:00 +0000"
    assert context["requestTimeEpoch"] == 86_400_500
    event = events.told_by_http(request(), "/{id}", {})
    assert set(event) == {*OF_1, "version"} and event["path"] == "/prod/a%20b"


def test_what_lacks_is_null_in_format_1_and_absent_in_2():
    bare = Inbound("GET", "/", [], [], b"")
    bare.context = events.context_of(bare, "1", "api", "$default", "")
    event = events.told(bare, "/", {}, False)
    lacking = {name for name, value in event.items() if value is None}
    assert lacking == OF_1 - {
        *("resource", "path", "httpMethod", "requestContext", "isBase64Encoded")
    }
    event = events.told_in_2(bare, "$default", {})
    lacking = {"cookies", "queryStringParameters", "body", "pathParameters"}
    assert set(event) == OF_2 - lacking - {"stageVariables"}


def test_format_2_has_its_members():
    event = events.told_in_2(request(), "PUT /{id}", {"v": "1"})
    assert set(event) == OF_2 and event["rawPath"] == "/prod/a b"
    assert event["headers"] == {"x-a": "1,2"} and event["cookies"] == ["a=1", "b=2"]
    assert event["queryStringParameters"] == {"q": "1,2"}
    context = event["requestContext"]
    assert set(context) == {
        *("accountId", "apiId", "domainName", "domainPrefix", "http", "requestId"),
        *("routeKey", "stage", "time", "timeEpoch"),
    }
    assert set(context["http"]) == {
        "method",
        "path",
        "protocol",
        "sourceIp",
        "userAgent",
    }


def test_a_binary_body_is_base64():
    event = events.told(request(), "/", {}, True)
    assert (event["body"], event["isBase64Encoded"]) == ("w6k=", True)
    made = request()
    made.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    assert events.told_in_2(made, "k", {})["body"] == "w6k="
    made.headers[-1] = ("Content-Type", "application/ld+json; charset=utf-8")
    assert events.told_in_2(made, "k", {})["body"] == "é"
    made.body = b"\xff"
    assert events.told(made, "/", {}, False)["body"] == "\ufffd"
    assert events.told_in_2(made, "k", {})["body"] == "/w=="
