"""The spot job ends with the same weights, wherever it was interrupted."""

import importlib.util
import io
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import torch
from packaging.requirements import Requirement
from sklearn.datasets import load_digits

JOB = Path(__file__).parents[2] / "src" / "jobs" / "digits_spot"
EPOCH = 13  # steps over the 400 images


@pytest.fixture(scope="module")
def job():
    """Import `train.py`, with PyTorch's state as it was afterwards."""
    threads, random = torch.get_num_threads(), torch.get_rng_state()
    spec = importlib.util.spec_from_file_location("digits_spot", JOB / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    torch.set_num_threads(threads)
    torch.set_rng_state(random)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with 400 digits as the channel `train`."""
    folder = tmp_path_factory.mktemp("spot")
    x, y = load_digits(return_X_y=True)
    np.savez(folder / "train.npz", x=(x[:400] / 16).astype(np.float32), y=y[:400])
    return folder


@pytest.fixture
def begin(job, folder):
    """A function: a training at its first step."""
    arrays = job.load(folder / "train.npz")
    return lambda seed=0: job.Training(*arrays, seed)


@pytest.fixture
def run(job, folder, monkeypatch):
    """A function that runs `main` here and returns the weights that it saved."""

    def weights(model, checkpoints, *more):
        folders = ["--train", folder, "--model-dir", model]
        arguments = [*folders, "--checkpoints", checkpoints, "--steps", 60, *more]
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, arguments)])
        job.main()
        return torch.load(model / "model.pth", weights_only=True)

    return weights


def advanced(training, step):
    while training.step < step:
        training.advance()
    return training


def stored(state):
    """The state as it is after it was written to a file and read."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("step", [0, 1, EPOCH - 1, EPOCH, EPOCH + 1, 31])
def test_it_goes_on_as_if_nothing_had_happened(begin, step):
    whole = advanced(begin(), 40).state()
    state = stored(advanced(begin(), step).state())
    resumed = begin(seed=9)
    resumed.restore(state)
    ended = advanced(resumed, 40).state()
    assert same(whole["model"], ended["model"])
    assert torch.equal(whole["random"], ended["random"])


@pytest.mark.parametrize("part", ["model", "optimizer", "random", "order", "step"])
def test_each_part_of_a_checkpoint_is_needed(begin, part):
    whole = advanced(begin(), 40).state()
    state = stored(advanced(begin(), 31).state())
    fresh = begin()
    fresh.order = torch.arange(len(fresh.images))
    state[part] = stored(fresh.state())[part]
    resumed = begin()
    resumed.restore(state)
    assert not same(whole["model"], advanced(resumed, 40).state()["model"])


def test_each_image_is_seen_once_in_an_epoch(begin):
    training = advanced(begin(), EPOCH)
    assert sorted(training.order.tolist()) == list(range(400))
    before = training.order
    assert not torch.equal(advanced(training, EPOCH + 1).order, before)


def test_the_loss_falls(begin):
    training = begin()
    losses = [training.advance() for _ in range(60)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_a_process_that_is_killed_goes_on_in_another(run, folder, tmp_path, capsys):
    whole = run(tmp_path / "whole", tmp_path / "apart")
    command = [sys.executable, str(JOB / "train.py"), "--steps", "60", "--pause", "0.1"]
    folders = ["--train", folder, "--model-dir", tmp_path / "broken"]
    there = tmp_path / "checkpoints"
    command += [*map(str, folders), "--checkpoints", str(there)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith("step=20 "):
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    capsys.readouterr()
    assert same(whole, run(tmp_path / "broken", there))
    assert capsys.readouterr().out.startswith("begins at step=20\n")


def test_a_save_that_is_cut_off_leaves_the_checkpoint_before(
    job, begin, tmp_path, monkeypatch
):
    path = tmp_path / "made" / job.CHECKPOINT
    job.save(advanced(begin(), 3).state(), path)

    def torn(state, to):
        to.write_bytes(path.read_bytes()[:1000])
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(OSError, match="no space left"):
        job.save(advanced(begin(), 4).state(), path)
    assert torch.load(path, weights_only=True)["step"] == 3


def test_the_folder_of_checkpoints_is_sagemaker_s_own(job, monkeypatch):
    monkeypatch.setenv("SM_CHANNEL_TRAIN", "/data")
    monkeypatch.setenv("SM_MODEL_DIR", "/model")
    args = job.parse_arguments([])
    assert (args.train, args.model_dir) == (Path("/data"), Path("/model"))
    assert args.checkpoints == Path("/opt/ml/checkpoints")


def test_the_requirements_are_satisfied_here():
    lines = (JOB / "requirements.txt").read_text().splitlines()
    needed = [Requirement(line) for line in lines]
    assert {need.name for need in needed} == {"numpy", "torch"}
    assert all(need.specifier.contains(version(need.name)) for need in needed)
