"""A caller needs the key, has as many requests as the plan says, and leaves nothing."""

import boto3

from course.cloud.quotas import counted


def test_the_key_opens_the_api_as_often_as_the_plan_says(cloud):
    door = counted("n2e-counted", daily=2)
    asked = [door.status(), *[door.status(door.value) for _ in range(3)]]
    assert asked == [403, 200, 200, 429]
    assert door.status("another") == 403
    door.close()
    gateway = boto3.client("apigateway")
    assert gateway.get_rest_apis()["items"] == []
    assert gateway.get_usage_plans()["items"] == []
    assert gateway.get_api_keys()["items"] == []
