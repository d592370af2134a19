"""How an update moves requests to the new fleet: its steps, waits and alarms.

https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localaws.api.errors import invalid
from localaws.records.store import Record

TIMEOUT = 28_800.0  # seconds of an update that names none, the most that one may name


@dataclass(frozen=True)
class Strategy:
    """What an update does, in seconds by the clock."""

    shares: tuple[float, ...] = (1.0,)  # of requests for the new fleet, step by step
    bake: float = 0.0  # after each step, while the alarms are watched
    linger: float = 0.0  # of the old fleet, when it is asked no more
    limit: float = TIMEOUT  # of all together
    alarms: tuple[str, ...] = ()  # names; one in ALARM takes everything back

    @property
    def gradual(self) -> bool:
        """Whether it takes more than one moment."""
        return len(self.shares) > 1 or bool(self.alarms or self.bake or self.linger)


AT_ONCE = Strategy()


def strategy_of(given: dict[str, Any], config: Record, old: Record) -> Strategy:
    """Return what a DeploymentConfig asks for; `ValidationException` if it cannot be.

    `config` is the new configuration, `old` the one in service.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html
    """
    policy = given.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {})
    found = Strategy(
        shares=_shares(routing, config),
        bake=routing.get("WaitIntervalInSeconds", 0),
        linger=policy.get("TerminationWaitInSeconds", 0),
        limit=policy.get("MaximumExecutionTimeoutInSeconds", TIMEOUT),
        alarms=tuple(
            alarm["AlarmName"]
            for alarm in given.get("AutoRollbackConfiguration", {}).get("Alarms", ())
            if "AlarmName" in alarm
        ),
    )
    waits = found.linger + found.bake
    if found.limit <= waits and "MaximumExecutionTimeoutInSeconds" in policy:
        raise invalid(
            f"MaximumExecutionTimeoutInSeconds is {found.limit}: it must exceed "
            f"TerminationWaitInSeconds and WaitIntervalInSeconds together, {waits}."
        )
    if found.gradual:
        _check_variants(config, old)
    return found


def _shares(routing: dict[str, Any], config: Record) -> tuple[float, ...]:
    kind = routing.get("Type", "ALL_AT_ONCE")
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    wrong = [m for k, m in sizes.items() if m in routing and k != kind]
    if wrong:
        raise invalid(f"{wrong[0]} is of no use to a traffic routing of type {kind}.")
    if kind == "ALL_AT_ONCE":
        return (1.0,)
    if sizes[kind] not in routing:
        raise invalid(f"A traffic routing of type {kind} needs {sizes[kind]}.")
    least = 0.1 if kind == "LINEAR" else 0.0
    step = _share(routing[sizes[kind]], sizes[kind], least, config)
    if kind == "CANARY":
        return (step, 1.0)
    count = int(1 / step - 1e-9)  # steps before the last, which takes the rest
    return (*(step * (number + 1) for number in range(count)), 1.0)


def _share(size: dict[str, Any], name: str, least: float, config: Record) -> float:
    """Return which share of a fleet a size is: 10 to 50%, a canary also less."""
    value, share = size["Value"], size["Value"] / 100
    if size["Type"] == "INSTANCE_COUNT":
        rows = config["ProductionVariants"]
        counts = {row.get("InitialInstanceCount", 1) for row in rows}
        if len(counts) > 1:
            raise invalid(
                f"{name} counts instances, and the variants have different numbers of "
                "them: give it as CAPACITY_PERCENT."
            )
        share = value / counts.pop()
    if not least <= share <= 0.5:
        raise invalid(
            f"{name} is {value} of type {size['Type']}: it must be "
            f"{'10-50%' if least else 'at most 50%'} of the variant's total instance "
            "count."
        )
    return float(share)


def _check_variants(config: Record, old: Record) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html"""
    both = config["ProductionVariants"], old["ProductionVariants"]
    if any("ServerlessConfig" in row for rows in both for row in rows):
        raise invalid(
            "Deployment guardrails are for real-time and asynchronous endpoints: "
            "update a serverless one without a DeploymentConfig."
        )
    new, before = (sorted(row["VariantName"] for row in rows) for rows in both)
    if new != before:
        raise invalid(
            "A deployment in steps or with alarms needs the same variant names in both "
            f"configurations, but the new one has {new} and the old one {before}."
        )
