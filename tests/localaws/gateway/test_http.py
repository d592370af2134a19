"""A request to an HTTP API goes to its best route, at its stage."""

import json

import pytest
from apis_inside import ARN, failed

from localaws.gateway.targets import Rejected, Slow, TooLarge

BROKEN = (500, {"message": "Internal Server Error"})


def said(response):
    return response.status_code, json.loads(response.data)


def test_a_function_is_told_the_request_in_format_2(gateway):
    api = gateway.routed("GET /pets/{id}", "$default")
    headers = {"X-A": "1", "Cookie": "a=1; localaws=key; b=2"}
    gateway.ask(f"{api}/pets/7?q=1&q=2", headers=headers)
    asked = gateway.functions.asked[0]
    event = asked.event
    assert (event["version"], event["routeKey"]) == ("2.0", "GET /pets/{id}")
    assert event["rawPath"] == "/pets/7" and event["rawQueryString"] == "q=1&q=2"
    assert event["cookies"] == ["a=1", "b=2"] and "cookie" not in event["headers"]
    assert event["headers"]["x-a"] == "1" and event["pathParameters"] == {"id": "7"}
    assert event["queryStringParameters"] == {"q": "1,2"} and "body" not in event
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["requestContext"]["stage"] == "$default"
    assert asked.source.endswith(f":{api}/$default/GET/pets/{{id}}")
    assert gateway.ask(f"{api}/pets/a%252Fb").status_code == 200
    found = gateway.functions.asked.pop().event
    assert found["pathParameters"] == {"id": "a/b"}
    gateway.ask(f"{api}/pets/a%2Fb")
    assert gateway.functions.asked.pop().event["routeKey"] == "$default"
    gateway.ask(f"{api}/else", "POST", data=b"\xff")
    asked = gateway.functions.asked[1]
    assert asked.event["routeKey"] == "$default" and asked.event["body"] == "/w=="
    assert asked.event["isBase64Encoded"] is True
    assert asked.source.endswith(f":{api}/$default/$default")


def test_a_function_is_told_the_request_in_format_1(gateway):
    api = gateway.routed()
    gateway.route(api, "ANY /a/{b}", "1.0")
    gateway.http("CreateStage", ApiId=api, StageName="dev", AutoDeploy=True)
    gateway.functions.say = {"statusCode": 200, "body": "x"}
    response = gateway.ask(f"{api}/dev/a/b?q=1&q=2")
    event = gateway.functions.asked[0].event
    assert (event["version"], event["resource"]) == ("1.0", "/a/{b}")
    assert event["path"] == "/dev/a/b"
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert response.headers["Content-Type"] == "text/plain;charset=UTF-8"
    gateway.functions.say = {"a": 1}
    assert said(gateway.ask(f"{api}/a/b")) == BROKEN


def test_what_has_no_status_is_the_body(gateway):
    api = gateway.quick()
    gateway.functions.say = {"a": 1}
    response = gateway.ask(f"{api}/x")
    assert said(response) == (200, {"a": 1})
    assert response.headers["Content-Type"] == "application/json"
    gateway.functions.say = {"statusCode": 201, "cookies": ["a=1", "b=2"]}
    response = gateway.ask(api)
    assert response.status_code == 201
    assert response.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("say", "answer"),
    [
        (failed("no"), BROKEN),
        ({"statusCode": "x"}, BROKEN),
        (Rejected("no permission"), BROKEN),
        (Slow(), (503, {"message": "Service Unavailable"})),
        (TooLarge(), (413, {"message": "Request Entity Too Large"})),
    ],
)
def test_a_function_that_does_not_answer_is_api_gateways_error(gateway, say, answer):
    api = gateway.quick()
    gateway.functions.say = say
    assert said(gateway.ask(api)) == answer


def test_what_is_not_there_is_not_found(gateway):
    api = gateway.routed("GET /a")
    assert said(gateway.ask(f"{api}/b")) == (404, {"message": "Not Found"})
    gateway.http("DeleteStage", ApiId=api, StageName="$default")
    assert said(gateway.ask(f"{api}/a")) == (404, {"message": "Not Found"})
    assert gateway.ask("abcdefgh/a").status_code == 403  # there is no such API


def test_a_stage_serves_its_deployment_unless_it_deploys_by_itself(gateway):
    api = gateway.routed("GET /a")
    gateway.http("CreateStage", ApiId=api, StageName="dev")
    assert gateway.ask(f"{api}/dev/a").status_code == 404
    gateway.http("CreateDeployment", ApiId=api, StageName="dev")
    assert gateway.ask(f"{api}/dev/a").status_code == 200
    gateway.route(api, "GET /b")
    assert gateway.ask(f"{api}/dev/b").status_code == 404
    assert gateway.ask(f"{api}/b").status_code == 200
    event = gateway.functions.asked[0].event
    assert event["rawPath"] == "/dev/a" and event["requestContext"]["stage"] == "dev"


def test_pages_of_other_origins_get_what_the_author_allows(gateway):
    rules = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"]}
    api = gateway.quick(CorsConfiguration=rules)
    own = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}
    gateway.functions.say = own
    there = {"Origin": "https://a.example"}
    before = {**there, "Access-Control-Request-Method": "GET"}
    response = gateway.ask(api, "OPTIONS", headers=before)
    assert response.status_code == 204 and gateway.functions.asked == []
    assert response.headers["Access-Control-Allow-Methods"] == "GET"
    headers = gateway.ask(api, headers=there).headers
    assert headers.getlist("Access-Control-Allow-Origin") == ["https://a.example"]
    headers = gateway.ask(api, headers={"Origin": "https://b.example"}).headers
    assert "Access-Control-Allow-Origin" not in headers
    gateway.http("DeleteCorsConfiguration", ApiId=api)
    headers = gateway.ask(api, headers=there).headers
    assert headers["Access-Control-Allow-Origin"] == "*"


def test_requests_of_a_route_are_limited(gateway):
    api = gateway.routed("GET /a", "GET /b")
    limits = {"ThrottlingRateLimit": 0.0, "ThrottlingBurstLimit": 1}
    given = {"ApiId": api, "StageName": "$default"}
    gateway.http("UpdateStage", **given, RouteSettings={"GET /a": limits})
    found = [gateway.ask(f"{api}/{name}").status_code for name in "aabb"]
    assert found == [200, 429, 200, 200]
    gateway.http("DeleteRouteSettings", **given, RouteKey="GET /a")
    assert gateway.ask(f"{api}/a").status_code == 200


def test_a_route_without_an_integration_is_an_error(gateway):
    api = gateway.routed()
    gateway.http("CreateRoute", ApiId=api, RouteKey="GET /a")
    assert said(gateway.ask(f"{api}/a")) == BROKEN


def test_an_api_made_quickly_is_changed_quickly(gateway):
    api = gateway.quick()
    gateway.http("UpdateApi", ApiId=api, Target=f"{ARN}2", RouteKey="GET /b")
    gateway.ask(f"{api}/b")
    assert gateway.functions.asked[0].uri == f"{ARN}2"
    assert gateway.ask(f"{api}/c").status_code == 404


def test_a_body_too_large_and_a_closed_endpoint_are_refused(gateway):
    gateway.parts.most = 3
    api = gateway.quick()
    found = said(gateway.ask(api, "POST", data=b"1234"))
    assert found == (413, {"message": "Request Entity Too Large"})
    gateway.http("UpdateApi", ApiId=api, DisableExecuteApiEndpoint=True)
    assert gateway.ask(api).status_code == 404
