"""Read a letter for whoever asks the API: a function of Lambda behind API Gateway."""

import base64
import json
import os
from typing import Any

import boto3

PIXELS = 784
LETTERS = "ABCDEFGHIJ"
asked = {}  # clients, made once


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Check an image, ask the endpoint, note how sure it is, and answer."""
    body = event.get("body") or ""
    image = pixels(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    if image is None:
        return answer(400, {"error": f"send {PIXELS} numbers from 0 to 255 as JSON"})
    reply = client("sagemaker-runtime").invoke_endpoint(
        EndpointName=os.environ["ENDPOINT"],
        ContentType="application/json",
        Body=json.dumps([image]),
    )
    said = json.loads(reply["Body"].read())
    [label], [sure] = said["labels"], said["sure"]
    datum = {"MetricName": "sure", "Value": sure, "StorageResolution": 1}
    space = os.environ["ENDPOINT"]
    client("cloudwatch").put_metric_data(Namespace=space, MetricData=[datum])
    by = reply["InvokedProductionVariant"]
    return answer(200, {"letter": LETTERS[label], "sure": round(sure, 3), "by": by})


def pixels(body: str | bytes) -> list[float] | None:
    """Return the numbers of an image, or None of what is none."""
    try:
        image = json.loads(body)
        fits = isinstance(image, list) and len(image) == PIXELS
        return image if fits and all(0 <= p <= 255 for p in image) else None
    except (TypeError, ValueError):
        return None


def answer(status: int, said: dict[str, Any]) -> dict[str, Any]:
    """Return what API Gateway makes an HTTP answer of."""
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(said)}


def client(service: str) -> Any:
    """Return a client, which stays for the next request."""
    if service not in asked:
        asked[service] = boto3.client(service)
    return asked[service]
