"""The job of the tuning lesson: one setting or many, with the gradients of PyTorch."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

SCRIPT = Path(__file__).parents[2] / "src" / "jobs" / "digits_tuning" / "train.py"


@pytest.fixture(scope="module")
def job():
    spec = importlib.util.spec_from_file_location("digits_tuning", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def digits():
    """Images (400, 64) and labels, the last 100 for validation."""
    images, labels = load_digits(return_X_y=True)
    return (images[:400] / 16).astype(np.float32), labels[:400]


def last(epochs):
    *_, weights = epochs
    return weights


def test_many_settings_are_each_trained_as_they_would_be_alone(job, digits):
    images, labels = (each[:300] for each in digits)
    rates, decays = np.array([0.01, 0.5, 2.0]), np.array([1e-6, 1e-2, 1e-4])
    together = last(job.fit(images, labels, rates, decays, 3, 5))
    for n in range(3):
        alone = last(job.fit(images, labels, rates[[n]], decays[[n]], 3, 5))
        for one, many in zip(alone, together, strict=True):
            assert one[0] == pytest.approx(many[n], abs=1e-4)


def test_a_step_is_that_of_pytorch(job, digits):
    rng = np.random.default_rng(0)
    images, labels = digits[0][:50].astype(float), digits[1][:50]
    shapes = (64, 16), (16, 10)
    weights = [rng.normal(0, 0.3, (1, *shape)) for shape in shapes]
    theirs = [torch.tensor(w[0], requires_grad=True) for w in weights]
    optimizer = torch.optim.SGD(theirs, lr=0.7, weight_decay=0.01)
    scores = torch.tanh(torch.tensor(images) @ theirs[0]) @ theirs[1]
    torch.nn.functional.cross_entropy(scores, torch.tensor(labels)).backward()
    optimizer.step()
    rate, decay = np.full((1, 1, 1), 0.7), np.full((1, 1, 1), 0.01)
    job.step(weights, images, np.eye(10)[labels], rate, decay)
    for ours, other in zip(weights, theirs, strict=True):
        assert ours[0] == pytest.approx(other.detach().numpy(), abs=1e-12)


def test_loss_and_accuracy_are_those_of_scikit_learn(job, digits):
    rng = np.random.default_rng(1)
    weights = [rng.normal(size=(2, 64, 16)), rng.normal(size=(2, 16, 10))]
    losses, accuracies = job.measure(weights, *digits)
    for n in range(2):
        shares = job.softmax(np.tanh(digits[0] @ weights[0][n]) @ weights[1][n])
        assert losses[n] == pytest.approx(log_loss(digits[1], shares), rel=1e-6)
        assert accuracies[n] == (shares.argmax(axis=1) == digits[1]).mean()


def test_by_hand_it_prints_what_a_metric_definition_reads(job, digits, tmp_path):
    parts = {"train": slice(300), "validation": slice(300, 400)}
    for name, part in parts.items():
        np.savez(tmp_path / f"{name}.npz", x=digits[0][part], y=digits[1][part])
    command = [sys.executable, SCRIPT, "--learning-rate", "0.5", "--epochs", "20"]
    for name in ("train", "validation", "model-dir"):
        command += [f"--{name}", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 20 and lines[19].startswith("epoch=20 validation_loss=0.")
    with np.load(tmp_path / "model.npz") as arrays:
        weights = [arrays[name][None] for name in ("first", "second")]
    _, [accuracy] = job.measure(weights, *(each[300:] for each in digits))
    assert f"validation_accuracy={accuracy:.4f}" in lines[19] and accuracy > 0.85
