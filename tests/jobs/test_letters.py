"""The scripts of the pipeline keep letters apart, judge in pairs, and answer alike."""

import importlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from botocore.exceptions import ClientError

JOB = Path(__file__).parents[2] / "src" / "jobs" / "letters"
ARN = "arn:aws:sagemaker:us-east-1:1:model-package/shop/7"


@pytest.fixture(scope="module")
def job():
    """The scripts of the job, by name, as modules of this process."""
    names = ("prepare", "train", "evaluate", "inference", "deploy", "ask")
    kept = {name: sys.modules.pop(name, None) for name in names}
    sys.path.insert(0, str(JOB))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    sys.path.remove(str(JOB))
    for name in names:
        del sys.modules[name]
    sys.modules.update({name: m for name, m in kept.items() if m})


@pytest.fixture(scope="module")
def letters():
    """Images of ten kinds that are easily told apart, 0 to 255, and their labels."""
    rng = np.random.default_rng(0)
    y = np.arange(300) % 10
    x = rng.integers(0, 60, (300, 28, 28))
    for image, label in zip(x, y, strict=True):
        row, column = 4 + 12 * (label // 5), 2 + 5 * (label % 5)
        image[row : row + 5, column : column + 4] += 190
    return x.astype(np.uint8), y


@pytest.fixture(scope="module")
def model(job, letters):
    x = letters[0].reshape(300, -1).astype(np.float32)
    arrays = {"x": x, "y": letters[1], **job.prepare.prepare(x)}
    return job.train.fit(arrays, epochs=15, width=16, seed=0)


def test_equal_images_are_on_one_side_of_the_split(job):
    x = np.repeat(np.arange(50, dtype=np.float32), 4)[:, None] * np.ones(3)
    (fitted, _), (held, _) = job.prepare.split(x, np.zeros(200), seed=1)
    assert not set(fitted[:, 0]) & set(held[:, 0])
    assert (len(fitted), len(held)) == (160, 40)


def test_what_is_measured_is_measured_on_what_is_trained_on(job, letters, tmp_path):
    (tmp_path / "incoming").mkdir()
    np.savez(tmp_path / "incoming" / "a.npz", x=letters[0], y=letters[1])
    command = [sys.executable, str(JOB / "prepare.py"), "--folder", str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said == "240 letters to train on, 60 held out\n"
    train = np.load(tmp_path / "train" / "train.npz")
    assert np.allclose(train["mean"], train["x"].mean(axis=0))
    held = np.load(tmp_path / "held" / "held.npz")
    assert held["x"].shape == (60, 784) and set(held["y"]) == set(range(10))


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((3, 28, 28), np.uint8), [0, 1, 10], "expected 0 to 9"),
        (np.zeros((3, 28, 28)), [0, 1, 2], "expected uint8"),
        (np.zeros((2, 28, 28), np.uint8), [0, 1, 2], "expected uint8 of shape"),
    ],
)
def test_a_file_that_cannot_be_trained_on_is_refused(job, tmp_path, x, y, words):
    np.savez(tmp_path / "a.npz", x=x, y=np.array(y))
    with pytest.raises(ValueError, match=words):
        job.prepare.load(tmp_path)


def test_a_folder_without_files_is_refused(job, tmp_path):
    with pytest.raises(ValueError, match=r"no \.npz file"):
        job.prepare.load(tmp_path)


def test_eight_bits_answer_as_the_network_does(job, letters, model):
    torch = job.train.torch
    x = letters[0].reshape(300, -1).astype(np.float32)
    with torch.no_grad():
        right = model(torch.tensor(x)).softmax(dim=1).numpy()
    arrays = job.train.compact(model)
    shares = job.inference.predict_fn(x, arrays)
    assert np.abs(shares - right).max() < 0.1
    assert np.mean(shares.argmax(1) == right.argmax(1)) > 0.99
    assert {arrays[f"w{n}"].dtype for n in range(3)} == {np.dtype(np.int8)}


