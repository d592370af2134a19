"""An update as it happens: the new fleet takes over step by step, or not at all."""

from __future__ import annotations

import threading
import time
from typing import Any

from localaws.api.registry import Context
from localaws.endpoints.deployment import Deployment
from localaws.endpoints.fleet import Fleet
from localaws.endpoints.record import summary
from localaws.endpoints.strategy import Strategy
from localaws.models.containers import CannotDeploy
from localaws.records.store import Record, Table

LOOK = 0.5  # seconds between two looks at the alarms


class Rollout:
    """One update of an endpoint by a strategy.

    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html
    """

    def __init__(
        self, context: Context, table: Table, name: str, strategy: Strategy
    ) -> None:
        self.context, self.table, self.name = context, table, name
        self.strategy = strategy
        self.fleet = context.part(Fleet)
        self.place = table.region, name
        self.end = context.clock.now() + strategy.limit

    def run(self, deployment: Deployment) -> None:
        """Bring a deployment into service; raises `CannotDeploy` if it is taken back.

        Then the old one answers everything, and nothing of the new one is left.
        """
        self.fleet.launch(deployment)
        try:
            self._shift(deployment)
        except BaseException:
            self._take_back(deployment)
            raise
        self.fleet.settle(*self.place, deployment)

    def _take_back(self, deployment: Deployment) -> None:
        try:
            if not self.context.closing.is_set():
                self.table.update(self.name, EndpointStatus="RollingBack")
        finally:  # on a full disk, too
            self.fleet.withdraw(*self.place, deployment)

    def _shift(self, deployment: Deployment) -> None:
        strategy = self.strategy
        self._look()
        for share in strategy.shares if strategy.gradual else ():
            self.fleet.shift(*self.place, deployment, share)
            self._tell(f"{share:.0%} of the requests go to the new fleet.")
            self._wait(strategy.bake)
            self._look()
        self._wait(strategy.linger)

    def _tell(self, message: str) -> None:
        """Say in the pending deployment that its variants are baking."""
        told = {"Status": "Baking", "StatusMessage": message, "StartTime": time.time()}
        with self.table.edit(self.name) as record:
            for row in record.get("PendingDeploymentSummary", {}).get(
                "ProductionVariants", ()
            ):
                row["VariantStatus"] = [told]

    def _wait(self, seconds: float) -> None:
        """Wait by the clock while the alarms are watched; `CannotDeploy` for one."""
        if not seconds:
            return
        over = threading.Event()
        clock = self.context.clock
        timer = clock.at(clock.now() + seconds, over.set)
        try:
            while not over.wait(LOOK):
                self._look()
        finally:
            timer.cancel()

    def _look(self) -> None:
        if self.context.closing.is_set():
            raise CannotDeploy("The server is stopping.")
        if self.context.clock.now() > self.end:
            raise CannotDeploy(
                "The deployment was rolled back: it took longer than its "
                f"MaximumExecutionTimeoutInSeconds, {self.strategy.limit:g}."
            )
        if tripped := ringing(self.context, self.table.region, self.strategy.alarms):
            raise CannotDeploy(
                "The deployment was rolled back: one or more of its alarms are in the "
                f"ALARM state: {', '.join(tripped)}."
            )


def ringing(context: Context, region: str, names: tuple[str, ...]) -> list[str]:
    """Return those of some alarms that are in ALARM."""
    return [row["AlarmName"] for row in alarms(context, region, names) if _rings(row)]


def alarms(context: Context, region: str, names: tuple[str, ...]) -> list[dict]:
    """Return what CloudWatch says of alarms; one that it does not have is left out."""
    if not names:
        return []
    client = context.clients.get("cloudwatch", region)
    kinds = ["MetricAlarm", "CompositeAlarm"]
    said = client.describe_alarms(AlarmNames=list(names), AlarmTypes=kinds)
    return [*said.get("MetricAlarms", ()), *said.get("CompositeAlarms", ())]


def _rings(alarm: dict[str, Any]) -> bool:
    return alarm["StateValue"] == "ALARM"


def pending(config: Record, name: str) -> dict[str, Any]:
    """Return the deployment that an endpoint shows while it is under way.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_PendingDeploymentSummary.html
    """
    now = time.time()
    status = {"Status": "Creating", "StartTime": now}
    rows = [
        {**summary(variant), "VariantStatus": [status]}
        for variant in config["ProductionVariants"]
    ]
    for row in rows:
        if "CurrentInstanceCount" in row:
            row["CurrentInstanceCount"] = 0
    return {"EndpointConfigName": name, "ProductionVariants": rows, "StartTime": now}
