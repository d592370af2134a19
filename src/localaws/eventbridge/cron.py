"""AWS's cron expressions: six fields, of which one of the days is "?".

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

MONTHS = [
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
]
DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]  # 1 is Sunday
YEARS = (1970, 2199)

Days = Callable[[int, int], set[int]]  # of a year and a month


class BadExpression(ValueError):
    """No schedule expression; why."""


@dataclass(frozen=True)
class Cron:
    """Whenever all fields fit."""

    minutes: list[int]
    hours: list[int]
    days: Days
    months: list[int]
    years: list[int]
    zone: tzinfo

    @classmethod
    def of(cls, text: str, zone: tzinfo) -> Cron:
        """Return what the text between cron's brackets says; raises BadExpression."""
        fields = text.split()
        if len(fields) != 6 or text != " ".join(fields):
            raise BadExpression(
                f'"{text}" has not six fields with a space between each'
            )
        minutes, hours, month_days, months, week_days, years = fields
        if (month_days == "?") == (week_days == "?"):
            raise BadExpression(f'of the two days in "{text}" one is to be "?"')
        return cls(
            minutes=_numbers(minutes, 0, 59),
            hours=_numbers(hours, 0, 23),
            days=_month_days(month_days) if week_days == "?" else _week_days(week_days),
            months=_numbers(months, 1, 12, MONTHS),
            years=_numbers(years, *YEARS),
            zone=zone,
        )

    def after(self, moment: float, since: float) -> float | None:
        """Return the first time after a moment, seconds since 1970; None for none.

        A time that the clocks skip is skipped; one that they repeat comes once.
        """
        start = datetime.fromtimestamp(moment, self.zone).replace(tzinfo=None, second=0)
        for found in self._local(start.replace(microsecond=0)):
            due = moment_of(found, self.zone)
            if due is not None and due > moment:
                return due
        return None

    def _local(self, start: datetime) -> Iterator[datetime]:
        """Yield the local times from `start` on, in their order."""
        for day in self._dates(start.date()):
            for hour in self.hours:
                for minute in self.minutes:
                    found = datetime(day.year, day.month, day.day, hour, minute)
                    if found >= start:
                        yield found

    def _dates(self, start: date) -> Iterator[date]:
        for year in self.years:
            for month in self.months if year >= start.year else ():
                if (year, month) >= (start.year, start.month):
                    for day in sorted(self.days(year, month)):
                        found = date(year, month, day)
                        if found >= start:
                            yield found


def moment_of(local: datetime, zone: tzinfo) -> float | None:
    """Return a local time as seconds since 1970; None where the clocks skip it."""
    moment = local.replace(tzinfo=zone).timestamp()
    back = datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
    return moment if back == local else None


def _numbers(
    text: str, least: int, most: int, names: list[str] | None = None
) -> list[int]:
    """Return the numbers of a field such as "1,5-9,0/15"."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = least, most
        else:
            low = _number(first, least, most, names)
            high = _number(last, least, most, names) if dash else low
            high = most if slash and not dash else high
        if low > high or (slash and not (step.isdecimal() and int(step))):
            raise BadExpression(f'"{part}" is no range')
        found.update(range(low, high + 1, int(step) if slash else 1))
    return sorted(found)


def _number(text: str, least: int, most: int, names: list[str] | None) -> int:
    if names and text.upper() in names:
        return names.index(text.upper()) + 1
    if not (text.isdecimal() and text.isascii() and least <= int(text) <= most):
        raise BadExpression(f'"{text}" is no number from {least} to {most}')
    return int(text)


def _last(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _month_days(text: str) -> Days:
    """Return the days of a month that a field such as "1,15", "L" or "3W" means."""
    if text == "L":
        return lambda year, month: {_last(year, month)}
    if text == "LW":
        return lambda year, month: {_week_day(year, month, _last(year, month))}
    if match := re.fullmatch(r"(\d{1,2})W", text):
        day = _number(match[1], 1, 31, None)
        return lambda year, month: (
            {_week_day(year, month, day)} if day <= _last(year, month) else set()
        )
    days = _numbers(text, 1, 31)
    return lambda year, month: {day for day in days if day <= _last(year, month)}


def _week_day(year: int, month: int, day: int) -> int:
    """Return the day from Monday to Friday that is nearest, in the same month."""
    place = calendar.weekday(year, month, day)  # 5 is Saturday
    if place == 5:
        return day - 1 if day > 1 else day + 2
    if place == 6:
        return day + 1 if day < _last(year, month) else day - 2
    return day


def _week_days(text: str) -> Days:
    """Return the days of a month that a field such as "MON-FRI" or "3#2" means."""
    if match := re.fullmatch(r"(\w{1,3})#([1-5])", text):
        day, number = _number(match[1], 1, 7, DAYS), int(match[2])
        return lambda year, month: set(_dates_of(year, month, [day])[number - 1 :][:1])
    if text != "L" and (match := re.fullmatch(r"(\w{1,3})L", text)):
        day = _number(match[1], 1, 7, DAYS)
        return lambda year, month: set(_dates_of(year, month, [day])[-1:])
    days = [7] if text == "L" else _numbers(text, 1, 7, DAYS)
    return lambda year, month: set(_dates_of(year, month, days))


def _dates_of(year: int, month: int, days: list[int]) -> list[int]:
    """Return the days of a month on certain days of the week; 1 is Sunday."""
    first = datetime(year, month, 1, tzinfo=UTC).isoweekday() % 7  # 0 is Sunday
    every = range(1, _last(year, month) + 1)
    return [day for day in every if (first + day - 1) % 7 + 1 in days]
