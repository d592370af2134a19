"""The job of several machines, by hand: one process, and two that agree."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

TRAIN = Path(__file__).parents[2] / "src" / "jobs" / "digits_distributed" / "train.py"


@pytest.fixture(scope="module")
def job():
    spec = importlib.util.spec_from_file_location("digits_distributed", TRAIN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What one process prints and saves, and what two print and the first saves."""
    folder = tmp_path_factory.mktemp("digits")
    x, y = load_digits(return_X_y=True)
    np.savez(folder / "train.npz", x=(x / 16).astype("float32"), y=y)
    return {count: trained_by(count, folder) for count in (1, 2)}


def trained_by(count, folder):
    model = folder / str(count)
    options = ["--train", folder, "--model-dir", model, "--epochs", "2"]
    command = [sys.executable, str(TRAIN), *map(str, options)]
    if count > 1:
        run = ["-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
        command[1:1] = [*run, f"--nproc-per-node={count}"]
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    variables = {"PATH": os.environ["PATH"], "SM_NETWORK_INTERFACE_NAME": loopback}
    done = subprocess.run(command, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    said = [dict(word.split("=") for word in line) for line in lines]
    return said, torch.load(model / "model.pth", weights_only=True)


def test_two_processes_end_with_the_same_bits(trained):
    [single], pair = trained[1][0], trained[2][0]
    assert sorted(line["rank"] for line in pair) == ["0", "1"]
    assert pair[0]["weights"] == pair[1]["weights"] != single["weights"]
    assert {line["steps"] for line in (single, *pair)} == {"56"}


def test_two_processes_learn_what_one_learns(trained):
    alone, together = trained[1][1], trained[2][1]
    for name, weights in alone.items():
        torch.testing.assert_close(together[name], weights, rtol=0, atol=1e-5)


def test_all_processes_together_take_each_image_once(job):
    parts = [
        torch.cat([*job.batches(100, 8, rank, 4, torch.Generator().manual_seed(1))])
        for rank in range(4)
    ]
    assert [len(part) for part in parts] == [24] * 4
    assert len(torch.cat(parts).unique()) == 96  # without the shorter last batch


def test_parts_that_would_not_be_equal_are_refused(job):
    with pytest.raises(ValueError, match="64 is no multiple of 3 processes"):
        next(job.batches(100, 64, 0, 3, torch.Generator()))
