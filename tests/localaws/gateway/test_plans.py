"""API keys open what their usage plans name, as often as these say."""

import json
import time

import pytest


def keyed(gateway, **plan):
    """Make an API whose method wants a key; return address, key and plan."""
    api = gateway.api()
    gateway.method(api, "/a", "GET", apiKeyRequired=True)
    gateway.deploy(api)
    key = gateway.rest("CreateApiKey", name="k", enabled=True)
    stages = [{"apiId": api, "stage": "prod", **plan.pop("stage", {})}]
    made = gateway.rest("CreateUsagePlan", name="p", apiStages=stages, **plan)
    entry = {"usagePlanId": made["id"], "keyId": key["id"], "keyType": "API_KEY"}
    gateway.rest("CreateUsagePlanKey", **entry)
    return f"{api}/prod/a", key, made["id"]


def asked(gateway, place, key):
    return gateway.ask(place, headers={"X-Api-Key": key["value"]})


def test_a_method_that_wants_a_key_takes_those_of_its_plan(gateway):
    place, key, plan = keyed(gateway)
    response = asked(gateway, place, key)
    identity = gateway.functions.asked[0].event["requestContext"]["identity"]
    assert response.status_code == 200
    assert (identity["apiKey"], identity["apiKeyId"]) == (key["value"], key["id"])
    other = gateway.rest("CreateApiKey", enabled=True)
    for response in (gateway.ask(place), asked(gateway, place, other)):
        assert response.status_code == 403
        assert json.loads(response.data) == {"message": "Forbidden"}
    off = [{"op": "replace", "path": "/enabled", "value": "false"}]
    gateway.rest("UpdateApiKey", apiKey=key["id"], patchOperations=off)
    assert asked(gateway, place, key).status_code == 403
    gateway.rest("DeleteApiKey", apiKey=key["id"])
    assert gateway.rest("GetUsagePlanKeys", usagePlanId=plan)["items"] == []


def test_an_authorizer_may_name_the_key(gateway):
    from apis_inside import URI

    api = gateway.api(apiKeySource="AUTHORIZER")
    one = gateway.rest(
        *("CreateAuthorizer",),
        restApiId=api,
        name="g",
        type="TOKEN",
        authorizerUri=URI,
        identitySource="method.request.header.T",
    )["id"]
    given = {"authorizationType": "CUSTOM", "authorizerId": one}
    gateway.method(api, "/a", "GET", apiKeyRequired=True, **given)
    gateway.deploy(api)
    key = gateway.rest("CreateApiKey", enabled=True)
    stages = [{"apiId": api, "stage": "prod"}]
    plan = gateway.rest("CreateUsagePlan", name="p", apiStages=stages)["id"]
    entry = {"usagePlanId": plan, "keyId": key["id"], "keyType": "API_KEY"}
    gateway.rest("CreateUsagePlanKey", **entry)
    action = {"Action": "*", "Effect": "Allow", "Resource": "*"}
    said = {"principalId": "u", "policyDocument": {"Statement": [action]}}
    said["policyDocument"]["Version"] = "2012-10-17"

    def say(event):
        own = key["value"] if event.get("authorizationToken") == "a" else "other"
        if "type" in event:
            return {**said, "usageIdentifierKey": own}
        return {"statusCode": 200}

    gateway.functions.say = say
    found = [gateway.ask(f"{api}/prod/a", headers={"T": t}) for t in "ab"]
    assert [row.status_code for row in found] == [200, 403]


def test_a_plan_limits_the_rate_of_each_key_and_of_a_method(gateway):
    place, key, _ = keyed(gateway, throttle={"rateLimit": 0.0, "burstLimit": 2})
    assert [asked(gateway, place, key).status_code for _ in "abc"] == [200, 200, 429]
    own = {"throttle": {"/a/GET": {"rateLimit": 0.0, "burstLimit": 1}}}
    place, key, _ = keyed(gateway, stage=own)
    response = [asked(gateway, place, key) for _ in "ab"][-1]
    assert json.loads(response.data) == {"message": "Too Many Requests"}


