"""What alarms do: handlers of ARNs by service; others add theirs with `register`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localaws.alarms import telling
from localaws.alarms.queries import wrong
from localaws.alarms.records import Transition
from localaws.api.registry import Context
from localaws.iam.invokers import may_invoke
from localaws.neighbours.guards import refused

CALLER = "lambda.alarms.cloudwatch.amazonaws.com"
Run = Callable[[Context, str, Transition], None]
Check = Callable[[Context, str], None]


@dataclass(frozen=True)
class Action:
    """How ARNs of a service are acted upon.

    `run` raises where that fails, which the alarm's history tells. `check` raises
    ServiceError for an ARN that no alarm may have. One that `repeats` runs once a
    minute as long as the alarm keeps its state, as the scaling policies of AWS do.
    """

    run: Run
    check: Check | None = None
    repeats: bool = False
    of_composites: bool = True  # whether composite alarms may have it


HANDLERS: dict[str, Action] = {}  # by the service that an ARN names


def register(
    service: str,
    run: Run,
    *,
    check: Check | None = None,
    repeats: bool = False,
    of_composites: bool = True,
) -> None:
    """Let alarms act upon ARNs of a service: "autoscaling" is that of policies.

    `run(context, arn, transition)` is called in a thread of the alarms, one at a time.
    """
    HANDLERS[service] = Action(run, check, repeats, of_composites)


def of(arn: str) -> Action | None:
    """Return what an ARN is acted upon with, or None."""
    return HANDLERS.get(_service(arn))


def check(context: Context, region: str, arns: list[str], composite: bool) -> None:
    """Raise ServiceError for an action that an alarm of a region cannot have.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    for arn in arns:
        if not _service(arn):
            raise wrong(f"Invalid arn syntax: {arn}")
        action = of(arn)
        if action is None or (composite and not action.of_composites):
            known = ", ".join(
                name
                for name, one in HANDLERS.items()
                if one.of_composites or not composite
            )
            raise refused(
                f'localaws does not perform the action "{arn}" of an alarm: it would '
                f"do nothing. Those of these services are performed: {known}."
            )
        if _region(arn) != region:
            words = f"Invalid region {_region(arn)} specified."
            raise wrong(f"{words} Only {region} is supported.")
        if action.check:
            action.check(context, arn)


def _service(arn: str) -> str:
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" and parts[5] else ""


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _to_topic(context: Context, arn: str, change: Transition) -> None:
    told = telling.message(change, context.account)
    client: Any = context.clients.get("sns", _region(arn))
    client.publish(
        TopicArn=arn,
        Subject=telling.subject(change),
        Message=telling.as_text(told),
    )


def _to_function(context: Context, arn: str, change: Transition) -> None:
    if not may_invoke(context.account, arn, change.arn, CALLER):
        raise PermissionError(
            f'"{arn}" is not there, or does not let {CALLER} call it for '
            f'"{change.arn}" (AddPermission)'
        )
    told = telling.payload(change, context.account)
    client: Any = context.clients.get("lambda", _region(arn))
    body = telling.as_text(told).encode()
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=body)


register("sns", _to_topic)
register("lambda", _to_function)
