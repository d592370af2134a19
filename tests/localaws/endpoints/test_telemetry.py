"""Endpoints write their log and their metrics to CloudWatch."""

from types import SimpleNamespace

import boto3
import pytest
from deployed import SAY, invoke, log, total
from moto.cloudwatch.models import cloudwatch_backends
from waiting import until

from localaws.api.clock import Clock
from localaws.endpoints import telemetry as module
from localaws.jobs import logs


def test_the_log_has_the_traceback_and_the_metrics_count_the_calls(runtime, say):
    say("counted", "fine", script=SAY.replace("return model", "return data['good']"))
    names = {"EndpointName": "counted", "VariantName": "variant-0"}
    for _ in range(3):
        with pytest.raises(runtime.exceptions.ModelError):
            invoke(runtime, "counted")
    until(lambda: total("Invocations", names) == 3)
    assert total("Invocation5XXErrors", names) == 3
    assert total("Invocation4XXErrors", names) == 0
    assert total("InvocationModelErrors", names) == 3
    assert total("ModelLatency", names) > 0 and total("OverheadLatency", names) > 0
    until(lambda: log("counted").count("Traceback (most recent") == 3)
    assert 'File "/opt/ml/model/code/inference.py", line 4' in log("counted")


def test_the_log_group_may_be_deleted_while_the_endpoint_lives(runtime, say):
    say("logged", "x", script=SAY.replace("return model", "print(data); return model"))
    assert "The model server is ready." in log("logged")
    invoke(runtime, "logged", b"first")
    until(lambda: "first" in log("logged"))
    group = "/aws/sagemaker/Endpoints/logged"
    boto3.client("logs").delete_log_group(logGroupName=group)
    invoke(runtime, "logged", b"second")
    until(lambda: log("logged", missing="") == "second")


class Noted:
    """Stands for a client of CloudWatch Logs: it notes what it is sent."""

    def __init__(self):
        self.batches = []

    def get(self, service, region):
        return self

    def create_log_group(self, **names):
        pass

    create_log_stream = create_log_group

    def put_log_events(self, logGroupName, logStreamName, logEvents):
        self.batches.append([event["message"] for event in logEvents])


@pytest.fixture
def noted(monkeypatch):
    monkeypatch.setattr(module, "INTERVAL", 1000)
    client = Noted()
    telemetry = module.Telemetry(SimpleNamespace(clients=client, clock=Clock()))
    yield telemetry
    telemetry.close()


def test_a_log_without_end_ends_in_words(noted):
    text = "x" * 60_000
    for _ in range(1000):  # 60 MB
        noted.line("us-east-1", "chatty", "a", text)
    noted.line("us-east-1", "chatty", "b", "another stream")
    noted.flush()
    batches = noted.context.clients.batches
    assert batches.pop() == ["another stream"]
    *lines, last = [line for batch in batches for line in batch]
    assert set(lines) == {text} and 24e6 < len(lines) * len(text) < logs.MOST
    assert last == "localaws: this log has 25,000,000 bytes, the most that is kept."
    assert max(sum(map(len, batch)) for batch in batches) < 1_048_576


def points(context, metric):
    """Return sum and number of a metric's points, of each minute that has some."""
    found = {}
    for point in cloudwatch_backends[context.account]["us-east-1"].metric_data:
        if point.name == metric:
            minute = point.timestamp.replace(second=0, microsecond=0)
            found.setdefault(minute, []).append(point.value)
    return [(round(sum(found[t]), 6), len(found[t])) for t in sorted(found)]


def test_minutes_without_a_request_are_told_and_calls_are_shared_by_instances(context):
    telemetry = module.Telemetry(context)
    clock, place = context.clock, ("us-east-1", "e", "v")
    clock.advance(60 - clock.now() % 60 + 1)
    telemetry.watch(lambda: [place])
    clock.advance(60)
    for _ in range(6):
        telemetry.call(*place, 200, 0.01, 0.02, instances=3)
    telemetry.flush()
    clock.advance(120)
    assert points(context, "InvocationsPerInstance") == [(0, 1), (2, 6), (0, 1)]
    assert points(context, "Invocations") == [(0, 1), (6, 6), (0, 1)]
    telemetry.close()
    clock.stop()
