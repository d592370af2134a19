"""Numbers in a log become metrics, as the developer guide's expressions find them."""

import threading
import time

import pytest

from localaws.training.metrics import NAMESPACE, Metrics

DEFINITIONS = [
    {"Name": "loss", "Regex": r"loss=([-+.\deE]+|nan|inf)"},
    {"Name": "bare", "Regex": r"\d+%"},
    {"Name": "either", "Regex": r"a=(\d+)|b="},
]


class Noted:
    """Stands for a client: it notes what it is sent."""

    def __init__(self):
        self.rows = []

    def put_metric_data(self, Namespace, MetricData):
        assert Namespace == NAMESPACE and 0 < len(MetricData) <= 1000
        self.rows += MetricData


@pytest.fixture
def metrics():
    return Metrics(Noted(), "job", DEFINITIONS)


def values(metrics):
    return [(row["MetricName"], row["Value"]) for row in metrics.client.rows]


def test_every_match_of_a_line_is_a_point(metrics):
    for line in ("epoch 1 loss=0.5; loss=2.5e-1", "nothing", "loss=-1"):
        metrics.read(line)
    assert metrics.client.rows == []  # nothing is sent while a line is read
    metrics.flush()
    assert values(metrics) == [("loss", 0.5), ("loss", 0.25), ("loss", -1.0)]
    [name] = {str(row["Dimensions"]) for row in metrics.client.rows}
    assert name == "[{'Name': 'TrainingJobName', 'Value': 'job'}]"
    assert metrics.final["loss"]["Value"] == -1.0


def test_what_is_no_number_is_no_point(metrics):
    metrics.read("loss=- 50% b=")  # the last: a group that took no part
    metrics.flush()
    assert values(metrics) == [] and metrics.final == {}


@pytest.mark.parametrize("text", ["nan", "inf", "1e999"])
def test_what_cloudwatch_refuses_is_dropped_and_the_last_number_is_final(metrics, text):
    for value in ("0.5", text):
        metrics.read(f"loss={value}")
    metrics.flush()
    assert values(metrics) == [("loss", 0.5)] and metrics.final["loss"]["Value"] == 0.5


def test_many_points_go_in_several_requests_and_once(metrics):
    for number in range(1200):
        metrics.read(f"loss={number}")
    threads = [threading.Thread(target=metrics.flush) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values(metrics) == [("loss", float(n)) for n in range(1200)]


def test_cloudwatch_has_the_points_of_a_job(context):
    cloudwatch = context.clients.get("cloudwatch", "us-east-1")
    metrics = Metrics(cloudwatch, "job", DEFINITIONS)
    for value in (1, 2, 6):
        metrics.read(f"loss={value}")
    metrics.flush()
    found = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="loss",
        Dimensions=[{"Name": "TrainingJobName", "Value": "job"}],
        StartTime=time.time() - 120,
        EndTime=time.time() + 60,
        Period=3600,
        Statistics=["Sum", "SampleCount"],
    )["Datapoints"]
    assert sum(point["Sum"] for point in found) == 9
    assert sum(point["SampleCount"] for point in found) == 3


def test_a_refusal_of_cloudwatch_does_not_end_the_job(context, caplog):
    cloudwatch = context.clients.get("cloudwatch", "us-east-1")
    metrics = Metrics(cloudwatch, "", DEFINITIONS)  # no name: botocore refuses it
    metrics.read("loss=1")
    metrics.flush()
    assert "could not write metrics" in caplog.text


@pytest.mark.parametrize("mode", ["substitution"], indirect=True)
def test_no_pattern_of_a_job_holds_the_server(submit, finished):
    """Python's own `re` would need 2 ** 60 steps, and no request be answered."""
    patterns = [{"Name": "m", "Regex": "(a+)+$"}, {"Name": "n", "Regex": "n=(.)"}]
    job = submit(
        "print('a' * 60 + '!'); print('n=7')",
        AlgorithmSpecification={"MetricDefinitions": patterns},
        Environment={"LOCALAWS_INTERRUPT_ON": "(a|aa)+$"},
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
    )
    [metric] = finished(job)["FinalMetricDataList"]
    assert (metric["MetricName"], metric["Value"]) == ("n", 7.0)
