"""Schedule expressions: rates, moments and cron's fields, and when they fall due.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from localaws.eventbridge.cron import BadExpression, Cron, moment_of

_RATE = re.compile(r"rate\((\d{1,12}) (minute|hour|day)(s?)\)")
_AT = re.compile(r"at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)")
_CRON = re.compile(r"cron\((.*)\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class Expression(Protocol):
    """When something falls due."""

    def after(self, moment: float, since: float) -> float | None:
        """Return the first time after a moment; None where there is none.

        All are seconds since 1970; a rate counts from `since`.
        """


@dataclass(frozen=True)
class Rate:
    """Every so many seconds."""

    seconds: int

    def after(self, moment: float, since: float) -> float | None:
        """Return the next multiple; the first is `since` itself."""
        if moment < since:
            return since
        return since + (math.floor((moment - since) / self.seconds) + 1) * self.seconds


@dataclass(frozen=True)
class At:
    """Once."""

    moment: float

    def after(self, moment: float, since: float) -> float | None:
        """Return its moment, unless that has passed."""
        return self.moment if self.moment > moment else None


def rule_expression(text: str) -> Expression:
    """Return what a rule's ScheduleExpression says; raises BadExpression.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    """
    if match := _RATE.fullmatch(text):
        if (int(match[1]) == 1) == bool(match[3]):
            raise BadExpression(
                f'1 has the singular, other numbers the plural: "{text}"'
            )
        return _rate(match)
    if match := _CRON.fullmatch(text):
        return Cron.of(match[1], UTC)
    raise BadExpression(f'"{text}" is neither rate(...) nor cron(...)')


def schedule_expression(text: str, zone: str = "UTC") -> Expression:
    """Return what a schedule's expression says in a time zone; raises BadExpression.

    Unlike a rule's it may be at(...), and its guide writes "1 minutes".
    """
    place = zone_of(zone)
    if match := _RATE.fullmatch(text):
        return _rate(match)
    if match := _CRON.fullmatch(text):
        return Cron.of(match[1], place)
    if match := _AT.fullmatch(text):
        try:
            moment = moment_of(datetime.fromisoformat(match[1]), place)
        except ValueError as error:
            raise BadExpression(f'"{text}" is no moment: {error}') from None
        if moment is None:
            raise BadExpression(f'the clocks of {zone} skip "{match[1]}"')
        return At(moment)
    raise BadExpression(f'"{text}" is none of rate(...), cron(...) and at(...)')


def zone_of(name: str) -> tzinfo:
    """Return the time zone of a name ("Europe/Berlin"); BadExpression for none."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise BadExpression(f'there is no time zone "{name}"') from None


def _rate(match: re.Match[str]) -> Rate:
    if not int(match[1]):
        raise BadExpression(f'"{match[0]}" would never pass')
    return Rate(int(match[1]) * _SECONDS[match[2]])
