"""Early stopping: the rule of the median, and how logs are read for it."""

import time

import boto3
import pytest
from moto import mock_aws

from localaws.tuning.stopping import GROUP, Curve, regex_of, worse

OTHERS = [[0.1, 0.3, 0.5], [0.3, 0.5, 0.7], [0.5, 0.7]]  # averages at 2: .2, .4, .6


@pytest.mark.parametrize(
    ("values", "maximizes", "expected"),
    [
        ([0.1, 0.39], True, True),
        ([0.1, 0.4], True, False),
        ([0.9, 0.41], False, True),
        ([0.9, 0.4], False, False),
        ([0.3], True, False),
        ([0.0, 0.0, 0.39], True, True),  # two others have come so far: .3 and .5
        ([0.0, 0.0, 0.41], True, False),
        ([0.0, 0.0, 0.0, 0.0], True, False),  # and none this far
    ],
)
def test_a_job_is_compared_with_the_median_of_averages(values, maximizes, expected):
    assert worse(values, OTHERS, maximizes) is expected


def test_without_others_nothing_is_worse():
    assert not worse([0.0], [], True) and not worse([9.0], [[]], False)


@pytest.fixture
def written():
    """A function that writes lines to a log stream of a job, and their reader."""
    with mock_aws():
        logs = boto3.client(
            "logs", "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
        )

        def write(job, *lines, host=1):
            group = {"logGroupName": GROUP}
            name = f"{job}/algo-{host}-1"
            found = logs.describe_log_groups()["logGroups"]
            if not found:
                logs.create_log_group(**group)
            streams = logs.describe_log_streams(**group)["logStreams"]
            if name not in [row["logStreamName"] for row in streams]:
                logs.create_log_stream(**group, logStreamName=name)
            now = int(1000 * time.time())
            events = [{"timestamp": now, "message": line} for line in lines]
            logs.put_log_events(**group, logStreamName=name, logEvents=events)

        yield write, logs


def test_a_curve_grows_with_the_log_of_the_first_host(written):
    write, logs = written
    curve = Curve(logs, "job", "loss=([^ ]+)")
    curve.read()  # there is no log yet
    write("job", "loss=0.5", "no number loss=x", "loss=nan", "loss=0.25 loss=0.125")
    write("job", "loss=7", host=2)
    write("job-2", "loss=9")
    curve.read()
    assert curve.values == [0.5, 0.25, 0.125]
    write("job", "loss=-1e-3")
    curve.read()
    curve.read()
    assert curve.values == [0.5, 0.25, 0.125, -0.001]


def test_each_epoch_is_judged_once(written):
    curve = Curve(written[1], "job", "x")
    curve.values = [0.0, 0.9]
    assert curve.hopeless(OTHERS, True)  # at its first epoch
    assert not curve.hopeless(OTHERS, True)
    curve.values.append(0.1)
    assert curve.hopeless(OTHERS, True)


def test_the_expression_of_a_metric_is_that_of_its_name():
    rows = [{"Name": "a", "Regex": "1"}, {"Name": "b", "Regex": "2"}]
    record = {"AlgorithmSpecification": {"MetricDefinitions": rows}}
    assert regex_of(record, "b") == "2"
