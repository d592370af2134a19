"""Points are found by metric and time, whatever becomes of moto's list."""

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum

from localaws.alarms.series import Metric, Point, Series, metric_of

DIMENSIONS = [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]
METRIC = Metric("N", "m", (("a", "1"), ("b", "2")))


def datum(moment, value, dimensions=DIMENSIONS, unit="Count"):
    at = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
    return MetricDatum("N", "m", value, dimensions, at, unit)


def series(*data):
    backend = SimpleNamespace(metric_data=list(data))
    return backend, Series(backend)


def values(found):
    return [point.total for point in found]


def test_points_are_those_of_the_metric_in_order_from_start_to_before_the_end():
    _, found = series(*(datum(at, at) for at in (5, 3, 9, 4)), datum(4, 99, []))
    assert values(found.between(METRIC, 3, 9)) == [3, 4, 5]
    assert values(found.between(Metric("N", "m"), 0, 10)) == [99]
    assert metric_of(
        {"Namespace": "N", "MetricName": "m", "Dimensions": DIMENSIONS}
    ) == (METRIC)


def test_new_points_are_seen_and_late_ones_stand_where_they_belong():
    backend, found = series(datum(1, 1), datum(5, 5))
    assert values(found.between(METRIC, 0, 10)) == [1, 5]
    backend.metric_data += [datum(3, 3), datum(6, 6)]
    assert values(found.between(METRIC, 0, 10)) == [1, 3, 5, 6]


def test_points_that_were_taken_back_are_gone():
    backend, found = series(datum(1, 1), datum(2, 2))
    assert len(found.between(METRIC, 0, 10)) == 2
    del backend.metric_data[1:]
    assert values(found.between(METRIC, 0, 10)) == [1]
    backend.metric_data[:] = [datum(7, 7)]  # as many as were there
    assert values(found.between(METRIC, 0, 10)) == [7]
    backend.metric_data = []
    assert found.between(METRIC, 0, 10) == []


def test_units_are_told_apart_where_one_is_asked_for():
    _, found = series(datum(1, 1, unit=None), datum(2, 2, unit="Count"))
    assert values(found.between(METRIC, 0, 10)) == [1, 2]
    assert values(found.between(METRIC, 0, 10, "Count")) == [2]
    assert values(found.between(METRIC, 0, 10, "None")) == [1]


def test_a_set_is_one_point_and_zones_are_followed():
    at = datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    row = MetricAggregatedDatum("N", "m", 1, 4, 3, 8, DIMENSIONS, at, "Count")
    _, found = series(row)
    assert found.between(METRIC, 0, 1) == [Point(0.0, 1, 4, 8, 3, "Count")]
