"""JSON schemas of the files among the manifests: what the course uses of them, no more.

Kubernetes and Compose know many more members; one that is not here is refused.
https://kubernetes.io/docs/reference/kubernetes-api/
https://github.com/compose-spec/compose-spec/blob/main/spec.md
"""

from typing import Any

Schema = dict[str, Any]


def _object(**members: Any) -> Schema:
    """The schema of an object that has these members, and no other."""
    known = {"type": "object", "properties": members, "required": [*members]}
    return known | {"additionalProperties": False}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of, "minItems": 1}


_TEXT: Schema = {"type": "string"}
_PORT: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}
_QUANTITY: Schema = {"type": "string", "pattern": r"^[\d.]+([KMG]i|[mkMG])?$"}
_CONTAINER = _object(
    name=_TEXT,
    image=_TEXT,
    command=_list(_TEXT),
    ports=_list(_object(containerPort=_PORT)),
    env={"type": "array", "items": _object(name=_TEXT, value=_TEXT)},
    resources=_object(limits=_object(memory=_QUANTITY)),
    readinessProbe=_object(httpGet=_object(path=_TEXT, port=_PORT)),
)
_POD = _object(
    metadata=_object(labels=_TEXTS), spec=_object(containers=_list(_CONTAINER))
)
_SPEC = _object(
    replicas={"type": "integer"}, selector=_object(matchLabels=_TEXTS), template=_POD
)
_DOOR = _object(selector=_TEXTS, ports=_list(_object(port=_PORT, targetPort=_PORT)))


def _kind(version: str, kind: str, spec: Schema) -> Schema:
    fixed = {"apiVersion": {"const": version}, "kind": {"const": kind}}
    return _object(**fixed, metadata=_object(name=_TEXT), spec=spec)


SCHEMAS: dict[str, Schema] = {
    "Kubernetes": _object(
        apiVersion={"const": "v1"},
        kind={"const": "List"},
        items={
            "type": "array",
            "prefixItems": [
                _kind("apps/v1", "Deployment", _SPEC),
                _kind("v1", "Service", _DOOR),
            ],
            "minItems": 2,
            "maxItems": 2,
        },
    ),
    "Beanstalk": _object(
        services={
            "type": "object",
            "minProperties": 1,
            "additionalProperties": _object(
                image=_TEXT,
                entrypoint=_list(_TEXT),
                ports=_list({"type": "string", "pattern": r"^\d+:\d+$"}),
                environment=_TEXTS,
                mem_limit={"type": "string", "pattern": r"^\d+[kmg]$"},
            ),
        }
    ),
}
