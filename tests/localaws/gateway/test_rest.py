"""A request to a REST API goes to the method of its path, as it was deployed."""

import json

import pytest
from apis_inside import URI, failed

from localaws.functions.instance import Outcome
from localaws.gateway.targets import Rejected, Slow, TooLarge

BROKEN = {"message": "Internal server error"}


def test_a_function_is_told_the_request(gateway):
    api = gateway.api("/pets/{id}", "/{proxy+}")
    headers = [("X-A", "1"), ("x-a", "2"), ("Cookie", "localaws=key; mine=1")]
    gateway.ask(
        f"{api}/prod/pets/a%2Fb?q=1&q=2&r=", "POST", headers=headers, data=b"in"
    )
    asked = gateway.functions.asked[0]
    event = asked.event
    assert (event["resource"], event["path"]) == ("/pets/{id}", "/pets/a%2Fb")
    assert event["httpMethod"] == "POST" and event["pathParameters"] == {"id": "a/b"}
    assert event["queryStringParameters"] == {"q": "2", "r": ""}
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "r": [""]}
    assert event["headers"]["Cookie"] == "mine=1"
    assert (event["body"], event["isBase64Encoded"]) == ("in", False)
    assert event["stageVariables"] is None and "version" not in event
    context = event["requestContext"]
    assert context["path"] == "/prod/pets/a%2Fb" and context["stage"] == "prod"
    assert context["resourcePath"] == "/pets/{id}" and context["apiId"] == api
    assert asked.uri == URI and asked.seconds == 29
    assert asked.source.endswith(f":{api}/prod/POST/pets/*")
    gateway.ask(f"{api}/prod/a/b")
    assert gateway.functions.asked[1].event["pathParameters"] == {"proxy": "a/b"}


def test_the_answer_is_the_functions(gateway):
    api = gateway.api("/a")
    gateway.functions.say = {"statusCode": 404, "headers": {"X": "y"}, "body": "none"}
    response = gateway.ask(f"{api}/prod/a")
    assert (response.status_code, response.data) == (404, b"none")
    assert response.headers["X"] == "y" and response.headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("say", "status", "said"),
    [
        (failed("no"), 502, BROKEN),
        (Outcome(b"no json", False, "1", ""), 502, BROKEN),
        ({"statusCode": 200, "more": 1}, 502, BROKEN),
        (Rejected("no permission"), 500, BROKEN),
        (Slow(), 504, {"message": "Endpoint request timed out"}),
        (TooLarge(), 413, {"message": "Request Too Long"}),
    ],
)
def test_a_function_that_does_not_answer_is_api_gateways_error(
    gateway, say, status, said
):
    api = gateway.api("/a")
    gateway.functions.say = say
    response = gateway.ask(f"{api}/prod/a")
    assert (response.status_code, json.loads(response.data)) == (status, said)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/prod/none", "Missing Authentication Token"),
        ("/prod", "Missing Authentication Token"),
        ("/dev/a", "Forbidden"),
        ("", "Forbidden"),
    ],
)
def test_what_is_not_there_is_refused_as_on_aws(gateway, path, said):
    response = gateway.ask(f"{gateway.api('/a')}{path}")
    assert response.status_code == 403
    assert json.loads(response.data) == {"message": said}


def test_any_is_any_of_the_methods_that_aws_knows(gateway):
    api = gateway.api("/a")
    found = [gateway.ask(f"{api}/prod/a", name).status_code for name in ("PATCH", "X")]
    assert found == [200, 403]


def test_a_deployment_is_a_snapshot(gateway):
    api = gateway.api("/a")
    gateway.method(api, "/b")
    place = {"restApiId": api, "resourceId": gateway.resource(api, "/a")}
    gateway.rest("DeleteMethod", **place, httpMethod="ANY")
    assert gateway.ask(f"{api}/prod/a").status_code == 200
    assert gateway.ask(f"{api}/prod/b").status_code == 403
    first = gateway.rest("GetStage", restApiId=api, stageName="prod")["deploymentId"]
    gateway.deploy(api)
    assert gateway.ask(f"{api}/prod/a").status_code == 403
    assert gateway.ask(f"{api}/prod/b").status_code == 200
    back = {"op": "replace", "path": "/deploymentId", "value": first}
    gateway.rest("UpdateStage", restApiId=api, stageName="prod", patchOperations=[back])
    assert gateway.ask(f"{api}/prod/a").status_code == 200


