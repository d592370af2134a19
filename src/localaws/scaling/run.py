"""Policies at work: what an alarm asks of one becomes another number of instances."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.records.store import Change, Record, Store
from localaws.scaling import request
from localaws.scaling.decision import wanted
from localaws.scaling.records import Book
from localaws.scaling.tracking import VARIANT, remove

COOLDOWN = 300  # seconds, where a policy names none
PATIENCE = 4.0  # seconds that an alarm waits for the instances that it has asked for
DONE = "Successfully set desired instance count to {}. "
FULFILLED = "Change successfully fulfilled by sagemaker."
WAITING = "Waiting for change to be fulfilled by sagemaker."

logger = logging.getLogger("localaws")


class Scaling:
    """Scales the variants of a server, one decision after the other.

    It acts on endpoints as a customer would, and follows each change in a thread of
    its own.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.store = context.part(Store)
        # Held while something is decided, so that two alarms do not both add to what
        # they have seen.
        self._deciding = threading.RLock()
        # What changes in the store, in its order; None: the end.
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self.store.watchers.append(self._changes.put)
        # Forgets the targets of endpoints that have been deleted.
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; what was begun is followed by the next server."""
        self._changes.put(None)
        self._thread.join(PATIENCE)

    def book(self, region: str) -> Book:
        """Return what is remembered of a region."""
        return Book(self.store, region)

    def act(
        self,
        region: str,
        arn: str,
        threshold: float,
        values: Sequence[float],
        alarm: str = "",
    ) -> None:
        """Let a policy decide on the last datapoints of a metric that left a threshold.

        ServiceError where the policy, or what it scales, is not there.
        """
        found = self.book(region).policy(arn)
        if found is None:
            raise request.invalid(f'There is no scaling policy "{arn}".')
        resource, policy = found
        with self._deciding:
            cause = f"monitor alarm {alarm} in state ALARM triggered policy "
            following = self._decide(
                region,
                resource,
                policy,
                threshold,
                values,
                cause + policy["PolicyName"],
            )
        if following:
            following.join(PATIENCE)

    def hold(self, region: str, resource: str) -> None:
        """Bring a variant between the bounds of its target."""
        with self._deciding:
            target = self.book(region).get(resource)
            now = self._variant(region, resource)["DesiredInstanceCount"]
            low, high = target["MinCapacity"], target["MaxCapacity"]
            side, count = ("minimum", low) if now < low else ("maximum", high)
            if not low <= now <= high:
                cause = f"{side} capacity was set to {count}"
                self._set(region, resource, count, cause)

    def resume(self) -> None:
        """Follow again what an earlier server had begun."""
        for region in self.store.regions():
            for row in self.book(region).activities():
                if row["StatusCode"] == "InProgress":
                    self._follow(region, row)

    def _decide(
        self,
        region: str,
        resource: str,
        policy: Record,
        threshold: float,
        values: Sequence[float],
        cause: str,
    ) -> threading.Thread | None:
        target = self.book(region).get(resource)
        variant = self._variant(region, resource)
        now = int(variant["DesiredInstanceCount"])
        if variant["EndpointStatus"] != "InService":
            return None  # it changes already: the alarm asks again in a minute
        cooling = self._cooling(policy)
        count = wanted(policy, now, threshold, values)
        if count is not None and count > now and cooling and cooling["up"]:
            # What it has just added is part of what it wants to add now.
            count = wanted(policy, cooling["base"], threshold, values)
            if count is None or count < now:
                return None
        if count is None:
            return None
        count = min(max(count, target["MinCapacity"]), target["MaxCapacity"])
        if count == now:
            return None
        if not self._allowed(region, target, policy, cooling, count > now):
            return None
        return self._set(region, resource, count, cause, policy, now)

    def _cooling(self, policy: Record) -> Record | None:
        """Return what a policy did last, if that was just now."""
        last = policy.get("_last")
        return last if last and self.context.clock.now() < last["until"] else None

    def _allowed(
        self, region: str, target: Record, policy: Record, cooling: Any, up: bool
    ) -> bool:
        """Return whether a change is not suspended, too early or against a policy.

        https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
        """
        state = target.get("SuspendedState", {})
        if state.get(f"DynamicScaling{'Out' if up else 'In'}Suspended"):
            return False
        if up:
            return True
        if cooling and not cooling["up"]:
            return False
        return self._all_low(region, target, policy)

    def _all_low(self, region: str, target: Record, policy: Record) -> bool:
        """Return whether all other tracking policies would scale in, too."""
        others = [
            row["AlarmName"]
            for other in target["_policies"].values()
            if other["PolicyARN"] != policy["PolicyARN"]
            for row in other.get("Alarms", ())
            if "-AlarmLow-" in row["AlarmName"]
        ]
        if not others or "TargetTrackingScalingPolicyConfiguration" not in policy:
            return True
        client = self.context.clients.get("cloudwatch", region)
        rows = client.describe_alarms(AlarmNames=others)["MetricAlarms"]
        return all(row["StateValue"] == "ALARM" for row in rows)

    def _variant(self, region: str, resource: str) -> Record:
        return request.variant(self.store, region, self.context.account, resource)

    def _set(
        self,
        region: str,
        resource: str,
        count: int,
        cause: str,
        policy: Record | None = None,
        before: int = 0,
    ) -> threading.Thread | None:
        """Ask for a number of instances; return the thread that follows it."""
        now = self.context.clock.now()
        told = {
            "Description": f"Setting desired instance count to {count}.",
            "Cause": cause,
            "StatusCode": "InProgress",
            "StatusMessage": DONE.format(count) + WAITING,
            "_count": count,
            "_policy": policy["PolicyName"] if policy else None,
            "_before": before,
        }
        book = self.book(region)
        told["ActivityId"] = book.begin(resource, now, **told)
        try:
            self._ask(region, resource, count)
        except (ClientError, BotoCoreError, ServiceError) as error:
            self._fail(region, resource, told, str(error))
            return None
        return self._follow(region, {**told, "ResourceId": resource})

    def _ask(self, region: str, resource: str, count: int) -> None:
        match = VARIANT.fullmatch(resource)
        assert match, "the target was registered"
        wish = {"VariantName": match[2], "DesiredInstanceCount": count}
        self.context.clients.get(
            "sagemaker", region
        ).update_endpoint_weights_and_capacities(
            EndpointName=match[1], DesiredWeightsAndCapacities=[wish]
        )

    def _follow(self, region: str, activity: Record) -> threading.Thread:
        # Waits until the endpoint has changed, and notes what has become of it.
        thread = threading.Thread(
            target=self._end_of, args=(region, activity), daemon=True
        )
        thread.start()
        return thread

    def _end_of(self, region: str, activity: Record) -> None:
        resource, count = activity["ResourceId"], activity["_count"]
        try:
            found = self._settled(region, resource)
        except (ClientError, BotoCoreError) as error:
            found = {"FailureReason": str(error), "ProductionVariants": []}
        if self.context.closing.is_set():
            return  # the next server follows it again
        name = resource.rpartition("/")[2]
        rows = [r for r in found["ProductionVariants"] if r["VariantName"] == name]
        if not rows or rows[0].get("CurrentInstanceCount") != count:
            why = found.get("FailureReason", "the variant was changed meanwhile")
            self._fail(region, resource, activity, why)
            return
        now = self.context.clock.now()
        self._cool(region, activity, now)
        self.book(region).finish(
            resource,
            activity["ActivityId"],
            EndTime=now,
            StatusCode="Successful",
            StatusMessage=DONE.format(count) + FULFILLED,
        )

    def _settled(self, region: str, resource: str) -> Record:
        """Return what an endpoint is when it does not change any more."""
        client = self.context.clients.get("sagemaker", region)
        name = resource.split("/")[1]
        while True:
            found = client.describe_endpoint(EndpointName=name)
            going = found["EndpointStatus"].endswith(("ing", "Back"))
            if not going or self.context.closing.wait(0.1):
                return {"ProductionVariants": [], **found}

    def _cool(self, region: str, activity: Record, now: float) -> None:
        """Let the policy that has acted rest for its cooldown."""
        with self.store.changed:
            table, resource = self.book(region).targets, activity["ResourceId"]
            if not table.exists(resource):
                return
            with table.edit(resource) as target:
                if policy := target["_policies"].get(activity["_policy"]):
                    up = activity["_count"] > activity["_before"]
                    until = now + _rest(policy, up)
                    last = {"up": up, "base": activity["_before"], "until": until}
                    policy["_last"] = last

    def _fail(self, region: str, resource: str, activity: Record, why: str) -> None:
        said = f"Failed to set desired instance count to {activity['_count']}."
        self.book(region).finish(
            resource,
            activity["ActivityId"],
            EndTime=self.context.clock.now(),
            StatusCode="Failed",
            StatusMessage=f"{said} Reason: {why}",
        )

    def _read(self) -> None:
        while (change := self._changes.get()) is not None:
            kind, region, before, after = change
            if kind.name == "Endpoint" and before and after is None:
                try:
                    self._forget(region, before["EndpointName"])
                except (ClientError, BotoCoreError, OSError):
                    logger.exception("an endpoint is gone, but not its scaling")

    def _forget(self, region: str, endpoint: str) -> None:
        for target in self.book(region).targets.all():
            if target["ResourceId"].startswith(f"endpoint/{endpoint}/"):
                self.forget(region, target["ResourceId"])

    def forget(self, region: str, resource: str) -> None:
        """Remove a target with its policies and their alarms."""
        target = self.book(region).targets.delete(resource)
        rows = [a for p in target["_policies"].values() for a in p.get("Alarms", ())]
        remove(self.context, region, [row["AlarmName"] for row in rows])


def _rest(policy: Record, up: bool) -> float:
    tracking = policy.get("TargetTrackingScalingPolicyConfiguration")
    step: dict[str, Any] = policy.get("StepScalingPolicyConfiguration", {})
    name = f"Scale{'Out' if up else 'In'}Cooldown" if tracking else "Cooldown"
    return float((tracking or step).get(name, COOLDOWN))
