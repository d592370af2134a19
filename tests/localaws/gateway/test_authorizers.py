"""Authorizers say who may pass; what they say is remembered for a while."""

import json

import pytest
from apis_inside import URI, failed

from localaws.functions.instance import Outcome

TOKEN = {"type": "TOKEN", "identitySource": "method.request.header.Authorization"}
DENIED = "User is not authorized to access this resource"


def policy(effect="Allow", resource="*", **more):
    action = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resource}
    document = {"Version": "2012-10-17", "Statement": [action]}
    return {"principalId": "u", "policyDocument": document, **more}


def guarded(gateway, **members):
    """Make a REST API with an authorizer; return its identifier."""
    api = gateway.api()
    given = {"name": "g", "authorizerUri": URI, **TOKEN, **members}
    one = gateway.rest("CreateAuthorizer", restApiId=api, **given)["id"]
    for path in ("/a/{id}", "/b"):
        gateway.method(api, path, authorizationType="CUSTOM", authorizerId=one)
    gateway.deploy(api)
    return api


def says(gateway, answer):
    """Let the function be the authorizer of requests, and what is behind them."""

    def say(event):
        if event.get("type") in ("TOKEN", "REQUEST"):
            return answer(event) if callable(answer) else answer
        return {"statusCode": 200, "body": json.dumps(event["requestContext"])}

    gateway.functions.say = say


def asked(gateway):
    return [row.event for row in gateway.functions.asked if "type" in row.event]


def test_a_token_is_judged_and_the_function_told_by_whom(gateway):
    api = guarded(gateway)
    says(gateway, policy(context={"n": 1, "yes": True, "s": "t"}))
    response = gateway.ask(f"{api}/prod/a/7", headers={"Authorization": "Bearer x"})
    event = asked(gateway)[0]
    assert event["authorizationToken"] == "Bearer x"
    assert event["methodArn"].endswith(f":{api}/prod/GET/a/7")
    said = json.loads(response.data)["authorizer"]
    assert said.pop("integrationLatency") >= 0
    assert said == {"principalId": "u", "n": "1", "yes": "true", "s": "t"}
    source = gateway.functions.asked[0].source
    assert f":{api}/authorizers/" in source


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (policy("Deny"), 403, {"Message": f"{DENIED} with an explicit deny"}),
        (policy(resource="arn:aws:x"), 403, {"Message": DENIED}),
        (failed("Unauthorized"), 401, {"message": "Unauthorized"}),
        (failed("broken"), 500, {"message": None}),
        ({"principalId": "u"}, 500, {"message": None}),
        (policy(context={"a": [1]}), 500, {"message": None}),
        (policy(principalId=7), 500, {"message": None}),
        (Outcome(b"null", False, "1", ""), 500, {"message": None}),
    ],
)
def test_who_may_not_pass_is_told_so(gateway, answer, status, said):
    api = guarded(gateway)
    says(gateway, answer)
    response = gateway.ask(f"{api}/prod/b", headers={"Authorization": "x"})
    assert (response.status_code, json.loads(response.data)) == (status, said)
    assert len(gateway.functions.asked) == 1


def test_a_token_that_lacks_or_does_not_fit_asks_nobody(gateway):
    api = guarded(gateway, identityValidationExpression="Bearer [a-z]+")
    for headers in ({}, {"Authorization": "Bearer 1"}):
        assert gateway.ask(f"{api}/prod/b", headers=headers).status_code == 401
    assert gateway.functions.asked == []