def test_lambda_is_called_with_post_alone(gateway):
    api = gateway.api()
    given = {"type": "AWS_PROXY", "integrationHttpMethod": "GET", "uri": URI}
    gateway.method(api, "/a", integration=given)
    gateway.deploy(api)
    assert gateway.ask(f"{api}/prod/a").status_code == 500
    assert gateway.functions.asked == []


def test_stage_variables_time_and_role_reach_the_call(gateway):
    api, role = gateway.api(), "arn:aws:iam::123456789012:role/r"
    given = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "credentials": role}
    given |= {"uri": URI.replace(":f/", ":${stageVariables.f}/"), "timeoutInMillis": 50}
    gateway.method(api, "/a", integration=given)
    gateway.deploy(api, variables={"f": "g"})
    gateway.ask(f"{api}/prod/a")
    asked = gateway.functions.asked[0]
    assert (asked.variables, asked.role, asked.seconds) == ({"f": "g"}, role, 0.05)
    assert asked.event["stageVariables"] == {"f": "g"}


def test_bodies_of_binary_types_are_base64_both_ways(gateway):
    api = gateway.api("/a", binaryMediaTypes=["image/*", "a/b"])
    answer = {"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}
    gateway.functions.say = answer
    ways = {"method": "PUT", "data": b"\xff", "content_type": "image/png"}
    response = gateway.ask(f"{api}/prod/a", **ways, headers={"Accept": "a/b, c/d"})
    event = gateway.functions.asked[0].event
    assert (event["body"], event["isBase64Encoded"]) == ("/w==", True)
    assert response.data == b"\xff\x00"
    assert gateway.ask(f"{api}/prod/a").data == b"/wA="


def test_an_endpoint_that_is_closed_answers_nothing(gateway):
    api = gateway.api("/a", disableExecuteApiEndpoint=True)
    response = gateway.ask(f"{api}/prod/a")
    assert json.loads(response.data) == {"message": "Forbidden"}


def test_too_large_a_body_is_refused(gateway):
    gateway.parts.most = 3
    api = gateway.api("/a")
    response = gateway.ask(f"{api}/prod/a", "POST", data=b"1234")
    assert response.status_code == 413
    assert json.loads(response.data) == {"message": "Request Too Long"}


def test_requests_of_a_stage_are_limited(gateway):
    api = gateway.api("/a", "/b")
    rows = [("/*/*/throttling/rateLimit", "0"), ("/*/*/throttling/burstLimit", "2")]
    rows += [("/~1b/ANY/throttling/burstLimit", "1")]
    changes = [{"op": "replace", "path": path, "value": text} for path, text in rows]
    gateway.rest(
        "UpdateStage", restApiId=api, stageName="prod", patchOperations=changes
    )
    found = [gateway.ask(f"{api}/prod/{name}").status_code for name in "aaabb"]
    assert found == [200, 200, 429, 200, 429]
    said = json.loads(gateway.ask(f"{api}/prod/a").data)
    assert said == {"message": "Too Many Requests"}


def test_answers_of_api_gateways_own_look_as_the_author_wants(gateway):
    api = gateway.api("/a")
    header = "gatewayresponse.header.Access-Control-Allow-Origin"
    gateway.rest(
        "PutGatewayResponse",
        restApiId=api,
        responseType="DEFAULT_4XX",
        statusCode="418",
        responseParameters={header: "'*'"},
        responseTemplates={
            "text/plain": "$context.error.messageString at $context.stage"
        },
    )
    assert gateway.ask(f"{api}/prod/x").status_code == 403  # not deployed yet
    gateway.deploy(api)
    response = gateway.ask(f"{api}/prod/x")
    assert response.status_code == 418 and response.mimetype == "text/plain"
    assert response.data == b'"Missing Authentication Token" at prod'
    assert response.headers["Access-Control-Allow-Origin"] == "*"
