"""Events are found by terms, sent by them, and counted in metrics and alarms."""

import time
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from waiting import until

from localaws.api.errors import ServiceError
from localaws.neighbours.filters import parse

LINES = ["ERROR one", "WARN two", "INFO a quoted phrase", 'ERROR "said" again']


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", [0, 1, 2, 3]),
        ("ERROR", [0, 3]),
        ("ERROR again", [3]),
        ('"a quoted phrase"', [2]),
        ('"phrase a"', []),
        ("?WARN ?one", [0, 1]),
        ("ERROR -one", [3]),
        ("-ERROR", [1, 2]),
        ("ERROR ?two", [0, 3]),
        (r'"\"said\""', [3]),
        ("error", []),
    ],
)
def test_terms_find_what_they_say(pattern, found):
    terms = parse(pattern)
    assert [n for n, line in enumerate(LINES) if terms.matches(line)] == found


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ('{ $.level = "ERROR" }', "of JSON"),
        ("[ip, status=5*]", "of columns"),
        ("%ERR.*%", "regular expressions"),
        ('"not closed', "Invalid filter pattern"),
        ('ERROR "not closed', "Invalid filter pattern"),
        ("a.b", "quote what is no word"),
    ],
)
def test_other_patterns_are_refused_in_words(pattern, words):
    with pytest.raises(ServiceError, match=words):
        parse(pattern)


@pytest.fixture
def logs(connection):
    client = boto3.client("logs")
    client.group = f"/g-{time.time_ns()}"
    client.create_log_group(logGroupName=client.group)
    client.create_log_stream(logGroupName=client.group, logStreamName="s")
    yield client
    client.delete_log_group(logGroupName=client.group)


def write(logs, *lines):
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines]
    logs.put_log_events(logGroupName=logs.group, logStreamName="s", logEvents=events)


def metric(logs, **members):
    """Let events with ERROR be counted; return the metric's name."""
    name = f"m-{time.time_ns()}"
    row = {"metricName": name, "metricNamespace": "N", "metricValue": "1", **members}
    logs.put_metric_filter(
        logGroupName=logs.group,
        filterName="f",
        filterPattern="ERROR",
        metricTransformations=[row],
    )
    return name


def total(name, statistic="Sum"):
    now = datetime.now(UTC)
    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="N",
        MetricName=name,
        Statistics=[statistic],
        Period=3600,
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=1),
    )["Datapoints"]
    return sum(point[statistic] for point in found)


def test_events_are_counted_by_a_metric_and_once_when_it_is_put_again(logs):
    write(logs, "ERROR before there was a filter")
    metric(logs)
    name = metric(logs, metricValue="2")
    write(logs, *LINES)
    write(logs, "INFO nothing")
    assert total(name) == 4 and total(name, "SampleCount") == 2
    [row] = logs.describe_metric_filters(logGroupName=logs.group)["metricFilters"]
    assert row["metricTransformations"][0]["metricName"] == name


def test_a_default_says_that_there_were_events(logs):
    name = metric(logs, defaultValue=0)
    write(logs, "INFO nothing")
    assert total(name) == 0 and total(name, "SampleCount") == 1


def test_what_would_not_be_counted_is_refused(logs):
    with pytest.raises(ClientError, match="counts events"):
        metric(logs, metricValue="$.bytes")
    with pytest.raises(ClientError, match="without dimensions"):
        metric(logs, dimensions={"a": "$.b"})
    with pytest.raises(ClientError, match="of JSON"):
        logs.filter_log_events(logGroupName=logs.group, filterPattern="{ $.a = 1 }")
    logs.group, kept = "none", logs.group
    with pytest.raises(ClientError, match="ResourceNotFound"):
        metric(logs)
    logs.group = kept


def test_a_pattern_can_be_tried(logs):
    found = logs.test_metric_filter(filterPattern="ERROR", logEventMessages=LINES)
    assert [row["eventNumber"] for row in found["matches"]] == [1, 4]


def test_a_subscriber_is_sent_what_its_pattern_says(logs):
    place = {"logGroupName": f"{logs.group}-copy"}
    logs.create_log_group(**place)
    logs.create_log_stream(**place, logStreamName="s")
    logs.put_subscription_filter(
        logGroupName=logs.group,
        filterName="f",
        filterPattern="ERROR",
        destinationArn=f"arn:aws:logs:us-east-1:123456789012:log-group:{logs.group}"
        "-copy:*",
    )
    write(logs, *LINES)
    until(lambda: len(logs.filter_log_events(**place)["events"]) == 2)
