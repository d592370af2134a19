"""The points of metrics, found by their metric and their time."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from moto.cloudwatch.models import CloudWatchBackend, MetricAggregatedDatum

COMPUTED = "AWS/S3"  # the namespace whose points moto makes when it is asked


class Metric(NamedTuple):
    """What a series of points is known by; dimensions in the order of their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


class Point(NamedTuple):
    """What PutMetricData was told: one value, or a set of `samples` values."""

    moment: float  # seconds since 1970
    low: float
    high: float
    total: float
    samples: float
    unit: str = "None"


def metric_of(members: dict[str, Any]) -> Metric:
    """Return the metric that Namespace, MetricName and Dimensions name."""
    rows = members.get("Dimensions") or ()
    names = tuple(sorted((row["Name"], row["Value"]) for row in rows))
    return Metric(members["Namespace"], members["MetricName"], names)


class Series:
    """The points of one region, kept in order of time as moto's list of them grows."""

    def __init__(self, backend: CloudWatchBackend) -> None:
        self.backend = backend
        # Guards what follows: requests and the clock ask.
        self._lock = threading.Lock()
        self._data: list[Any] = []  # moto's list, as far as it was read
        self._seen = 0  # of its points
        self._last: Any = None  # of these
        self._rows: dict[Metric, list[Point]] = {}

    def between(
        self, metric: Metric, start: float, end: float, unit: str | None = None
    ) -> list[Point]:
        """Return the points from `start` to before `end`, of all units or of one."""
        if metric.namespace == COMPUTED:
            found = self._computed(metric)
        else:
            with self._lock:
                self._follow()
                rows = self._rows.get(metric, [])
                first, last = (_place(rows, moment) for moment in (start, end))
                found = rows[first:last]
        inside = (point for point in found if start <= point.moment < end)
        return [point for point in inside if unit in (None, point.unit)]

    def metrics(self, since: float = 0) -> list[Metric]:
        """Return the metrics that have a point after `since`, each once."""
        computed = {_metric(datum): None for datum in self.backend.aws_metric_data}
        with self._lock:
            self._follow()
            rows = [key for key, row in self._rows.items() if row[-1].moment >= since]
        return [*dict.fromkeys([*rows, *computed])]

    def _follow(self) -> None:
        data, seen = self.backend.metric_data, self._seen
        same = data is self._data and len(data) >= seen
        if not same or (seen and data[seen - 1] is not self._last):
            self._rows.clear()  # it was taken back, or there is another
            self._data, seen = data, 0
        for datum in data[seen:]:
            point = _point(datum)
            if all(map(math.isfinite, point[:5])):
                _add(self._rows.setdefault(_metric(datum), []), point)
            seen, self._last = seen + 1, datum
        self._seen = seen

    def _computed(self, metric: Metric) -> Iterable[Point]:
        made = self.backend.aws_metric_data
        return [_point(datum) for datum in made if _metric(datum) == metric]


def _place(rows: list[Point], moment: float) -> int:
    return bisect_left(rows, moment, key=lambda point: point.moment)


def _add(rows: list[Point], point: Point) -> None:
    if not rows or rows[-1].moment <= point.moment:
        rows.append(point)
    else:
        insort(rows, point, key=lambda point: point.moment)


def _metric(datum: Any) -> Metric:
    names = tuple(sorted((one.name, one.value) for one in datum.dimensions))
    return Metric(datum.namespace, datum.name, names)


def _point(datum: Any) -> Point:
    moment, unit = seconds(datum.timestamp), datum.unit or "None"
    if isinstance(datum, MetricAggregatedDatum):
        return Point(moment, datum.min, datum.max, datum.sum, datum.sample_count, unit)
    value = datum.value
    return Point(moment, value, value, value, 1.0, unit)


def seconds(moment: datetime | float) -> float:
    """Return the seconds since 1970 of a time; one without a zone is of UTC."""
    if not isinstance(moment, datetime):
        return float(moment)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
