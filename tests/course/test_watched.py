"""A watched endpoint, without one: what is sent, read back, packed and waited for."""

import io
import json
import tarfile
from datetime import UTC, datetime

import numpy as np
import pytest
import torch

from course import watched

START = datetime(2026, 11, 1, tzinfo=UTC)


class Account:
    """What stands for boto3's clients: S3, a runtime that captures, CloudWatch."""

    def __init__(self):
        self.objects, self.queries = {}, []

    def client(self, service):
        return self

    def invoke_endpoint(self, EndpointName, ContentType, InferenceId, Body):
        rows = len(Body.splitlines())
        answer = json.dumps({"probabilities": [[0.25, 0.75]] * rows})
        sides = {"endpointInput": {"data": Body}, "endpointOutput": {"data": answer}}
        about = {"inferenceId": InferenceId}
        line = json.dumps({"captureData": sides, "eventMetadata": about})
        self.objects[f"at/e/{len(self.objects):03}.jsonl"] = line.encode()

    def get_paginator(self, name):
        return self

    def paginate(self, Bucket, Prefix):
        return [
            {"Contents": [{"Key": k} for k in self.objects if k.startswith(Prefix)]}
        ]

    def get_object(self, Bucket, Key):
        return {"Body": io.BytesIO(self.objects[Key])}

    def get_metric_data(self, **asked):
        self.queries.append(asked)
        return {"MetricDataResults": [{"Values": [1.0, 2.0]}]}

    def describe_alarms(self, AlarmNames):
        [name] = AlarmNames
        return {"MetricAlarms": [{"StateValue": f"state of {name}"}]}


@pytest.fixture
def account(monkeypatch):
    made = Account()
    monkeypatch.setattr("boto3.client", made.client)
    return made


def test_what_a_window_was_sent_is_read_back_with_its_labels(account):
    endpoint = watched.Watched("e", "s3://bucket/at")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (25, 2, 2)) / 255
    endpoint.send("one", images, np.arange(25))
    endpoint.send("one-more", images[:3], np.arange(3))
    pixels, p, labels = endpoint.window("one")
    assert np.allclose(pixels, images.reshape(25, 4)) and p.shape == (25, 2)
    assert labels.tolist() == list(range(25))
    assert len(endpoint.captured()) == 4


def test_who_reads_waits_until_all_is_captured(account, monkeypatch):
    endpoint = watched.Watched("e", "s3://bucket/at")
    endpoint.send("w", np.zeros((10, 2, 2)), np.arange(10))
    endpoint.labels["not yet"] = np.arange(10)
    monkeypatch.setattr(
        "time.sleep", lambda seconds: endpoint.labels.pop("not yet", None)
    )
    assert len(endpoint.captured()) == 1


def test_waiting_has_an_end(monkeypatch):
    answers = iter([0, 0, "there"])
    assert watched.until(lambda: next(answers)) == "there"
    with pytest.raises(TimeoutError, match="in 0 seconds"):
        watched.until(lambda: False, patience=0)


def test_what_lasts_is_completed_by_a_wait(monkeypatch):
    times, waited = iter([100.0, 108.0, 200.0, 600.0]), []
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    for _ in range(2):
        with watched.lasting(300, waited.append):
            pass
    assert waited == [292, 0]


def test_a_scanner_has_256_steps():
    found = watched.scanned(np.linspace(0, 1, 5000))
    assert found.dtype == np.float32 and len(np.unique(found)) == 256
    assert found[0] == 0 and found[-1] == 1


def test_images_are_drawn_with_their_labels_and_none_twice():
    images, labels = np.arange(40).reshape(20, 2), np.arange(20)
    rng = np.random.default_rng(0)
    some, theirs = watched.drawn((images, labels), 12, rng)
    assert len(set(theirs)) == 12 and (some[:, 0] == 2 * theirs).all()


def test_a_script_is_loaded_as_a_module(tmp_path):
    script = tmp_path / "twice.py"
    script.write_text("def twice(x):\n    return 2 * x")
    assert watched.loaded(script).twice(3) == 6
    with pytest.raises(ImportError, match="no script"):
        watched.loaded(tmp_path / "twice.txt")


def test_an_alarm_is_asked_for_by_its_name(account):
    assert watched.state("n2e-drift") == "state of n2e-drift"


def test_keys_are_those_below_a_prefix_in_order(account):
    account.objects = {"at/2": b"", "at/1": b"", "other": b""}
    assert watched.keys("bucket", "at/") == ["at/1", "at/2"]


def test_an_endpoint_s_own_series_are_those_of_its_variant(account):
    endpoint = watched.Watched("e", "s3://bucket/at")
    endpoint.series("Invocations", "Sum", START, 4)
    metric = account.queries[0]["MetricDataQueries"][0]["MetricStat"]["Metric"]
    assert metric["Namespace"] == "AWS/SageMaker"
    own = {row["Name"]: row["Value"] for row in metric["Dimensions"]}
    assert own == {"EndpointName": "e", "VariantName": "all"}


def test_a_series_is_asked_for_in_periods_from_its_start(account):
    found = watched.series("N", "m", "Sum", START, 4, A="a")
    [asked] = account.queries
    assert found.tolist() == [1, 2]
    assert (asked["EndTime"] - asked["StartTime"]).total_seconds() == 1200
    metric = asked["MetricDataQueries"][0]["MetricStat"]["Metric"]
    assert metric["Dimensions"] == [{"Name": "A", "Value": "a"}]


def test_an_archive_has_what_is_run_where_it_is_looked_for(tmp_path):
    script = tmp_path / "serve.py"
    script.write_text("x = 1")
    packed = watched.archive({"w": torch.ones(2)}, script)
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert sorted(tar.getnames()) == ["code/inference.py", "model.pth"]
        weights = torch.load(tar.extractfile("model.pth"), weights_only=True)
    assert weights["w"].tolist() == [1, 1]


def test_a_network_is_asked_in_parts_and_answers_probabilities():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(4, 3))
    images = np.random.default_rng(0).random((501, 2, 2), np.float32)
    found = watched.probabilities(network, images)
    right = network(torch.tensor(images[:, None])).softmax(dim=1)
    assert found.shape == (501, 3) and np.allclose(found, right.detach(), atol=1e-6)
