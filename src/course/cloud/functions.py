"""Functions of Lambda that the course made, with their layers, logs and APIs."""

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
    for page in pages.paginate(logGroupNamePrefix=LOGS + PREFIX):
        for row in page["logGroups"]:
            logs.delete_log_group(logGroupName=row["logGroupName"])
    return removed


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
