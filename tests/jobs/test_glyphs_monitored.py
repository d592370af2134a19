"""The monitor's tests are those of SciPy; what it reads and writes is in S3."""

import base64
import importlib.util
import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from botocore.exceptions import ClientError
from scipy import stats

from course import networks

JOB = Path(__file__).parents[2] / "src" / "jobs" / "glyphs_monitored"
LAYERS = [("conv2", 8, 3, 1, 1), ("relu",), ("pool2", 2)]
LAYERS += [("conv2", 16, 3, 1, 1), ("relu",), ("pool2", 2)]
LAYERS += [("flat",), ("dense", 64), ("relu",), ("dense", 10)]


def load(name):
    spec = importlib.util.spec_from_file_location(f"glyphs_{name}", JOB / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


monitor, ticket, inference = map(load, ["monitor", "ticket", "inference"])


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_compared_as_scipy_does(seed):
    rng = np.random.default_rng(seed)
    before, now = rng.integers(1, 300, 9 + seed), rng.integers(0, 30, 9 + seed)
    expected = stats.chi2_contingency([before, now], correction=False).pvalue
    assert math.isclose(monitor.chi_square(before, now), expected, rel_tol=1e-9)
    assert monitor.chi_square([5, 0], [9, 0]) == 1  # one class: nothing can differ


@pytest.mark.parametrize("shift", [0, 0.1, 0.5])
def test_samples_are_compared_as_scipy_does_ties_included(shift):
    rng = np.random.default_rng(3)
    before = np.sort(rng.normal(size=2000).round(2)).tolist()
    now = np.sort(rng.normal(shift, size=150).round(2)).tolist()
    found = stats.ks_2samp(before, now, method="asymp")
    scaled = math.sqrt(2000 * 150 / 2150) * found.statistic
    expected = stats.kstwobign.sf(scaled)
    assert math.isclose(monitor.kolmogorov(before, now), expected, rel_tol=1e-6)
    assert monitor.kolmogorov(before, before) == 1


def line(images, probabilities, encoding="CSV"):
    text = "\n".join(",".join(map(str, row)) for row in images)
    if encoding == "BASE64":
        text = base64.b64encode(text.encode()).decode()
    answer = json.dumps({"probabilities": probabilities})
    sides = {"endpointInput": {"data": text, "encoding": encoding}}
    sides["endpointOutput"] = {"data": answer, "encoding": "JSON"}
    return json.dumps({"captureData": sides})


def exchanges(rng, count, sure=5.0):
    p = rng.dirichlet(np.full(10, 1 / sure), count).round(6)
    return rng.integers(0, 256, (count, 784)).tolist(), p.tolist()


class Stored:
    """S3 with a dictionary for its objects, and CloudWatch with a list of rows."""

    def __init__(self):
        self.objects, self.rows = {}, []

    def get_paginator(self, name):
        return self

    def paginate(self, Bucket, Prefix, StartAfter):
        found = [k for k in self.objects if k.startswith(Prefix) and k > StartAfter]
        return [{"Contents": [{"Key": key} for key in sorted(found)]}]

    def get_object(self, Bucket, Key):
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def put_object(self, Bucket, Key, Body):
        self.objects[Key] = Body

    def put_metric_data(self, Namespace, MetricData):
        self.rows = MetricData


@pytest.fixture
def stored(monkeypatch):
    """A bucket with the baseline of 500 exchanges, and the monitor's variables."""
    found = Stored()
    monkeypatch.setattr("boto3.client", lambda service: found)
    places = {"CAPTURED": "captured/", "REPORTS": "reports/", "BASELINE": "baseline"}
    for name, value in {**places, "BUCKET": "b", "ENDPOINT": "e"}.items():
        monkeypatch.setenv(name, value)
    images, p = exchanges(np.random.default_rng(0), 500)
    images = (np.array(images) / 255).tolist()
    found.objects["baseline"] = json.dumps(monitor.summary(images, p)).encode()
    return found


def test_a_run_takes_what_came_since_the_last_one(stored):
    rng = np.random.default_rng(1)
    stored.objects["captured/01.jsonl"] = line(*exchanges(rng, 60)).encode()
    first = monitor.handler({}, None)
    assert (first["images"], first["drifting"]) == (60, 0)
    body = [line(*exchanges(rng, 40, sure=0.3), kind) for kind in ("CSV", "BASE64")]
    stored.objects["captured/02.jsonl"] = "\n".join(body).encode()
    second = monitor.handler({}, None)
    assert (second["images"], second["drifting"]) == (80, 1)  # they are less sure
    assert second["p"]["confidence"] < 1e-9 < second["p"]["ink"]
    assert json.loads(stored.objects["reports/report-02.json"]) == second


def test_a_run_without_traffic_still_says_that_it_ran(stored):
    assert monitor.handler({}, None)["images"] == 0
    told = {row["MetricName"]: row["Value"] for row in stored.rows}
    assert told == {"Runs": 1, "Images": 0}


def test_metrics_are_finite_however_surprising(stored):
    white = [[255] * 784] * 300
    stored.objects["captured/01.jsonl"] = line(white, [[1.0] + [0.0] * 9] * 300)
    stored.objects["captured/01.jsonl"] = stored.objects["captured/01.jsonl"].encode()
    assert monitor.handler({}, None)["drifting"] == 3
    values = [row["Value"] for row in stored.rows if row["MetricName"] == "Surprise"]
    assert max(values) == 50


def test_an_alarm_told_twice_is_one_ticket(stored, monkeypatch):
    monkeypatch.setenv("TICKETS", "tickets/")
    alarm = {"AlarmName": "drift", "NewStateValue": "ALARM", "OldStateValue": "OK"}
    alarm |= {"StateChangeTime": "now", "NewStateReason": "2 out of 3"}
    record = {"Sns": {"MessageId": "m", "Message": json.dumps(alarm)}}
    for _ in range(2):
        assert ticket.handler({"Records": [record]}, None) == ["tickets/m.json"]
    [key] = [key for key in stored.objects if key.startswith("tickets/")]
    assert json.loads(stored.objects[key])["title"] == "drift is ALARM"


def test_the_endpoint_s_network_is_that_of_the_lesson(tmp_path):
    trained = networks.torch_network(LAYERS)
    images = np.random.default_rng(0).integers(0, 256, (3, 784))
    right = trained(torch.tensor(images / 255).float().reshape(-1, 1, 28, 28))
    torch.save(trained.state_dict(), tmp_path / "model.pth")
    model = inference.model_fn(str(tmp_path))
    body = "\n".join(",".join(map(str, row)) for row in images.tolist())
    found = inference.predict_fn(inference.input_fn(body, "text/csv"), model)
    assert torch.allclose(found, right.softmax(dim=1), atol=1e-6)
    text, kind = inference.output_fn(found, "*/*")
    assert kind == "application/json" and len(json.loads(text)["probabilities"]) == 3
    with pytest.raises(ValueError, match="text/csv"):
        inference.input_fn(b"", "application/json")
