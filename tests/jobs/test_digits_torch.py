"""The digits job runs by hand, with nothing but SageMaker's variables set."""

import importlib.util
import io
import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
from packaging.requirements import Requirement
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

JOB = Path(__file__).parents[2] / "src" / "jobs" / "digits_torch"


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """Run `train.py` once; return its folders and its log."""
    folder = tmp_path_factory.mktemp("digits")
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    parts = train_test_split(x, y, test_size=360, random_state=0, stratify=y)
    np.savez(folder / "train.npz", x=parts[0], y=parts[2])
    np.savez(folder / "test.npz", x=parts[1].reshape(-1, 8, 8), y=parts[3])
    variables = {
        "PATH": os.environ["PATH"],
        "SM_CHANNEL_TRAIN": str(folder),
        "SM_CHANNEL_TEST": str(folder),
        "SM_MODEL_DIR": str(folder / "model"),
    }
    command = [sys.executable, str(JOB / "train.py"), "--epochs", "20"]
    done = subprocess.run(
        command, env=variables, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {
        "model": folder / "model",
        "log": done.stdout,
        "errors": done.stderr,
        "x": parts[1],
        "y": parts[3],
    }


@pytest.fixture(scope="module")
def inference(job):
    """Import the `inference.py` that travels in the archive."""
    path = job["model"] / "code" / "inference.py"
    spec = importlib.util.spec_from_file_location("digits_inference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(job, inference):
    return inference.model_fn(str(job["model"]))


def test_training_reaches_95_percent_and_logs_every_epoch(job):
    pattern = r"^epoch=(\d+) train_loss=([\d.]+) test_accuracy=([\d.]+)$"
    lines = re.findall(pattern, job["log"], re.MULTILINE)
    assert [int(epoch) for epoch, _, _ in lines] == list(range(1, 21))
    assert float(lines[-1][2]) >= 0.95


def test_the_saved_model_has_the_accuracy_that_the_log_states(job, model):
    labels = model(images_beside(model, job["x"])).argmax(dim=1).cpu().numpy()
    stated = float(job["log"].split("test_accuracy=")[-1])
    assert (labels == job["y"]).mean() == pytest.approx(stated, abs=1e-4)


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "application/x-npy"])
def test_the_handlers_answer_what_the_model_itself_computes(
    job, inference, model, kind
):
    body = encode(job["x"], kind)
    probabilities = inference.predict_fn(inference.input_fn(body, kind), model)
    answer = json.loads(inference.output_fn(probabilities, "application/json"))
    with torch.inference_mode():
        expected = model(images_beside(model, job["x"])).softmax(dim=1)
    assert answer["probabilities"] == expected.tolist()
    assert answer["labels"] == expected.argmax(dim=1).tolist()


def test_the_log_names_the_device_beside_the_lines_of_the_epochs(job):
    device = "cuda" if torch.cuda.is_available() else "cpu"
    assert f"training on {device}" in job["errors"].splitlines()


def test_where_there_is_a_gpu_the_model_is_loaded_onto_it(job, inference, monkeypatch):
    places = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(nn.Module, "to", lambda self, to: (places.append(to), self)[1])
    inference.model_fn(str(job["model"]))
    assert places == ["cuda"]


def test_images_go_to_the_model_and_the_answer_comes_back(inference):
    model = inference.build_model(4).to("meta")
    with pytest.raises(NotImplementedError, match="meta"):  # it gives no numbers back
        inference.predict_fn(torch.zeros(2, 64), model)


@pytest.mark.gpu
def test_on_a_gpu_the_answers_are_on_the_cpu(job, inference, model):
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no CUDA device here")
    answer = inference.predict_fn(torch.from_numpy(job["x"]), model)
    assert next(model.parameters()).is_cuda and not answer.is_cuda
    weights = torch.load(job["model"] / "model.pth", weights_only=True)
    assert not any(weight.is_cuda for weight in weights.values())


def test_a_single_image_and_an_8_by_8_image_are_read_alike(job, inference):
    flat, square = job["x"][0], job["x"][0].reshape(8, 8)
    bodies = [json.dumps(flat.tolist()), json.dumps({"instances": [square.tolist()]})]
    read = [inference.input_fn(body, "application/json") for body in bodies]
    assert read[0].shape == (1, 64)
    assert torch.equal(read[0], read[1])


def test_csv_is_answered_when_it_is_accepted(job, inference, model):
    images = torch.from_numpy(job["x"][:3])
    probabilities = inference.predict_fn(images, model)
    lines = inference.output_fn(probabilities, "text/csv").splitlines()
    assert [line.count(",") for line in lines] == [10, 10, 10]
    with pytest.raises(ValueError, match="image/png"):
        inference.output_fn(probabilities, "image/png")


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("[[1, 2]]", "application/json", r"\(1, 2\)"),
        ("[[1], [2, 3]]", "application/json", "equally long"),
        ("{", "application/json", "JSON"),
        ("{}", "application/json", "instances"),
        ("[]", "application/json", "n >= 1"),
        (str([16.0] * 64), "application/json", "divide"),
        ("1,a", "text/csv", "CSV"),
        (b"no array", "application/x-npy", "npy"),
        ("x", "text/plain", "text/plain"),
    ],
)
def test_a_bad_request_says_what_is_wrong(inference, body, kind, message):
    with pytest.raises(ValueError, match=message):
        inference.input_fn(body, kind)


def test_the_requirements_are_satisfied_here():
    lines = (JOB / "requirements.txt").read_text().splitlines()
    needed = [Requirement(line) for line in lines]
    assert {need.name for need in needed} == {"numpy", "torch"}
    assert all(need.specifier.contains(version(need.name)) for need in needed)


def images_beside(model, x):
    """Return images as a tensor on the model's device."""
    return torch.from_numpy(x).to(next(model.parameters()).device)


def encode(x, kind):
    """Return images as the body of a request."""
    if kind == "application/json":
        return json.dumps(x.tolist())
    if kind == "text/csv":
        return "\n".join(",".join(map(str, row)) for row in x.tolist())
    buffer = io.BytesIO()
    np.save(buffer, x)
    return buffer.getvalue()
