"""APIs for tests: made, deployed, and asked."""

import json
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from functions_made import create, lambdas

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=60)
ACCOUNT = "123456789012"

# Says what it was told, or what the query asks for.
ECHO = """
import json, time

def handler(event, context):
    query = event.get("queryStringParameters") or {}
    if "fail" in query:
        raise ValueError(query["fail"])
    if "raw" in query:
        return json.loads(query["raw"])
    if "sleep" in query:
        time.sleep(float(query["sleep"]))
    return {"statusCode": 200, "body": json.dumps(event)}
"""


def rest():
    return boto3.client("apigateway", config=ONCE)


def http():
    return boto3.client("apigatewayv2", config=ONCE)


def uri(name):
    """Return how an integration names a function."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    return f"{path}/{arn}/invocations"


def permit(name, api="*", below="*/*"):
    """Let API Gateway call a function."""
    lambdas().add_permission(
        FunctionName=name,
        StatementId=f"api-{abs(hash((api, below)))}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api}/{below}",
    )


def echo(code=ECHO, **members):
    """Create a function that API Gateway may call; return its name."""
    name = create(code, **members)
    permit(name)
    return name


def resource(api, path):
    """Return the identifier of a resource, which is made with all above it."""
    client = rest()
    rows = client.get_resources(restApiId=api, limit=500)["items"]
    known = {row["path"]: row["id"] for row in rows}
    above = ""
    for part in [part for part in path.split("/") if part]:
        place = f"{above}/{part}"
        if place not in known:
            known[place] = client.create_resource(
                restApiId=api, parentId=known[above or "/"], pathPart=part
            )["id"]
        above = place
    return known[above or "/"]


def method(api, path, name, function=None, **members):
    """Add a method with a function behind it; return the identifier of its resource."""
    client, more = rest(), members.pop("integration", {})
    place = {"restApiId": api, "resourceId": resource(api, path), "httpMethod": name}
    client.put_method(**place, **{"authorizationType": "NONE", **members})
    given = {"type": "MOCK"}
    if function:
        given = {"type": "AWS_PROXY", "integrationHttpMethod": "POST"}
        given |= {"uri": uri(function)}
    client.put_integration(**place, **{**given, **more})
    return place


def deployed(api, stage="prod", **members):
    rest().create_deployment(restApiId=api, stageName=stage, **members)


def asked(url, method="GET", data=None, headers=None):
    """Return status, headers and body of an answer; the body as JSON if it is that."""
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, value(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, value(error.read())


def value(body):
    try:
        return json.loads(body)
    except ValueError:
        return body
