"""The Resource Groups Tagging API: it finds and tags SageMaker's resources as well."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from moto.core.resource_tagging import (
    TaggableResourcesMixin,
    TaggedResource,
    iter_taggable_backends,
)
from moto.resourcegroupstaggingapi import models

from localaws.api.registry import Context
from localaws.records.store import KINDS, Store


class Resources(TaggableResourcesMixin):
    """The records of a region, as moto's tagging API asks a service for them.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """

    SERVICE_NAMESPACE = "sagemaker"

    def __init__(self, store: Store, region: str) -> None:
        self.store = store
        self.region = region

    def iter_tagged_resources(self) -> Iterator[TaggedResource]:
        """Yield all resources with their tags, also those without any."""
        for kind in KINDS.values():
            for record in self.store.table(kind, self.region).all():
                tags = {tag["Key"]: tag["Value"] for tag in record["_tags"]}
                place = f"sagemaker:{kind.arn_type}"
                yield TaggedResource(record[kind.arn], tags, place)

    def owns_arn(self, arn: str) -> bool:
        """Return whether an ARN names a resource of SageMaker in this region."""
        return arn.split(":")[2:4] == ["sagemaker", self.region]

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Set tags; a key that exists gets the new value."""
        self._change(arn, set(tags), tags)

    def untag_resource(self, arn: str, tag_keys: list[str]) -> None:
        """Remove tags; keys that are not there are ignored."""
        self._change(arn, set(tag_keys), {})

    def _change(self, arn: str, gone: set[str], new: dict[str, str]) -> None:
        table, name = self.store.by_arn(arn)
        with table.edit(name) as record:
            kept = [tag for tag in record["_tags"] if tag["Key"] not in gone]
            added = [{"Key": key, "Value": value} for key, value in new.items()]
            record["_tags"] = [*kept, *added]


def setup(context: Context) -> None:
    """Let moto ask this server for SageMaker's resources, and not its own backend."""
    found: Any = models
    found.iter_taggable_backends = functools.partial(_backends, context.part(Store))


def _backends(store: Store, account: str, region: str) -> Iterator[Any]:
    for backend in iter_taggable_backends(account, region):
        if backend.SERVICE_NAMESPACE != Resources.SERVICE_NAMESPACE:
            yield backend
    yield Resources(store, region)
