"""What CloudWatch makes of the points of a period: sums, means and percentiles."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from localaws.alarms.series import Point

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
_OTHERS = re.compile(r"(tm|tc|ts|wm)\d.*|(TM|TC|TS|WM|PR)\(.*\)|IQM|iqm")


@dataclass
class Period:
    """The points of one period, which begins at `start`, seconds since 1970."""

    start: float
    points: list[Point] = field(default_factory=list)

    @property
    def count(self) -> float:
        """The number of samples."""
        return sum(point.samples for point in self.points)

    def value(self, statistic: str) -> float | None:
        """Return a statistic; None where these points have none."""
        found = self._found(statistic)
        return None if found is None or not math.isfinite(found) else float(found)

    def _found(self, statistic: str) -> float | None:
        if statistic not in SIMPLE:
            return self._percentile(float(statistic[1:]))
        if statistic == "SampleCount":
            return self.count
        if statistic == "Minimum":
            return min(point.low for point in self.points)
        if statistic == "Maximum":
            return max(point.high for point in self.points)
        total = sum(point.total for point in self.points)
        if statistic == "Sum":
            return total
        return total / self.count if self.count else None

    def _percentile(self, percent: float) -> float | None:
        """Return a percentile, between two samples where it falls between them.

        There is none of negative values, nor of a set whose values are not known.
        AWS does not say how it interpolates.
        """
        rows = sorted((point.low, point.samples) for point in self.points)
        if any(point.low != point.high or point.low < 0 for point in self.points):
            return None
        place = percent / 100 * (sum(count for _, count in rows) - 1)
        low, high = (_at(rows, edge) for edge in (math.floor(place), math.ceil(place)))
        return low + (high - low) * (place - math.floor(place))


def _at(rows: list[tuple[float, float]], number: int) -> float:
    """Return the value of a sample by its number, from 0, in rows (value, count)."""
    for value, count in rows:
        number -= int(count)
        if number < 0:
            return value
    return rows[-1][0]


def periods(points: Iterable[Point], start: float, length: float) -> Iterator[Period]:
    """Yield the periods that have points; the first begins at `start`.

    The points are in order of time.
    """
    current: Period | None = None
    for point in points:
        begin = start + (point.moment - start) // length * length
        if current is None or current.start != begin:
            if current:
                yield current
            current = Period(begin)
        current.points.append(point)
    if current:
        yield current


def is_percentile(statistic: str) -> bool:
    """Return whether a statistic is a percentile: p0 to p100, to ten decimals."""
    return bool(_PERCENTILE.fullmatch(statistic))


def trouble(statistic: str) -> str:
    """Return why there is no such statistic here, or ""."""
    if statistic in SIMPLE or is_percentile(statistic):
        return ""
    if _OTHERS.fullmatch(statistic):
        return (
            f'localaws does not compute the statistic "{statistic}": it knows '
            f"{', '.join(SIMPLE)} and percentiles (p90)."
        )
    return f"The value {statistic} for parameter ExtendedStatistic is not supported."


def needed(statistic: str) -> float:
    """Return how many samples make a percentile significant.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    if not is_percentile(statistic):
        return 0
    percent = float(statistic[1:])
    rest = min(percent, 100 - percent)
    return 1000 / rest if rest else math.inf
