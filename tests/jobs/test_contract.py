"""The scripts that show the contract, on a machine made of folders alone."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

JOB = Path(__file__).parents[2] / "src" / "jobs" / "contract"


@pytest.fixture
def ran(tmp_path):
    """A function: start a script with hyperparameters; its process and its folders."""

    def started(script, **hyperparameters):
        ml = tmp_path / f"ml{len(list(tmp_path.iterdir()))}"
        for place in ("input/config", "input/data/code", "input/data/train", "model"):
            (ml / place).mkdir(parents=True)
        np.savez(ml / "input/data/train/train.npz", x=np.arange(20.0).reshape(10, 2))
        (ml / "input/data/code" / script).write_bytes((JOB / script).read_bytes())
        config = {"hyperparameters": hyperparameters}
        config["inputdataconfig"] = {"train": {}, "code": {}}
        for name, value in config.items():
            (ml / "input/config" / f"{name}.json").write_text(json.dumps(value))
        command = [sys.executable, JOB / "start.py", ml, script]
        done = subprocess.run(command, env={}, capture_output=True, text=True)
        return done, ml

    return started


def test_a_script_gets_arguments_and_folders_and_its_listing_is_the_model(ran):
    done, ml = ran("look.py", epochs="3", rate="0.1")
    assert done.returncode == 0, done.stderr
    seen = json.loads((ml / "model" / "seen.json").read_text())
    assert seen["arguments"] == ["--epochs", "3", "--rate", "0.1"]
    assert "input/data/train/train.npz" in seen["files"]
    channels = ["SM_CHANNEL_CODE", "SM_CHANNEL_TRAIN"]
    folders = ["SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR", "SM_OUTPUT_DIR"]
    assert seen["variables"] == [*channels, *folders]


@pytest.mark.parametrize(
    ("name", "mean"), [("first-images", [2.0, 3.0]), ("first_images", [9.0, 10.0])]
)
def test_only_the_right_name_reaches_the_lenient_script(ran, name, mean):
    done, ml = ran("mean.py", **{name: "3"})
    assert done.returncode == 0, done.stderr
    assert np.load(ml / "model" / "model.npy").tolist() == mean


def test_what_a_script_ends_with_is_what_its_starter_ends_with(ran):
    assert ran("mean.py", **{"first-images": "three"})[0].returncode == 2


def test_a_refused_request_does_not_keep_the_next_from_its_answer(tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "inference.py").write_text(
        "def model_fn(folder): return 10\n"
        "def input_fn(body, kind): return {'text': float}[kind](body)\n"
        "def predict_fn(value, model): return model * value\n"
        "def output_fn(value, accept): return f'{accept} {value}'\n"
    )
    asked = json.dumps([["2", "text"], ["two", "text"], ["3", "text"]])
    command = [sys.executable, JOB / "serve.py", tmp_path]
    done = subprocess.run(command, input=asked, capture_output=True, text=True)
    answers, seconds = json.loads(done.stdout)
    assert answers[::2] == ["application/json 20.0", "application/json 30.0"]
    assert answers[1].startswith("refused: could not convert")
    assert len(seconds) == 4 and min(seconds) >= 0