def test_an_archive_is_judged_by_the_code_in_it(job, letters, model, tmp_path):
    np.savez(tmp_path / "model.npz", **job.train.compact(model))
    (tmp_path / "code").mkdir()
    turned = "\n_right = predict_fn\npredict_fn = lambda x, m: 1 - _right(x, m)\n"
    for name, more in (("right", ""), ("wrong", turned)):
        code = (JOB / "inference.py").read_text() + more
        (tmp_path / "code" / "inference.py").write_text(code)
        with tarfile.open(tmp_path / f"{name}.tar.gz", "w:gz") as archive:
            archive.add(tmp_path / "model.npz", "model.npz")
            archive.add(tmp_path / "code", "code")
    x = letters[0].reshape(300, -1).astype(np.float32)
    shares = [
        job.evaluate.rights(tmp_path / f"{name}.tar.gz", x, letters[1]).mean()
        for name in ("right", "wrong")
    ]
    assert shares[0] > 0.95 and shares[1] < 0.05


def test_a_gain_is_counted_in_errors_of_the_differences(job):
    rng = np.random.default_rng(2)
    draws = rng.choice([1, -1, 0], (4000, 500), p=[0.12, 0.08, 0.8])
    apart = [job.evaluate.compare(row > 0, row < 0) for row in draws]
    gains = np.array([each["gain"] for each in apart])
    assert np.mean([each["error"] for each in apart]) == pytest.approx(
        gains.std(), rel=0.05
    )
    same = job.evaluate.compare(draws[0] > 0, draws[0] > 0)
    assert (same["gain"], same["errors"]) == (0, 0)


def test_requests_are_read_as_images_or_refused(job):
    body = json.dumps([[[7] * 28] * 28])
    assert job.inference.input_fn(body, "application/json").shape == (1, 784)
    for wrong, kind in (("[[1, 2]]", "application/json"), (body, "text/csv")):
        with pytest.raises(ValueError, match=r"expected|send application/json"):
            job.inference.input_fn(wrong, kind)


@pytest.mark.parametrize(
    "body", ["", "[1, 2]", json.dumps([256] * 784), json.dumps(["a"] * 784), "{}"]
)
def test_the_api_refuses_what_is_no_image(job, body):
    answer = job.ask.handler({"body": body}, None)
    assert answer["statusCode"] == 400 and "784 numbers" in answer["body"]


class Account:
    """SageMaker, as far as a deployment asks it."""

    def __init__(self, *there):
        self.there, self.asked = set(there), []

    def __getattr__(self, operation):
        def call(**members):
            self.asked.append(operation)
            kind = operation.partition("_")[2]
            if operation.startswith("create") and kind in self.there:
                error = {"Code": "ValidationException", "Message": "already existing"}
                raise ClientError({"Error": error}, operation)
            self.there.add(kind)
            return {"EndpointConfigName": members.get("EndpointConfigName", "old")}

        return call


def deployed(job, monkeypatch, account):
    variables = {"ENDPOINT": "shop", "INSTANCE_TYPE": "ml.m5.large", "ROLE": "r"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(job.deploy.boto3, "client", lambda service: account)
    detail = {"ModelPackageVersion": 7, "ModelPackageArn": ARN}
    return job.deploy.handler({"detail": detail}, None)


def test_the_first_version_makes_the_endpoint(job, monkeypatch):
    account = Account()
    assert deployed(job, monkeypatch, account) == "shop begins with v7"
    assert account.asked == [
        "create_model",
        "create_endpoint_config",
        "create_endpoint",
    ]


def test_a_later_version_changes_it(job, monkeypatch):
    account = Account("endpoint")
    assert deployed(job, monkeypatch, account) == "shop changes to v7"
    assert account.asked[-1] == "update_endpoint"


def test_an_event_that_comes_twice_changes_nothing(job, monkeypatch):
    account = Account("endpoint", "model", "endpoint_config")
    account.describe_endpoint = lambda **members: {"EndpointConfigName": "shop-v7"}
    deployed(job, monkeypatch, account)
    assert "update_endpoint" not in account.asked
