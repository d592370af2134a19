"""What the repository says of itself is true."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from setuptools import Distribution

from course.tools import report
from course.tools.lessons import lessons

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
# What the server of a model imports where the model's own code would.
LIBRARIES_OF_MODELS = {
    *("PIL", "numpy", "pandas", "scipy", "sklearn", "tensorflow", "torch"),
    *("transformers", "xgboost"),
}


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / name for name in done.stdout.splitlines()]


def pinned(name):
    """The version of each package in a file of constraints."""
    lines = (ROOT / name).read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(package): pin for package, pin in pairs}


def imported(folder):
    """What the modules of a folder import of others, inside functions too."""
    own = {path.stem for path in tracked()} | {path.parent.name for path in tracked()}
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - own


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


def test_the_readme_answers_a_stranger_in_forty_lines():
    lines = (ROOT / "README.md").read_text().splitlines()[:40]
    text = " ".join(lines)
    for answer in ("For whom", "Start", "make lab", "make test", "How large", " GB"):
        assert answer in text
    [(least, most)] = re.findall(r"takes (\d+) to (\d+) minutes", text)
    minutes = [sum(lesson.plan.minutes.values()) for lesson in lessons()]
    assert (min(minutes), max(minutes)) == (int(least), int(most))


def test_the_citation_names_the_licences_the_version_and_no_person():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == ["Apache-2.0", "CC-BY-4.0"]
    config = yaml.safe_load((ROOT / "book" / "_config.yml").read_text())
    [author] = citation["authors"]
    assert author["name"].lower() == config["author"].lower()
    assert config["title"] in citation["title"]


def test_conda_gets_the_same_set_as_make():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    files = ["-c constraints.txt", "-c constraints-gpu.txt"]
    assert environment["dependencies"][-1]["pip"] == [*files, "-e .[lessons,spark,dev]"]
    assert f" {' '.join(files)}\n" in (ROOT / "Makefile").read_text()
    assert " -e '.[lessons,spark,dev]'\n" in (ROOT / "Makefile").read_text()


def test_every_dependency_is_pinned_to_what_is_installed_here():
    pins = pinned("constraints.txt")
    needed = sum(EXTRAS.values(), PROJECT["dependencies"])
    for need in map(Requirement, needed):
        if need.marker is None or need.marker.evaluate():
            installed = version(need.name).split("+")[0]
            assert pins[canonicalize_name(need.name)] == installed


def test_every_library_that_torch_asks_for_is_pinned_and_fits():
    pins = pinned("constraints.txt") | pinned("constraints-gpu.txt")
    for need in map(Requirement, requires("torch")):
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            assert need.specifier.contains(pins[canonicalize_name(need.name)])


@pytest.mark.parametrize(
    ("folder", "extras", "of_the_user"),
    [
        ("src/localaws", ["spark"], LIBRARIES_OF_MODELS),
        ("src/course", ["lessons"], set()),
        ("tests", ["lessons", "spark", "dev"], set()),
    ],
)
def test_what_a_folder_imports_its_extras_install(folder, extras, of_the_user):
    needed = sum((EXTRAS[extra] for extra in extras), PROJECT["dependencies"])
    declared = {canonicalize_name(Requirement(need).name) for need in needed}
    providers = packages_distributions()
    for name in imported(ROOT / folder) - of_the_user:
        found = map(canonicalize_name, [name, *providers.get(name, [])])
        assert declared & set(found), name


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


def test_the_types_of_both_packages_hold():
    mypy = [sys.executable, "-m", "mypy"]
    if not (ROOT / "build" / "mypy").exists():  # to write it is a third of the work
        mypy.append("--cache-dir=/dev/null")
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
