"""The Keras digits job runs by hand, with nothing but SageMaker's variables set."""

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from packaging.requirements import Requirement

from course import data

JOB = Path(__file__).parents[2] / "src" / "jobs" / "digits_keras"


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Run `train.py` once; return its model folder and its log."""
    folder = tmp_path_factory.mktemp("digits")
    digits = data.load("digits")
    np.savez(folder / "train.npz", x=digits.x_train, y=digits.y_train)
    np.savez(folder / "test.npz", x=digits.x_test, y=digits.y_test)
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SM_CHANNEL_TRAIN": str(folder),
        "SM_CHANNEL_TEST": str(folder),
        "SM_MODEL_DIR": str(folder / "model"),
    }
    command = [sys.executable, str(JOB / "train.py"), "--epochs", "12"]
    done = subprocess.run(
        command, env=variables, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder / "model", done.stdout


def test_training_reaches_95_percent_and_logs_every_epoch(job):
    pattern = r"^epoch=(\d+) train_loss=([\d.]+) test_accuracy=([\d.]+)$"
    lines = re.findall(pattern, job[1], re.MULTILINE)
    assert [int(epoch) for epoch, _, _ in lines] == list(range(1, 13))
    assert float(lines[-1][2]) >= 0.95


def test_the_saved_model_lies_where_tensorflow_serving_looks_and_answers_alike(job):
    digits = data.load("digits")
    served = tf.saved_model.load(str(job[0] / "digits" / "1"))
    answers = served.serve(digits.x_test.reshape(-1, 64)).numpy().argmax(axis=1)
    stated = float(job[1].split("test_accuracy=")[-1])
    assert (answers == digits.y_test).mean() == pytest.approx(stated, abs=1e-4)


@pytest.fixture(scope="module")
def inference(job):
    """Import the `inference.py` that travels in the archive."""
    path = job[0] / "code" / "inference.py"
    spec = importlib.util.spec_from_file_location("digits_keras_inference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def context(kind="application/json", accept="application/json"):
    return SimpleNamespace(request_content_type=kind, accept_header=accept)


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "application/x-npy"])
def test_every_form_of_request_becomes_tensorflow_servings(inference, kind):
    x = data.load("digits").x_test[:3].reshape(-1, 64)
    sent = inference.input_handler(io.BytesIO(encode(x, kind)), context(kind))
    found = np.array(json.loads(sent)["instances"], np.float32)
    np.testing.assert_allclose(found, x, rtol=1e-6)


def test_the_answer_names_labels_and_probabilities(inference):
    rows = np.eye(10)[[3, 7]].tolist()
    content = json.dumps({"predictions": rows}).encode()
    response = SimpleNamespace(status_code=200, content=content)
    body, kind = inference.output_handler(response, context())
    assert kind == "application/json"
    assert json.loads(body) == {"labels": [3, 7], "probabilities": rows}
    body, kind = inference.output_handler(response, context(accept="text/csv"))
    assert kind == "text/csv" and [line[:2] for line in body.split()] == ["3,", "7,"]
    with pytest.raises(ValueError, match="image/png"):
        inference.output_handler(response, context(accept="image/png"))


def test_an_error_of_tensorflow_serving_keeps_its_words(inference):
    response = SimpleNamespace(status_code=400, content=b'{"error": "wrong shape"}')
    with pytest.raises(ValueError, match="wrong shape"):
        inference.output_handler(response, context())


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"[[1, 2]]", "application/json", r"\(1, 2\)"),
        (b"{", "application/json", "JSON"),
        (b"{}", "application/json", "instances"),
        (b"[]", "application/json", "n >= 1"),
        (str([16.0] * 64).encode(), "application/json", "divide"),
        (b"1,a", "text/csv", "CSV"),
        (b"\xff", "text/csv", "CSV"),
        (b"no array", "application/x-npy", "npy"),
        (b"x", "text/plain", "text/plain"),
    ],
)
def test_a_bad_request_says_what_is_wrong(inference, body, kind, message):
    with pytest.raises(ValueError, match=message):
        inference.input_handler(io.BytesIO(body), context(kind))


def test_the_requirements_are_satisfied_here():
    lines = (JOB / "requirements.txt").read_text().splitlines()
    needed = [Requirement(line) for line in lines]
    assert {need.name for need in needed} == {"numpy", "keras"}
    assert all(need.specifier.contains(version(need.name)) for need in needed)


def encode(x, kind):
    """Return images as the body of a request."""
    if kind == "application/json":
        return json.dumps(x.tolist()).encode()
    if kind == "text/csv":
        return "\n".join(",".join(map(str, row)) for row in x.tolist()).encode()
    buffer = io.BytesIO()
    np.save(buffer, x)
    return buffer.getvalue()
