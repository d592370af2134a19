"""IAM's managed policies: AWS's own come when somebody asks, and are not kept."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, ManagedPolicy

from localaws.persistence.journal import Records

OF_AWS = "arn:aws:iam::aws:policy/"


class Policies(dict[str, ManagedPolicy]):
    """The managed policies of an account by ARN, as moto looks them up.

    AWS has more than 1,500: a server that nobody asks for one spares 17 to 37 MB, and
    a start 0.1 s.
    """

    def __init__(self, backend: IAMBackend, own: Mapping[str, ManagedPolicy]) -> None:
        super().__init__(own)
        self._backend = backend
        self._lock = threading.Lock()
        self._whole = False

    def __contains__(self, arn: object) -> bool:
        if str(arn).startswith(OF_AWS):
            self._load()
        return super().__contains__(arn)

    def get(self, arn: str, default: Any = None) -> Any:
        """Return a policy."""
        return super().get(arn, default) if arn in self else default

    def values(self) -> Any:
        """Return all policies; so does moto look for the one to attach."""
        self._load()
        return super().values()

    def _load(self) -> None:
        with self._lock:
            if not self._whole:
                theirs = self._backend.aws_managed_policies
                theirs[:] = theirs or _policies_of_aws(self._backend)
                self.update({one.arn: one for one in theirs})
                self._whole = True


def _policies_of_aws(backend: IAMBackend) -> list[ManagedPolicy]:
    place = backend.account_id, backend.region_name
    rows = json.loads(aws_managed_policies_data).items()
    return [AWSManagedPolicy.from_data(name, *place, row) for name, row in rows]


def _at_first(backend: IAMBackend) -> Policies:
    return Policies(backend, {})


IAMBackend._init_managed_policies = _at_first  # type: ignore[method-assign, assignment]


class IamRecords(Records):
    """The records of IAM; a policy of AWS's is kept with those that have it."""

    def state(self) -> dict[str, Any]:
        """Return what is kept of the backend, by the names of its attributes."""
        state = super().state()
        policies = dict(state["managed_policies"])  # others may be adding one
        own = {k: p for k, p in policies.items() if not isinstance(p, AWSManagedPolicy)}
        return {**state, "managed_policies": own}

    def restore(self, state: dict[str, Any]) -> None:
        """Attach the policies that moto has now; one that it lacks stays as it was."""
        policies = Policies(self.backend, state.get("managed_policies", {}))
        super().restore({**state, "managed_policies": policies})
        counts: Counter[str] = Counter()
        for owner in self._owners():
            for arn, kept in owner.managed_policies.items():
                if isinstance(kept, AWSManagedPolicy):
                    policies[arn] = policies.get(arn, kept)
                    owner.managed_policies[arn] = policies[arn]
                    counts[arn] += 1
        for one in self.backend.aws_managed_policies:
            one.attachment_count = counts[one.arn]

    def _owners(self) -> list[Any]:
        backend = self.backend
        kinds = (backend.roles, backend.users, backend.groups)
        return [owner for kind in kinds for owner in kind.values()]
