"""What of API Gateway registers operations and pages, in the order of its set-up."""

from __future__ import annotations

from types import ModuleType

from localaws.gateway import (
    children,
    deployments,
    http_children,
    http_operations,
    methods,
    operations,
    plans,
    resource_tags,
    run,
)

MODULES: tuple[ModuleType, ...] = (
    *(run, operations, children, methods, deployments, plans),
    *(http_operations, http_children, resource_tags),
)
