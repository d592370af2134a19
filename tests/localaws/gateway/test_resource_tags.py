"""Tags of APIs, stages, keys and plans are set by their ARNs."""

import pytest

PLACE = "arn:aws:apigateway:eu-west-1::"


def test_tags_of_rest_apis_stages_keys_and_plans(gateway):
    api = gateway.api("/a", tags={"a": "1"})
    key = gateway.rest("CreateApiKey")["id"]
    plan = gateway.rest("CreateUsagePlan", name="p")["id"]
    paths = [f"/restapis/{api}", f"/restapis/{api}/stages/prod"]
    for path in (*paths, f"/apikeys/{key}", f"/usageplans/{plan}"):
        arn = {"resourceArn": f"{PLACE}{path}"}
        before = gateway.rest("GetTags", **arn)["tags"]
        gateway.rest("TagResource", **arn, tags={"b": "2"})
        assert gateway.rest("GetTags", **arn)["tags"] == {**before, "b": "2"}
        gateway.rest("UntagResource", **arn, tagKeys=["b", "none"])
        assert gateway.rest("GetTags", **arn)["tags"] == before
    assert gateway.rest("GetRestApi", restApiId=api)["tags"] == {"a": "1"}


def test_tags_of_http_apis_and_stages(gateway):
    api = gateway.quick(Tags={"a": "1"})
    for path in (f"/apis/{api}", f"/apis/{api}/stages/$default"):
        arn = {"ResourceArn": f"{PLACE}{path}"}
        before = gateway.http("GetTags", **arn)["Tags"]
        gateway.http("TagResource", **arn, Tags={"b": "2"})
        assert gateway.http("GetTags", **arn)["Tags"] == {**before, "b": "2"}
        gateway.http("UntagResource", **arn, TagKeys=["b"])
        assert gateway.http("GetTags", **arn)["Tags"] == before


@pytest.mark.parametrize(
    "path", ["/restapis/none", "/what/x", "/restapis/{}/stages/no"]
)
def test_what_is_not_there_has_no_tags(gateway, path):
    arn = f"{PLACE}{path.format(gateway.api())}"
    words = ("Invalid", "apigateway", "GetTags", "NotFoundException")
    gateway.refuses(*words, resourceArn=arn)
