"""The Keras digits job runs by hand, with nothing but SageMaker's variables set."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

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


def test_the_requirements_are_satisfied_here():
    lines = (JOB / "requirements.txt").read_text().splitlines()
    needed = [Requirement(line) for line in lines]
    assert {need.name for need in needed} == {"numpy", "keras"}
    assert all(need.specifier.contains(version(need.name)) for need in needed)