def test_what_was_said_is_remembered_for_all_methods_until_it_is_too_old(gateway):
    api = guarded(gateway)
    says(gateway, lambda event: policy(resource=event["methodArn"]))
    ask = [f"{api}/prod/a/7", f"{api}/prod/a/7", f"{api}/prod/b"]
    token = {"Authorization": "t"}
    found = [gateway.ask(path, headers=token).status_code for path in ask]
    assert found == [200, 200, 403] and len(asked(gateway)) == 1
    gateway.context.clock.advance(301)
    assert gateway.ask(f"{api}/prod/b", headers=token).status_code == 200
    gateway.rest("FlushStageAuthorizersCache", restApiId=api, stageName="prod")
    assert gateway.ask(f"{api}/prod/a/7", headers=token).status_code == 200
    assert len(asked(gateway)) == 3


def test_a_request_is_judged_by_several_sources(gateway):
    source = "method.request.querystring.q, method.request.header.X-A"
    given = {"type": "REQUEST", "identitySource": source}
    api = guarded(gateway, **given, authorizerResultTtlInSeconds=0)
    says(gateway, policy())
    path = f"{api}/prod/a/7?q=1"
    assert gateway.ask(path, headers={"X-A": "h"}).status_code == 200
    event = asked(gateway)[0]
    assert event["pathParameters"] == {"id": "7"} and "body" not in event
    assert gateway.ask(path).status_code == 200 and len(asked(gateway)) == 2


def test_routes_of_http_apis_are_guarded_by_a_plain_yes_or_no(gateway):
    api = gateway.routed()
    given = {"AuthorizerType": "REQUEST", "AuthorizerUri": URI, "Name": "g"}
    given |= {"IdentitySource": ["$request.header.Authorization"]}
    given |= {"AuthorizerPayloadFormatVersion": "2.0", "EnableSimpleResponses": True}
    one = gateway.http("CreateAuthorizer", ApiId=api, **given)["AuthorizerId"]
    gateway.route(api, "GET /a", AuthorizationType="CUSTOM", AuthorizerId=one)
    yes = {"isAuthorized": True, "context": {"a": [1]}}
    says(
        gateway, lambda e: yes if e["identitySource"] == ["t"] else {"isAuthorized": 0}
    )
    response = gateway.ask(f"{api}/a", headers={"Authorization": "t"})
    assert json.loads(response.data)["authorizer"] == {"lambda": {"a": [1]}}
    found = [gateway.ask(f"{api}/a", headers=h) for h in ({}, {"Authorization": "u"})]
    assert [row.status_code for row in found] == [401, 500]
    says(gateway, {"isAuthorized": False})
    response = gateway.ask(f"{api}/a", headers={"Authorization": "v"})
    assert (response.status_code, response.data) == (403, b'{"message":"Forbidden"}')
    event = asked(gateway)[0]
    assert event["routeArn"].endswith(f":{api}/$default/GET/a")
    assert (event["type"], event["version"]) == ("REQUEST", "2.0")


def test_routes_of_http_apis_are_guarded_by_a_policy(gateway):
    api = gateway.routed()
    given = {"AuthorizerType": "REQUEST", "AuthorizerUri": URI, "Name": "g"}
    given |= {"IdentitySource": ["$request.querystring.k", "$context.routeKey"]}
    given |= {"AuthorizerPayloadFormatVersion": "1.0"}
    given |= {"AuthorizerResultTtlInSeconds": 60}
    one = gateway.http("CreateAuthorizer", ApiId=api, **given)["AuthorizerId"]
    for key in ("GET /a", "GET /b"):
        gateway.route(api, key, "1.0", AuthorizationType="CUSTOM", AuthorizerId=one)
    says(gateway, lambda event: policy(resource=event["methodArn"]))
    response = gateway.ask(f"{api}/a?k=1")
    assert json.loads(response.data)["authorizer"] == {"principalId": "u"}
    assert gateway.ask(f"{api}/a?k=1").status_code == 200
    assert gateway.ask(f"{api}/b?k=1").status_code == 200
    assert len(asked(gateway)) == 2
    gateway.http("ResetAuthorizersCache", ApiId=api, StageName="$default")
    gateway.ask(f"{api}/a?k=1")
    assert len(asked(gateway)) == 3
