"""The package itself: light to import, quiet in a lesson."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import course

TESTS = Path(__file__).parent
SOURCE = Path(course.__file__).parent
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


def test_after_setup_garbage_is_looked_for_less_often_and_not_at_the_end():
    program = "import atexit, gc; often = gc.get_threshold(); import course\n"
    program += "atexit.register(lambda: print(gc.get_freeze_count() > 10_000))\n"
    program += "course.setup(); print(gc.get_threshold() > often, gc.isenabled())"
    assert run(program).stdout == "True True\nTrue\n"


def test_public_names_are_found_when_asked_for():
    assert course.nn.relu(-1) == 0
    assert set(course.__all__) <= set(dir(course))
    with pytest.raises(AttributeError, match="no attribute 'neural'"):
        _ = course.neural


def test_every_module_of_more_than_60_lines_has_the_test_file_of_its_name():
    modules = [path for path in SOURCE.rglob("*.py") if lines(path) > 60]
    assert len(modules) > 30
    assert [path for path in modules if not place_of(path).exists()] == []


def lines(path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def place_of(path):
    """Where a module's tests are; a package's are inside its folder."""
    name = path.parent.name if path.stem == "__init__" else path.stem
    return TESTS / path.parent.relative_to(SOURCE) / f"test_{name}.py"
