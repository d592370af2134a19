"""Lessons run from top to bottom, asserts included, with other parameters too."""

from pathlib import Path

import papermill
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"

# Lesson -> the sets of parameters that it is run with, besides its own.
RUNS = {
    "00_start_here": [{"seed": 5, "epochs": 20}],
    "03_activations": [{"seed": 0}, {"seed": 11, "n_points": 200}],
    "04_gradient_descent": [{"seed": 0}, {"seed": 11, "dataset": "mnist1d"}],
    "05_backpropagation": [{"seed": 0}, {"seed": 11, "n_expressions": 30}],
    "11_metrics": [{"seed": 7}, {"dataset": "glyphs"}],
    "06_mlp": [
        {"seed": 0, "framework": "numpy"},
        {"framework": "keras", "repeats": 2},
        {"framework": "torch", "repeats": 2},
    ],
    "08_cnn": [
        {"seed": 0, "framework": "numpy", "repeats": 2},
        {"framework": "keras", "dataset": "digits", "repeats": 2},
        {"framework": "torch", "repeats": 2},
    ],
    "09_rnn": [
        {"seed": 0, "framework": "numpy"},
        {"dataset": "digits", "framework": "keras"},
        {"framework": "torch"},
    ],
    "18_sagemaker_train": [{"seed": 1, "epochs": 25}],
    "19_sagemaker_deploy": [{"seed": 2, "requests": 50}],
}
FULL = {  # these need the full-size data
    "06_mlp": [{"dataset": "mnist"}],
    "08_cnn": [{"dataset": "mnist"}],
}
DATA = FOLDER.parents[1] / "shared" / "data"


def rows(table):
    return [(lesson, chosen) for lesson, sets in table.items() for chosen in sets]


def name(value):
    return value if isinstance(value, str) else str(value)


def test_every_lesson_has_a_row():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(RUNS)


@pytest.mark.parametrize(("lesson", "parameters"), rows(RUNS), ids=name)
def test_the_lesson_runs_with(lesson, parameters, tmp_path):
    source = FOLDER / f"{lesson}.ipynb"
    assert set(parameters) <= set(papermill.inspect_notebook(source))
    done = papermill.execute_notebook(
        source, tmp_path / "done.ipynb", parameters, cwd=FOLDER, progress_bar=False
    )
    injected = [c for c in done.cells if "injected-parameters" in c.metadata.tags]
    assert len(injected) == 1 and all(name in injected[0].source for name in parameters)


@pytest.mark.full
@pytest.mark.skipif(not DATA.exists(), reason=f"no {DATA.name} beside the checkout")
@pytest.mark.parametrize(("lesson", "parameters"), rows(FULL), ids=name)
def test_the_lesson_runs_in_full_size_with(lesson, parameters, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(DATA))
    test_the_lesson_runs_with(lesson, parameters, tmp_path)
