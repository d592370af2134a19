"""Version 2 of the SageMaker SDK runs unmodified: what most public code calls."""

import json

import pytest


@pytest.fixture(scope="module")
def said(run):
    """What the script printed of each framework, by name."""
    lines = run("estimators.py", ".venv-sdk2").splitlines()
    return json.loads(lines[-1])


def test_it_is_version_2(said):
    assert said["version"].startswith("2.257.")


@pytest.mark.parametrize("framework", ["PyTorch", "SKLearn"])
def test_an_estimator_trains_with_its_hyperparameters_and_data(said, framework):
    assert said[framework]["status"] == "Completed"
    assert said[framework]["hyperparameters"]["epochs"] == "3"
    assert said[framework]["metrics"] == {"rows": 4.0}


@pytest.mark.parametrize("framework", ["PyTorch", "SKLearn"])
def test_what_it_deploys_answers_what_the_model_computes(said, framework):
    assert said[framework]["answers"] == [[0.0, 9.0], [0.0, 9.0]]  # of arrays and CSV


@pytest.mark.parametrize("framework", ["PyTorch", "SKLearn"])
def test_nothing_is_left_when_it_has_deleted_what_it_made(said, framework):
    assert said[framework]["left"] == []
