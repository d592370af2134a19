"""The example of a lesson in CONTRIBUTING, followed to the letter in a copy."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
WRITTEN = re.findall(r"^`([\w/]+\.py)`.*?^```python\n(.*?)^```", TEXT, re.M | re.S)
FILES = [(path, text) for path, text in WRITTEN if not path.startswith("own/")]
OWN = [(path, text) for path, text in WRITTEN if path.startswith("own/")]
COMMANDS = re.findall(r"^\.venv/bin/(.*30_scores.*)$", TEXT, re.M)
PROGRAMS = {"course": "course.tools.cli"}
LEFT_OUT = ("build", "_build", "__pycache__", "*.egg-info", Path(__file__).name)
SITE = """
from pathlib import Path
from course.tools.site.pages import assemble
print(assemble(Path.cwd(), Path("build/notebooks"))["lessons.md"].decode())
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the tree with the three files of the example."""
    folder = tmp_path_factory.mktemp("clone") / "course"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".*", *LEFT_OUT))
    for path, content in FILES:
        (folder / path).write_text(content, encoding="utf-8")
    return folder


def run(folder, *arguments) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def said(clone):
    """What each of the commands printed, by its program."""
    printed = {}
    for line in COMMANDS:
        program, *arguments = shlex.split(line)
        module = PROGRAMS.get(program, program)
        more = ["-rA"] if program == "pytest" else []
        printed[program] = run(clone, "-m", module, *arguments, *more)
    return printed


def test_the_example_is_three_files():
    assert [path for path, _ in FILES] == [
        "notebooks/30_scores.py",
        "src/course/check/scores.py",
        "tests/course/check/test_scores.py",
    ]


def test_the_lesson_runs_and_the_site_lists_it(clone, said):
    assert re.search(r"30_scores │ ok", said["course"])
    row = "| [30 · Scores](notebooks/30_scores.ipynb) | Does it matter when every"
    assert row in run(clone, "-c", SITE)


@pytest.mark.parametrize(
    "passed",
    [
        "tests/notebooks/test_parameters.py::test_the_lesson_runs_with[30_scores-",
        "tests/notebooks/test_definitions.py::test_lesson_and_module_agree[30_scores-",
        "tests/notebooks/test_style.py::test_the_lesson_obeys[30_scores-metadata]",
        "tests/course/check/test_exercises.py::test_a_wrong_answer_is_refused[scores-",
        "tests/course/check/test_exercises.py::"
        "test_a_common_mistake_gets_its_own_explanation[scores-",
        "notebooks/30_scores.ipynb::Cell 0",
    ],
)
def test_what_is_run_for_every_lesson_is_run_for_it(said, passed):
    assert f"PASSED {passed}" in said["pytest"]
    assert " skipped" not in said["pytest"].splitlines()[-1]


def test_no_other_file_is_touched(clone, said):
    written = {path for path, _ in FILES} | {"notebooks/30_scores.ipynb"}
    assert contents(clone).keys() - contents(ROOT).keys() == written
    assert contents(clone).items() - contents(ROOT).items() == {
        (path, (clone / path).read_bytes()) for path in written
    }


def contents(folder) -> dict[str, bytes]:
    """What a reader edits, by path inside the folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for part in ("notebooks", "src", "tests", "book")
        for path in (folder / part).rglob("*.*")
        if path.is_file() and not {"__pycache__", "_build"} & {*path.parts}
    }
