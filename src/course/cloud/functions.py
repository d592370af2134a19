"""Functions of Lambda that the course made, with their layers, logs and APIs."""

import base64
import json
import re
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from course.cloud.meter import PREFIX

Client = Callable[[str], Any]  # service -> client of boto3
LOGS = "/aws/lambda/"  # where the log groups of functions begin
# The services of APIs: how each lists and deletes them, and what it calls what.
LISTS = {
    "apigatewayv2": ("get_apis", "Items", "Name", "ApiId"),
    "apigateway": ("get_rest_apis", "items", "name", "id"),
}
DELETES = {
    "apigatewayv2": ("delete_api", "ApiId"),
    "apigateway": ("delete_rest_api", "restApiId"),
}
PATIENCE, PAUSE = 30, 2  # tries until a role, or a log, is there; seconds between two
TAIL = re.compile(r"\t([A-Z][\w ]+): ([\d.]+)")  # of the line REPORT


def created(**members: Any) -> str:
    """Create a function with these members of CreateFunction; return its ARN.

    Waits until it is active. On AWS a role that was just made cannot be taken by Lambda
    for some seconds, so it tries again. Raises what boto3 raises for other reasons.
    """
    import boto3
    from botocore.exceptions import ClientError

    lambdas = boto3.client("lambda")
    for left in reversed(range(PATIENCE)):
        try:
            arn = lambdas.create_function(**members)["FunctionArn"]
            break
        except ClientError as error:
            if "cannot be assumed" not in str(error) or not left:
                raise
            time.sleep(PAUSE)
    lambdas.get_waiter("function_active_v2").wait(FunctionName=arn)
    return arn


def restarted(arn: str, **variables: str) -> None:
    """Give a function these variables of its environment, in place of those it had.

    Waits until it has them. No process that has begun before gets calls any more.
    """
    import boto3

    lambdas, given = boto3.client("lambda"), {"Variables": variables}
    lambdas.update_function_configuration(FunctionName=arn, Environment=given)
    lambdas.get_waiter("function_updated_v2").wait(FunctionName=arn)


def called(arn: str, event: Any) -> tuple[Any, dict[str, float]]:
    """Call a function; return its answer, and what the line REPORT of its log says.

    That is in ms and MB, by AWS's names, such as "Billed Duration". Raises RuntimeError
    with the function's own words where it fails.
    """
    import boto3

    given = {"FunctionName": arn, "Payload": json.dumps(event), "LogType": "Tail"}
    said = boto3.client("lambda").invoke(**given)
    answer = json.loads(said["Payload"].read())
    if "FunctionError" in said:
        raise RuntimeError(f'"{arn}" failed: {answer.get("errorMessage")}')
    log = base64.b64decode(said["LogResult"]).decode()
    report = next(line for line in log.splitlines() if line.startswith("REPORT"))
    return answer, {name: float(value) for name, value in TAIL.findall(report)}


def logged(arn: str, text: str) -> str:
    """Return the first line of a function's log that has a text, once it is there.

    A log may follow its call by some seconds. Raises RuntimeError when none has come.
    """
    import boto3
    from botocore.exceptions import ClientError

    group, pattern = LOGS + arn.rpartition(":")[2], json.dumps(text)
    logs = boto3.client("logs")
    for left in reversed(range(PATIENCE)):
        try:
            found = logs.filter_log_events(logGroupName=group, filterPattern=pattern)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            found = {"events": []}  # its group is made with its first line
        if found["events"]:
            return str(found["events"][0]["message"]).strip()
        time.sleep(PAUSE * bool(left))
    raise RuntimeError(f'the log of "{arn}" has no line with "{text}".')


def listed(client: Client, services: Collection[str]) -> list[str]:
    """Return what of the course answers requests, in the services that were used."""
    apis = [
        f"API {name}" for each in _used(services) for name, _ in _apis(client, each)
    ]
    functions = _functions(client) if "lambda" in services else ()
    return [*apis, *(f"function {name}" for name in functions)]


def remove(client: Client, services: Collection[str]) -> list[str]:
    """Delete what the course made in these services; return what was removed.

    The logs of a function stay when it goes, so they are deleted as well.
    """
    removed = []
    for service in _used(services):
        delete, member = DELETES[service]
        for name, number in list(_apis(client, service)):
            getattr(client(service), delete)(**{member: number})
            removed.append(f"API {name}")
    return removed + (_remove_functions(client) if "lambda" in services else [])


def _remove_functions(client: Client) -> list[str]:
    lambdas, logs, removed = client("lambda"), client("logs"), []
    for name in _functions(client):
        lambdas.delete_function(FunctionName=name)
        removed.append(f"function {name}")
    for name, version in list(_layers(lambdas)):
        lambdas.delete_layer_version(LayerName=name, VersionNumber=version)
        removed.append(f"layer {name}:{version}")
    pages = logs.get_paginator("describe_log_groups")
    found = pages.paginate(logGroupNamePrefix=LOGS + PREFIX)
    groups = [row["logGroupName"] for page in found for row in page["logGroups"]]
    for group in groups:
        logs.delete_log_group(logGroupName=group)
    return removed + [f"{len(groups)} log groups of functions"] * bool(groups)


def _functions(client: Client) -> list[str]:
    pages = client("lambda").get_paginator("list_functions").paginate()
    names = [row["FunctionName"] for page in pages for row in page["Functions"]]
    return sorted(name for name in names if name.startswith(PREFIX))


def _layers(lambdas: Any) -> Iterator[tuple[str, int]]:
    """Yield name and number of each version of the course's layers."""
    pages = lambdas.get_paginator("list_layers").paginate()
    names = [row["LayerName"] for page in pages for row in page["Layers"]]
    for name in (name for name in names if name.startswith(PREFIX)):
        versions = lambdas.get_paginator("list_layer_versions").paginate(LayerName=name)
        for page in versions:
            yield from ((name, row["Version"]) for row in page["LayerVersions"])


def _used(services: Collection[str]) -> list[str]:
    return [service for service in LISTS if service in services]


def _apis(client: Client, service: str) -> Iterator[tuple[str, str]]:
    """Yield name and identifier of each API of the course."""
    lists, rows, name, number = LISTS[service]
    for page in client(service).get_paginator(lists).paginate():
        for row in page.get(rows, ()):
            if row[name].startswith(PREFIX):
                yield row[name], row[number]
