"""What happens to requests is counted, and logged where the author wants it."""

import time

import pytest

from localaws.gateway.metrics import SPACE


@pytest.fixture
def sums(gateway):
    """Return a function that sums and counts the values of a metric."""

    def read(name, **dimensions):
        client = gateway.context.clients.get("cloudwatch", "eu-west-1")
        names = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        metric = {"Namespace": SPACE, "MetricName": name, "Dimensions": names}
        day = {"Metric": metric, "Period": 24 * 3600}
        queries = [
            {"Id": stat.lower(), "MetricStat": {**day, "Stat": stat}}
            for stat in ("Sum", "SampleCount")
        ]
        now = time.time()
        found = client.get_metric_data(
            MetricDataQueries=queries, StartTime=now - 3600, EndTime=now + 3600
        )["MetricDataResults"]
        return tuple(sum(row["Values"]) for row in found)

    return read


def test_requests_to_rest_apis_are_counted(gateway, sums):
    api = gateway.api("/a")
    for path in ("a", "a", "none"):
        gateway.ask(f"{api}/prod/{path}")
    gateway.functions.say = "malformed"
    gateway.ask(f"{api}/prod/a")
    gateway.metrics.flush()
    for names in ({"ApiName": "a"}, {"ApiName": "a", "Stage": "prod"}):
        assert sums("Count", **names) == (4, 4)
        assert sums("4XXError", **names) == (1, 4)
        assert sums("5XXError", **names) == (1, 4)
        assert sums("Latency", **names)[1] == 4
        assert sums("IntegrationLatency", **names)[1] == 3


def test_requests_to_http_apis_are_counted(gateway, sums):
    api = gateway.routed("GET /a")
    for path in ("a", "b"):
        gateway.ask(f"{api}/{path}")
    gateway.metrics.flush()
    names = {"ApiId": api, "Stage": "$default"}
    assert sums("Count", **names) == (2, 2) and sums("4xx", **names) == (1, 2)
    assert sums("5xx", ApiId=api) == (0, 2)


def test_an_access_log_has_a_line_for_each_request(gateway):
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:my/log:*"
    api = gateway.routed("GET /a")
    form = "$context.requestId $context.httpMethod $context.status $context.routeKey "
    form += "$context.error.message $context.identity.sourceIp"
    log = {"DestinationArn": arn, "Format": form}
    place = {"ApiId": api, "StageName": "$default"}
    gateway.http("UpdateStage", **place, AccessLogSettings=log)
    for path in ("a", "b"):
        gateway.ask(f"{api}/{path}")
    gateway.metrics.flush()
    client = gateway.context.clients.get("logs", "eu-west-1")
    rows = client.filter_log_events(logGroupName="my/log")["events"]
    lines = [row["message"].partition(" ")[2] for row in rows]
    assert lines == ["GET 200 GET /a - 127.0.0.1", "GET 404 - Not Found 127.0.0.1"]