def test_a_quota_is_of_its_period_and_outlives_the_server(gateway):
    from apis_inside import Gateway

    place, key, plan = keyed(gateway, quota={"limit": 2, "period": "DAY"})
    found = [asked(gateway, place, key) for _ in "abc"]
    assert [row.status_code for row in found] == [200, 200, 429]
    assert json.loads(found[-1].data) == {"message": "Limit Exceeded"}
    gateway.metrics.usage.write()
    again = Gateway(gateway.context)
    assert asked(again, place, key).status_code == 429
    today = time.strftime("%Y-%m-%d", time.gmtime())
    days = {"startDate": today, "endDate": today}
    usage = again.rest("GetUsage", usagePlanId=plan, **days)
    assert usage["items"] == {key["id"]: [[2, 0]]}
    gateway.context.clock.advance(24 * 3600)
    assert asked(again, place, key).status_code == 200


def test_keys_and_plans_are_listed_changed_and_deleted(gateway):
    place, key, plan = keyed(gateway)
    api = place.partition("/")[0]
    assert "value" not in gateway.rest("GetApiKey", apiKey=key["id"])
    shown = gateway.rest("GetApiKey", apiKey=key["id"], includeValue=True)
    assert shown["value"] == key["value"]
    assert len(gateway.rest("GetApiKeys", nameQuery="k")["items"]) == 1
    assert gateway.rest("GetApiKeys", nameQuery="z")["items"] == []
    assert len(gateway.rest("GetUsagePlans", keyId=key["id"])["items"]) == 1
    stage = f"{api}:prod"
    changes = [
        ("replace", "/name", "q"),
        ("add", "/quota/limit", "5"),
        ("add", "/quota/period", "WEEK"),
        ("add", f"/apiStages/{stage}/throttle/~1a~1GET/rateLimit", "2.5"),
        ("remove", "/throttle", ""),
    ]
    rows = [dict(zip(("op", "path", "value"), row, strict=True)) for row in changes]
    found = gateway.rest("UpdateUsagePlan", usagePlanId=plan, patchOperations=rows)
    assert found["name"] == "q" and found["quota"] == {"limit": 5, "period": "WEEK"}
    assert found["apiStages"][0]["throttle"] == {"/a/GET": {"rateLimit": 2.5}}
    gateway.refuses("associated", "apigateway", "DeleteUsagePlan", usagePlanId=plan)
    rows = [{"op": "remove", "path": "/apiStages", "value": stage}]
    gateway.rest("UpdateUsagePlan", usagePlanId=plan, patchOperations=rows)
    assert asked(gateway, place, key).status_code == 403
    entry = {"usagePlanId": plan, "keyId": key["id"]}
    assert gateway.rest("GetUsagePlanKey", **entry)["value"] == key["value"]
    gateway.rest("DeleteUsagePlanKey", **entry)
    gateway.rest("DeleteUsagePlan", usagePlanId=plan)
    code = "NotFoundException"
    gateway.refuses("Usage Plan", "apigateway", "GetUsagePlan", code, usagePlanId=plan)


@pytest.mark.parametrize(
    ("operation", "words", "code", "members"),
    [
        ("CreateApiKey", "20 characters", "BadRequestException", {"value": "short"}),
        ("CreateApiKey", "exists", "ConflictException", {"value": "v" * 20}),
        (
            *("CreateApiKey", "usage plans", "NotImplementedException"),
            {"stageKeys": [{"restApiId": "a"}]},
        ),
        (
            *("CreateUsagePlan", "Stage not found", "NotFoundException"),
            {"name": "p", "apiStages": [{"apiId": "x", "stage": "y"}]},
        ),
        (
            *("CreateUsagePlan", "quota", "BadRequestException"),
            {"name": "p", "quota": {"limit": 1}},
        ),
        (
            *("CreateUsagePlan", "positive", "BadRequestException"),
            {"name": "p", "throttle": {"rateLimit": -1.0}},
        ),
        ("GetApiKey", "API Key", "NotFoundException", {"apiKey": "none"}),
    ],
)
def test_what_cannot_be_is_refused(gateway, operation, words, code, members):
    gateway.rest("CreateApiKey", value="v" * 20)
    gateway.refuses(words, "apigateway", operation, code, **members)


def test_the_account_keeps_its_role_for_logs(gateway):
    rows = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:x"}]
    assert "throttleSettings" in gateway.rest("GetAccount")
    gateway.rest("UpdateAccount", patchOperations=rows)
    assert gateway.rest("GetAccount")["cloudwatchRoleArn"] == "arn:x"
