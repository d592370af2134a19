"""What a schedule may be: refused as AWS does, or where it would never fire here."""

from __future__ import annotations

import json
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.api.registry import Context
from localaws.eventbridge.cron import BadExpression
from localaws.eventbridge.expressions import At, Expression, schedule_expression
from localaws.eventbridge.targets import SCHEDULER, check_kind, service_of
from localaws.iam.identity import trusts
from localaws.records.store import Record

SERVICES = ("lambda", "sagemaker", "sns", "sqs")
UNKEPT = (
    *("EcsParameters", "KinesisParameters", "EventBridgeParameters"),
    *("EventBridgePutEventsV2Parameters", "EventBridgePutRawEventsParameters"),
)


def check(context: Context, given: dict[str, Any]) -> None:
    """Raise ServiceError for a schedule that AWS would not take, or that never fires.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    """
    made = expression_of(given)
    _check_window(given["FlexibleTimeWindow"])
    start, end = given.get("StartDate"), given.get("EndDate")
    if start is not None and end is not None and start >= end:
        raise invalid("The StartDate must be earlier than the EndDate.")
    _check_target(context, given["Target"])
    now = context.clock.now()
    if next_time(given, made, now - 1, now) is None:
        text = given["ScheduleExpression"]
        raise invalid(
            f"localaws refuses a schedule that never fires: {text} has no time that is "
            "to come, within StartDate and EndDate."
        )


def expression_of(given: Record) -> Expression:
    """Return a schedule's expression; ServiceError where it is none."""
    text, zone = given["ScheduleExpression"], given.get("ScheduleExpressionTimezone")
    try:
        return schedule_expression(text, zone or "UTC")
    except BadExpression as error:
        words = f"Invalid Schedule Expression {text}. ({error})"
        raise invalid(words) from None


def next_time(
    given: Record, expression: Expression, moment: float, since: float
) -> float | None:
    """Return when a schedule fires after a moment; None where it does no more.

    A rate counts from the StartDate, or from `since`. One time is one time, whatever
    StartDate and EndDate say.
    """
    if isinstance(expression, At):
        return expression.after(moment, since)
    start = given.get("StartDate")
    if start is not None:
        since, moment = start, max(moment, start - 1e-3)
    due = expression.after(moment, since)
    end = given.get("EndDate")
    return None if due is None or (end is not None and due > end) else due


def _check_window(window: dict[str, Any]) -> None:
    flexible, width = window["Mode"] == "FLEXIBLE", "MaximumWindowInMinutes"
    if flexible and width not in window:
        raise invalid(f"{width} is required where the Mode is FLEXIBLE.")
    if not flexible and width in window:
        raise invalid(f"{width} is for the Mode FLEXIBLE alone.")


def _check_target(context: Context, target: dict[str, Any]) -> None:
    arn = target["Arn"]
    if arn.startswith("arn:aws:scheduler:::"):
        raise ServiceError(
            "NotImplementedException",
            f'localaws has no universal targets such as "{arn}": name the function, '
            "pipeline, topic or queue itself.",
        )
    check_kind(arn, SERVICES)
    for name in UNKEPT:
        if target.get(name):
            words = f"localaws does not emulate {name} of schedules."
            raise ServiceError("NotImplementedException", words)
    if not trusts(context.account, target["RoleArn"], SCHEDULER):
        raise invalid(
            "The execution role you provide must allow AWS EventBridge Scheduler to "
            "assume the role."
        )
    letters = target.get("DeadLetterConfig", {}).get("Arn", "")
    if letters and (service_of(letters)[0] != "sqs" or letters.endswith(".fifo")):
        raise invalid(
            f"Invalid DeadLetterConfig: {letters} is no standard queue of SQS."
        )
    _check_input(target)


def _check_input(target: dict[str, Any]) -> None:
    arn = target["Arn"]
    if arn.endswith(".fifo") and not target.get("SqsParameters"):
        raise invalid("A MessageGroupId is required for a queue that keeps the order.")
    if service_of(arn)[0] == "lambda" and "Input" in target:
        try:
            json.loads(target["Input"])
        except (ValueError, RecursionError) as error:
            raise invalid(f"Invalid Input: a function takes JSON: {error}") from None
