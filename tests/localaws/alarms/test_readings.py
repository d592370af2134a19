"""GetMetricStatistics and GetMetricData answer what was put, by period and unit."""

import numpy as np
import pytest

from localaws.alarms.readings import rounded
from localaws.api.errors import ServiceError

PLACE = {"Namespace": "N", "MetricName": "m"}
STAT = {"Metric": PLACE, "Period": 60, "Stat": "Sum"}


def ask(alarmed, **members):
    now = alarmed.clock.now()
    given = {"StartTime": now - 600, "EndTime": now + 60, "Period": 60, **members}
    return alarmed("GetMetricStatistics", **{**PLACE, **given})["Datapoints"]


def data(alarmed, *queries, **members):
    now = alarmed.clock.now()
    given = {"StartTime": now - 600, "EndTime": now + 60, **members}
    return alarmed("GetMetricData", MetricDataQueries=list(queries), **given)


def test_statistics_and_percentiles_come_together(alarmed):
    values = [float(n) for n in range(1, 21)]
    alarmed.put(*values, Unit="Count")
    names = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
    [row] = ask(alarmed, Statistics=names, ExtendedStatistics=["p90", "p50"])
    start = alarmed.clock.now() // 60 * 60
    assert row.pop("ExtendedStatistics") == {
        "p90": pytest.approx(np.percentile(values, 90)),
        "p50": 10.5,
    }
    assert row.pop("Timestamp") == start and row.pop("Unit") == "Count"
    assert [row[name] for name in names] == [20, 210, 10.5, 1, 20]


def test_each_period_and_each_unit_has_its_datapoint(alarmed):
    alarmed.put(1.0, Unit="Seconds")
    alarmed.next()
    alarmed.put(2.0, Unit="Seconds")
    alarmed.put(3.0, Unit="Count")
    found = ask(alarmed, Statistics=["Sum"])
    assert [(row["Sum"], row["Unit"]) for row in found] == [
        (1, "Seconds"),
        (2, "Seconds"),
        (3, "Count"),
    ]
    assert found[1]["Timestamp"] - found[0]["Timestamp"] == 60
    assert [row["Sum"] for row in ask(alarmed, Statistics=["Sum"], Unit="Count")] == [3]


def test_the_dimensions_are_those_and_no_others(alarmed):
    alarmed.put(1.0, Dimensions=[{"Name": "a", "Value": "1"}])
    alarmed.put(2.0)
    assert [row["Sum"] for row in ask(alarmed, Statistics=["Sum"])] == [2]


@pytest.mark.parametrize(
    ("members", "code", "words"),
    [
        ({}, "InvalidParameterCombi", "either Statistics"),
        ({"ExtendedStatistics": ["Sum"]}, "InvalidParameterValue", "belongs to"),
        ({"ExtendedStatistics": ["tm90"]}, "NotImplementedException", "not compute"),
        ({"Statistics": ["Sum"], "StartTime": 9e9}, "InvalidParameterValue", "less"),
        ({"Statistics": ["Sum"], "Period": 7}, "InvalidParameterValue", "multiple"),
        (
            {"Statistics": ["Sum"], "StartTime": 0},
            "InvalidParameterCombination",
            "1,440",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(alarmed, members, code, words):
    with pytest.raises(ServiceError, match=words) as caught:
        ask(alarmed, **members)
    assert caught.value.code.startswith(code)


def test_the_start_is_rounded_as_documented():
    now = 100 * 86_400.0
    assert rounded(now - 3, now, 60) == now - 60
    assert rounded(now - 3, now, 10) == now - 10
    assert rounded(now - 20 * 86_400 - 1, now, 60) == now - 20 * 86_400 - 300
    assert rounded(now - 70 * 86_400 - 1, now, 60) == now - 70 * 86_400 - 3600


def test_queries_are_answered_newest_first_and_only_where_data_is_returned(alarmed):
    alarmed.put(1.0)
    alarmed.next()
    alarmed.put(2.0)
    asked = {"Id": "a", "MetricStat": STAT, "ReturnData": False}
    twice = {"Id": "b", "Expression": "a * 2", "Label": "twice"}
    [row] = data(alarmed, asked, twice)["MetricDataResults"]
    assert (row["Label"], row["Values"], row["StatusCode"]) == (
        "twice",
        [4, 2],
        "Complete",
    )
    [row] = data(alarmed, asked, twice, ScanBy="TimestampAscending")[
        "MetricDataResults"
    ]
    assert row["Values"] == [2, 4] and sorted(row["Timestamps"]) == row["Timestamps"]


def test_datapoints_come_in_pages(alarmed):
    for value in (1.0, 2.0, 3.0):
        alarmed.put(value)
        alarmed.next()
    asked, found = {"Id": "a", "MetricStat": STAT}, []
    page = data(alarmed, asked, MaxDatapoints=2)
    while True:
        [row] = page["MetricDataResults"]
        found.append(row["Values"])
        if "NextToken" not in page:
            break
        page = data(alarmed, asked, MaxDatapoints=2, NextToken=page["NextToken"])
    assert found == [[3, 2], [1]]


def test_no_answer_is_larger_than_it_may_be(alarmed):
    asked = {"Id": "a", "MetricStat": STAT}
    alarmed.put(1.0)
    [row] = data(alarmed, asked, StartTime=0)["MetricDataResults"]
    assert row["Values"] == [1]
    with pytest.raises(ServiceError, match="periods to fill"):
        data(alarmed, asked, {"Id": "b", "Expression": "FILL(a, 0)"}, StartTime=0)
    for wrong in ({"MaxDatapoints": -1}, {"NextToken": "9" * 5000}):
        with pytest.raises(ServiceError):
            data(alarmed, asked, **wrong)


def test_a_number_is_no_answer(alarmed):
    with pytest.raises(ServiceError, match="time series"):
        data(alarmed, {"Id": "a", "MetricStat": STAT}, {"Id": "b", "Expression": "1+1"})
