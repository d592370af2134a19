"""One container as five platforms want to be told of it, and what they agree on."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from course.schemas import SCHEMAS

Manifest = dict[str, Any]
FACTS = "image", "command", "port", "memory", "variables"


@dataclass(frozen=True)
class Service:
    """What a container is, whoever runs it.

    `image` ends with the digest of its manifest; `memory` is in MiB.
    """

    name: str
    image: str
    command: list[str]
    port: int
    memory: int
    variables: Mapping[str, str] = field(default_factory=dict)


def sagemaker(service: Service, role: str) -> Manifest:
    """The request CreateModel: SageMaker calls port 8080 and adds `serve` to the image.

    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
    """
    container = {"Image": service.image, "Environment": {**service.variables}}
    return {
        "ModelName": service.name,
        "ExecutionRoleArn": role,
        "PrimaryContainer": container,
    }


def function(service: Service, role: str) -> Manifest:
    """The request CreateFunction, for an image of at most 10 GB.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    return {
        "FunctionName": service.name,
        "Role": role,
        "PackageType": "Image",
        "Code": {"ImageUri": service.image},
        "ImageConfig": {"EntryPoint": [*service.command]},
        "MemorySize": service.memory,
        "Environment": {"Variables": {**service.variables}},
    }


def ecs(service: Service, role: str) -> Manifest:
    """The request RegisterTaskDefinition for Fargate, whose sizes are texts.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
    """
    variables = [{"name": k, "value": v} for k, v in service.variables.items()]
    container = {
        "name": service.name,
        "image": service.image,
        "entryPoint": [*service.command],
        "portMappings": [{"containerPort": service.port, "protocol": "tcp"}],
        "environment": variables,
    }
    return {
        "family": service.name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": str(service.memory),
        "executionRoleArn": role,
        "containerDefinitions": [container],
    }


def kubernetes(service: Service, role: str = "") -> Manifest:
    """A List of a Deployment, which keeps two copies running, and a Service before it.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
    """
    labels = {"app": service.name}
    container = {
        "name": service.name,
        "image": service.image,
        "command": [*service.command],
        "ports": [{"containerPort": service.port}],
        "env": [{"name": k, "value": v} for k, v in service.variables.items()],
        "resources": {"limits": {"memory": f"{service.memory}Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ping", "port": service.port}},
    }
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod}
    door = {"selector": labels, "ports": [{"port": 80, "targetPort": service.port}]}
    named = {"metadata": {"name": service.name}}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {"apiVersion": "apps/v1", "kind": "Deployment", **named, "spec": spec},
            {"apiVersion": "v1", "kind": "Service", **named, "spec": door},
        ],
    }


def beanstalk(service: Service, role: str = "") -> Manifest:
    """The docker-compose.yml of Elastic Beanstalk's Docker platform.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/single-container-docker-configuration.html
    """
    one = {
        "image": service.image,
        "entrypoint": [*service.command],
        "ports": [f"80:{service.port}"],
        "environment": {**service.variables},
        "mem_limit": f"{service.memory}m",
    }
    return {"services": {service.name: one}}


MAKERS: dict[str, Callable[[Service, str], Manifest]] = {
    "SageMaker": sagemaker,
    "Lambda": function,
    "ECS": ecs,
    "Kubernetes": kubernetes,
    "Beanstalk": beanstalk,
}


def written(service: Service, role: str) -> dict[str, Manifest]:
    """Return the manifests of a service, by platform; `role` is an ARN of IAM."""
    return {platform: make(service, role) for platform, make in MAKERS.items()}


# The requests among them: service and operation of botocore.
REQUESTS = {
    "SageMaker": ("sagemaker", "CreateModel"),
    "Lambda": ("lambda", "CreateFunction"),
    "ECS": ("ecs", "RegisterTaskDefinition"),
}


def facts(platform: str, manifest: Manifest) -> dict[str, Any]:
    """What a manifest says of FACTS, memory in MiB; without what it does not say."""
    said = _READERS[platform](manifest)
    return {name: said[name] for name in FACTS if name in said}


def _of_sagemaker(manifest: Manifest) -> dict[str, Any]:
    container = manifest["PrimaryContainer"]
    return {"image": container["Image"], "variables": container["Environment"]}


def _of_function(manifest: Manifest) -> dict[str, Any]:
    return {
        "image": manifest["Code"]["ImageUri"],
        "command": manifest["ImageConfig"]["EntryPoint"],
        "memory": manifest["MemorySize"],
        "variables": manifest["Environment"]["Variables"],
    }


