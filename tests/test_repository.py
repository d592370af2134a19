"""What the repository says of itself is true."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from setuptools import Distribution

from course.tools import report
from course.tools.lessons import lessons

ROOT = Path(__file__).parents[1]


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / name for name in done.stdout.splitlines()]


def test_the_readme_lists_every_lesson_with_measured_times():
    text = (ROOT / "README.md").read_text()
    rows = text.split(report.BEGIN)[1].split(report.END)[0].splitlines()[3:]
    for lesson, row in zip(lessons(), rows, strict=True):
        assert f"[{lesson.title}](notebooks/{lesson.path.name})" in row
        assert re.search(r"\| \d+ \| \d\.\d GB \|$", row)


def test_every_link_of_the_readme_leads_to_a_file():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / "README.md").read_text())
    assert len(links) >= len(lessons())
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_conda_gets_the_same_set_as_make():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["dependencies"][-1]["pip"] == ["-c constraints.txt", "-e .[dev]"]
    assert "-c constraints.txt -e '.[dev]'" in (ROOT / "Makefile").read_text()


def test_every_dependency_is_pinned_to_what_is_installed_here():
    pins = dict(
        line.replace("_", "-").lower().split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["dev"]
    for need in map(Requirement, needed):
        if need.marker is None or need.marker.evaluate():
            assert pins[need.name.lower()] == version(need.name).split("+")[0]


def test_an_installed_copy_has_every_file_of_its_packages(monkeypatch):
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"script_name": "setup.py"})
    distribution.parse_config_files(["pyproject.toml"])
    build = distribution.get_command_obj("build_py")
    build.ensure_finalized()
    files = {
        ROOT / "src" / Path(name).relative_to(build.build_lib)
        for name in build.get_outputs(include_bytecode=False)
    }
    packages = [ROOT / "src" / "course", ROOT / "src" / "localaws"]
    ours = {path for path in tracked() if set(packages) & set(path.parents)}
    assert len(ours) > 100 and ours - files == set()
    assert [path for path in files if not set(packages) & set(path.parents)] == []


def test_no_file_holds_a_machine_path_or_is_over_a_megabyte():
    machine = re.compile(r"/(work|root|home/\w+)/(main|wt|shared|\.venv|\.pyenv)")
    for path in tracked():
        assert path.stat().st_size <= 1_000_000, path
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert not machine.search(text), path


def test_code_and_notebooks_obey_the_linter():
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--quiet", "."]
        done = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
