"""The package itself: light to import, quiet in a lesson."""

import importlib.util
import subprocess
import sys

import pytest

import course

HEAVY = {"numpy", "matplotlib", "torch", "tensorflow", "keras", "sklearn", "sagemaker"}


def run(program: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )


def test_importing_course_imports_nothing_heavy():
    loaded = run("import sys, course; print(*sys.modules)").stdout.split()
    assert "course" in loaded
    assert not HEAVY & set(loaded)


def test_setup_keeps_keras_from_writing_to_stderr():
    done = run(
        "import course; course.setup(); import keras; print(keras.ops.add(1, 1))"
    )
    assert done.stderr == ""
    assert "2" in done.stdout


def test_after_setup_an_optimizer_works_beside_tensorflow():
    if importlib.util.find_spec("triton") is None:
        pytest.skip("PyTorch's CPU build brings no Triton")
    program = "import course; course.setup(); import tensorflow, torch; "
    program += "torch.optim.SGD([torch.ones(1, requires_grad=True)]); print('works')"
    assert run(program).stdout == "works\n"


def test_setup_leaves_what_the_reader_has_chosen():
    program = "import os; os.environ['KERAS_BACKEND'] = 'torch'; import course; "
    program += "course.setup(); print(os.environ['KERAS_BACKEND'])"
    assert run(program).stdout.strip() == "torch"


def test_public_names_are_found_when_asked_for():
    assert course.nn.relu(-1) == 0
    assert set(course.__all__) <= set(dir(course))
    with pytest.raises(AttributeError, match="no attribute 'neural'"):
        _ = course.neural