def _of_ecs(manifest: Manifest) -> dict[str, Any]:
    (one,) = manifest["containerDefinitions"]
    return {
        "image": one["image"],
        "command": one["entryPoint"],
        "port": one["portMappings"][0]["containerPort"],
        "memory": mebibytes(f"{manifest['memory']}Mi"),
        "variables": {row["name"]: row["value"] for row in one["environment"]},
    }


def _of_kubernetes(manifest: Manifest) -> dict[str, Any]:
    deployment, door = manifest["items"]
    (one,) = deployment["spec"]["template"]["spec"]["containers"]
    ports = [row["containerPort"] for row in one["ports"]]
    ports += [row["targetPort"] for row in door["spec"]["ports"]]
    ports += [one["readinessProbe"]["httpGet"]["port"]]
    return {
        "image": one["image"],
        "command": one["command"],
        "port": ports[0] if len({*ports}) == 1 else ports,
        "memory": mebibytes(one["resources"]["limits"]["memory"]),
        "variables": {row["name"]: row["value"] for row in one["env"]},
    }


def _of_beanstalk(manifest: Manifest) -> dict[str, Any]:
    (one,) = manifest["services"].values()
    port = f"{one['ports'][0]}".rpartition(":")[2]
    return {
        "image": one["image"],
        "command": one["entrypoint"],
        "port": int(port) if port.isdigit() else port,
        "memory": _of_compose(one["mem_limit"]),
        "variables": one["environment"],
    }


def _of_compose(limit: Any) -> Any:
    """MiB of a limit such as "512m"; what is none of Compose's is left as it is."""
    text = f"{limit}"
    return mebibytes(text.upper() + "i") if text[-1:] in tuple("kmg") else limit


_READERS: dict[str, Callable[[Manifest], dict[str, Any]]] = {
    "SageMaker": _of_sagemaker,
    "Lambda": _of_function,
    "ECS": _of_ecs,
    "Kubernetes": _of_kubernetes,
    "Beanstalk": _of_beanstalk,
}
# How many bytes a unit of Kubernetes is: `m` is a thousandth, as of a processor.
# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
UNITS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
UNITS |= {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30}


def mebibytes(quantity: str) -> float:
    """MiB of a quantity of Kubernetes, such as "512Mi"; ValueError for another text."""
    found = re.fullmatch(r"([\d.]+)([a-zA-Z]*)", f"{quantity}")
    if not found or found[2] not in UNITS:
        raise ValueError(f'"{quantity}" is no quantity: expected such as "512Mi".')
    return float(found[1]) * UNITS[found[2]] / 2**20


def malformed(platform: str, manifest: Manifest) -> list[str]:
    """What has the wrong type, is missing or is unknown, in words.

    The requests of AWS are checked by botocore's models, the others by a schema of what
    is used of them here.
    """
    if platform in REQUESTS:
        return _by_botocore(*REQUESTS[platform], manifest)
    import jsonschema  # type: ignore[import-untyped]

    validator = jsonschema.Draft202012Validator(SCHEMAS[platform])
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(manifest)
    ]


def _by_botocore(service: str, operation: str, manifest: Manifest) -> list[str]:
    import botocore.session
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model(service)
    shape = model.operation_model(operation).input_shape
    report = ParamValidator().validate(manifest, shape).generate_report()
    return report.splitlines()


def changed(manifest: Manifest, *path: Any) -> Manifest:
    """Return a copy in which the place that all but the last of `path` name has it."""
    copied = copy.deepcopy(manifest)
    inner: Any = copied
    *before, last, value = path
    for key in before:
        inner = inner[key]
    inner[last] = value
    return copied


def disagreements(manifests: Mapping[str, Manifest]) -> Iterator[str]:
    """Yield each fact on which the manifests that state it differ."""
    said = {platform: facts(platform, one) for platform, one in manifests.items()}
    for name in FACTS:
        stated = {p: each[name] for p, each in said.items() if name in each}
        values = [*stated.values()]
        if any(value != values[0] for value in values):
            yield f"{name}: " + ", ".join(f"{p} {v!r}" for p, v in stated.items())


def checked(manifests: Mapping[str, Manifest]) -> tuple[bool, bool]:
    """Return whether a type is wrong in any manifest, and whether they differ."""
    types = any(malformed(platform, one) for platform, one in manifests.items())
    return types, any(disagreements(manifests))
