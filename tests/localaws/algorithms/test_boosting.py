"""The algorithm in a folder that looks like /opt/ml, as its program runs it."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import boosted
import numpy as np
import pytest
import xgboost
from boosted import csv, table

from localaws.algorithms import __file__ as package
from localaws.algorithms import boosting
from localaws.algorithms.errors import AlgorithmError
from localaws.jobs.failure import words
from localaws.machine.instances import promised
from localaws.site import SITE

PROGRAM = Path(package).with_name("__main__.py")


@pytest.fixture
def ml(tmp_path):
    """Return a function that fills a folder as a host does."""

    def fill(values, channels, kind="ml.m5.large", checkpoints=False, **types):
        config = tmp_path / "input" / "config"
        for folder in (config, tmp_path / "output", tmp_path / "checkpoints"):
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in channels.items():
            folder = tmp_path / "input" / "data" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "part-0").write_text(text)
        given = {"ContentType": "text/csv", **types}
        texts = {name: str(value) for name, value in values.items()}
        machine = {"hosts": ["algo-1"], "current_host": "algo-1"}
        files = {
            "hyperparameters": texts,
            "inputdataconfig": dict.fromkeys(channels, given),
            "resourceconfig": {**machine, "current_instance_type": kind},
        }
        if checkpoints:
            files["checkpointconfig"] = {"LocalPath": str(tmp_path / "checkpoints")}
        for name, value in files.items():
            (config / f"{name}.json").write_text(json.dumps(value))
        return tmp_path

    return fill


def run(folder, version="3.0-5"):
    """Run the program; return its status and what it says."""
    done = subprocess.run(
        [sys.executable, "-P", PROGRAM, folder, version],
        capture_output=True,
        text=True,
        env={"OMP_NUM_THREADS": "1", "TMPDIR": str(folder)},
    )
    return done.returncode, done.stdout + done.stderr


def model(folder):
    return xgboost.Booster(
        model_file=bytearray((folder / "model" / "xgboost-model").read_bytes())
    )


VALUES = {"num_round": 6, "max_depth": 2, "objective": "reg:linear"}
DATA = {"train": csv(*table()), "validation": csv(*table(20, 1))}


def test_the_program_says_what_the_container_says(ml):
    folder = ml(VALUES, DATA)
    status, said = run(folder)
    assert status == 0, said
    assert "INFO] Running XGBoost Sagemaker in algorithm mode" in said
    assert "INFO] Determined delimiter of CSV input is ','" in said
    assert "INFO] Train matrix has 50 rows and 4 columns" in said
    assert "INFO] Validation matrix has 20 rows" in said
    assert "[5]\ttrain-rmse:" in said and "deprecated" not in said
    assert model(folder).num_boosted_rounds() == 6
    assert not (folder / "output" / "failure").exists()


def test_weights_count(ml):
    x, y = table()
    weights = np.linspace(0, 2, len(y))
    folder = ml({**VALUES, "csv_weights": 1}, {"train": csv(x, y, weights)})
    assert run(folder)[0] == 0
    data = xgboost.DMatrix(x, label=y, weight=weights)
    expected = xgboost.train({"max_depth": 2}, data, 6)
    found = model(folder).predict(data, validate_features=False)
    assert np.abs(found - expected.predict(data)).max() < 1e-6


def test_training_stops_early_and_keeps_the_best(ml):
    values = {**VALUES, "num_round": 60, "eta": 1, "max_depth": 8}
    watched = {**values, "early_stopping_rounds": 2, "eval_metric": "rmse"}
    status, said = run(ml(watched, DATA))
    rounds = [line for line in said.splitlines() if line.startswith("[")]
    lines = [line for line in rounds if "validation-rmse" in line]
    scores = [float(line.rpartition(":")[2]) for line in lines]
    best = scores.index(min(scores))
    assert status == 0 and len(lines) == best + 3 < 60
    found = model(ml(watched, DATA))
    assert found.num_boosted_rounds() == best + 1


def test_early_stopping_without_a_metric_does_nothing_and_says_so(ml):
    folder = ml({**VALUES, "early_stopping_rounds": 1}, DATA)
    status, said = run(folder)
    assert status == 0 and model(folder).num_boosted_rounds() == 6
    assert "early_stopping_rounds changes nothing without" in said


def test_metrics_of_its_own_stand_beside_those_of_xgboost(ml):
    x, y = table()
    data = {"train": csv(x, (y > 1).astype(int))}
    values = {**VALUES, "objective": "binary:logistic", "eval_metric": "f1,auc"}
    status, said = run(
        ml({**values, "_tuning_objective_metric": "validation:r2"}, data)
    )
    assert status == 0, said
    [line] = [line for line in said.splitlines() if line.startswith("[0]")]
    names = [part.partition(":")[0] for part in line.split("\t")[1:]]
    assert names == ["train-auc", "train-f1", "train-r2"]


def test_a_checkpoint_is_gone_on_from(ml):
    half = ml({**VALUES, "num_round": 7}, DATA, checkpoints=True)
    assert run(half)[0] == 0
    kept = sorted(path.name for path in (half / "checkpoints").iterdir())
    assert kept == [f"xgboost-checkpoint.{n}" for n in range(2, 7)]
    whole = ml({**VALUES, "num_round": 10}, DATA, checkpoints=True)
    status, said = run(whole)
    assert status == 0 and "Resuming from iteration 7" in said
    assert "[7]\ttrain-rmse" in said and "[6]\ttrain" not in said
    assert model(whole).num_boosted_rounds() == 10
    x, y = table()
    data = xgboost.DMatrix(x, label=y)
    first = xgboost.train({"max_depth": 2}, data, 7)
    expected = xgboost.train({"max_depth": 2}, data, 3, xgb_model=first)
    found = model(whole).predict(data, validate_features=False)
    assert np.abs(found - expected.predict(data)).max() < 1e-6


@pytest.mark.parametrize("version", ["0.72", "1.2-2"])
def test_old_versions_write_a_pickle(ml, version):
    folder = ml(VALUES, DATA)
    assert run(folder, version)[0] == 0
    found = pickle.loads((folder / "model" / "xgboost-model").read_bytes())
    assert found.num_boosted_rounds() == 6


@pytest.mark.parametrize(
    ("values", "channels", "pattern"),
    [
        ({**VALUES, "eta": 3}, DATA, "UserError: Hyperparameter eta: 3.0 is not in"),
        (VALUES, {}, "UserError: Missing required channel: train"),
        (VALUES, {**DATA, "test": "1,2"}, "UserError: Extraneous channel found: test"),
        (VALUES, {"train": ""}, "No data in training channel path"),
        (VALUES, {**DATA, "validation": ""}, "No data in validation channel path"),
        (
            {**VALUES, "objective": "binary:logistic"},
            DATA,
            "UserError: .*label must be",
        ),
        (
            {**VALUES, "updater": "distcol"},
            DATA,
            "AlgorithmError: XGB train call failed",
        ),
    ],
)
def test_a_failure_is_written_in_words(ml, values, channels, pattern):
    folder = ml(values, channels)
    status, said = run(folder)
    reason = (folder / "output" / "failure").read_text()
    assert status == 1 and "Traceback" not in said
    assert reason.startswith(
        "framework error: \nsagemaker_algorithm_toolkit.exceptions."
    )
    assert boosted.found(pattern, reason) and "Stack trace" not in reason


def test_a_gpu_is_asked_for_where_the_instance_has_one():
    values = {"num_round": 2, "tree_method": "gpu_hist", "predictor": "gpu_predictor"}
    found = boosting.settings_of(values, "ml.g5.xlarge")
    assert found == {"tree_method": "hist", "device": "cuda"}
    with pytest.raises(AlgorithmError, match="No visible GPU is found: ml"):
        boosting.settings_of(values, "ml.m5.large")


HIDING = """
import importlib.machinery, runpy, sys
finder = importlib.machinery.PathFinder
find = finder.find_spec

def hide(name, path=None, target=None):
    return None if name == "xgboost" else find(name, path, target)

finder.find_spec = hide
program, *sys.argv[1:] = sys.argv[1:]
runpy.run_path(program, run_name="__main__")
"""


def test_an_environment_without_xgboost_is_told_what_the_image_has(ml):
    folder = ml(VALUES, DATA)
    done = subprocess.run(
        [sys.executable, "-P", "-c", HIDING, PROGRAM, folder, "3.0-5"],
        capture_output=True,
        text=True,
        env={
            "PYTHONPATH": str(SITE),
            "PIP_NO_INDEX": "1",
            "LOCALAWS_PROMISED": promised("sagemaker-xgboost:3.0-5"),
            "TMPDIR": str(folder),
        },
    )
    assert done.returncode == 1
    assert "localaws: the image has xgboost-cpu, this environment lacks" in done.stdout
    said = words(done.stderr.splitlines())
    assert "No module named 'xgboost': the image has the package xgboost-cpu" in said
