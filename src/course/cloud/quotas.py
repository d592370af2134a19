"""An API that answers by itself, whose callers have a key and a daily quota."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

STAGE = "v1"
MOCK = {"application/json": '{"statusCode": 200}'}  # no endpoint behind it


class Counted(NamedTuple):
    """An API of API Gateway, its usage plan, and a caller's key."""

    api: str
    plan: str
    key: str
    value: str  # the key itself, which a caller sends

    def status(self, key: str = "") -> int:
        """Ask once, with a key or without one; return the status of the answer."""
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        headers = {"x-api-key": key} if key else {}
        try:
            return urlopen(Request(self._url(), headers=headers)).status
        except HTTPError as refused:
            return refused.code

    def _url(self) -> str:
        import boto3

        if local := os.environ.get("AWS_ENDPOINT_URL"):
            return f"{local}/_apis/{self.api}/{STAGE}/"
        region = boto3.client("apigateway").meta.region_name
        return f"https://{self.api}.execute-api.{region}.amazonaws.com/{STAGE}/"

    def close(self) -> None:
        """Delete the API, its plan and the key."""
        import boto3

        gateway = boto3.client("apigateway")
        off = {"op": "remove", "path": "/apiStages", "value": f"{self.api}:{STAGE}"}
        gateway.update_usage_plan(usagePlanId=self.plan, patchOperations=[off])
        gateway.delete_usage_plan(usagePlanId=self.plan)
        gateway.delete_api_key(apiKey=self.key)
        gateway.delete_rest_api(restApiId=self.api)


def counted(name: str, daily: int) -> Counted:
    """Make an API that answers 200 so many times a day to whoever has its key.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    """
    import boto3

    gateway = boto3.client("apigateway")
    api = gateway.create_rest_api(name=name)["id"]
    _serve(gateway, api)
    plan = gateway.create_usage_plan(
        name=name,
        apiStages=[{"apiId": api, "stage": STAGE}],
        quota={"limit": daily, "period": "DAY"},
    )["id"]
    key = gateway.create_api_key(name=name, enabled=True)
    join = {"usagePlanId": plan, "keyId": key["id"], "keyType": "API_KEY"}
    gateway.create_usage_plan_key(**join)
    return Counted(api, plan, key["id"], key["value"])


def _serve(gateway: Any, api: str) -> None:
    """Let the root of an API answer 200 to each GET with a key."""
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    at = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**at, authorizationType="NONE", apiKeyRequired=True)
    gateway.put_integration(**at, type="MOCK", requestTemplates=MOCK)
    gateway.put_method_response(**at, statusCode="200")
    gateway.put_integration_response(**at, statusCode="200")
    gateway.create_deployment(restApiId=api, stageName=STAGE)
