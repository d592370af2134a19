"""The set-up of the environments does what the Makefile and the README say of it.

A program in place of Python notes what it is asked for: nothing is installed here.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()
[INDEX] = re.findall(r"^CPU_INDEX := (\S+)$", MAKEFILE, re.MULTILINE)
[CPU_COST] = re.findall(r"^CPU_COST := (.+)$", MAKEFILE, re.MULTILINE)
[GPU_COST] = re.findall(r"^GPU_COST := (.+)$", MAKEFILE, re.MULTILINE)
PIP = "-m pip install --disable-pip-version-check -c constraints.txt"
# `python -c CHECK` passes, `python -m venv` makes a folder with this same program.
PYTHON = f"""#!/bin/sh
echo "$0 $*"
case "$*" in
    "-c "*) exec {sys.executable} "$@" ;;
    *"-m venv --clear "*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
    *"--index-url "*) exit "${{INDEX_FAILS:-0}}" ;;
esac
"""


@pytest.fixture
def make(tmp_path):
    """Return a function that runs `make` in a copy, as on a system of that name."""
    for path in [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("constr*.txt")]:
        shutil.copy(path, tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in [("python", PYTHON), ("uname", '#!/bin/sh\necho "$SYSTEM"\n')]:
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)

    def run(*words, system="Linux", **variables):
        outer = ("MAKE", "GPU")  # of the `make test` that runs this
        kept = {k: v for k, v in os.environ.items() if not k.startswith(outer)}
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["make", "PYTHON=programs/python", *words],
            cwd=tmp_path,
            env={**kept, "PATH": path, "SYSTEM": system, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return run


def asked(done):
    """What pip was asked for, in order."""
    lines = [line for line in done.stdout.splitlines() if PIP in line]
    return [line.split("constraints-gpu.txt ")[1] for line in lines]


def test_it_says_what_it_costs_before_it_begins(make):
    assert CPU_COST in make("help").stdout
    assert GPU_COST in make("help", "GPU=1").stdout
    lines = make(".venv/.ready").stdout.splitlines()
    said = next(n for n, line in enumerate(lines) if CPU_COST in line)
    made = next(n for n, line in enumerate(lines) if "venv --clear" in line)
    assert said < made
    readme = " ".join((ROOT / "README.md").read_text().split())
    for figure in re.findall(r"[\d.]+ GB", CPU_COST + GPU_COST):
        assert figure in readme


def test_linux_gets_torch_alone_from_the_index_of_cpu_builds(make):
    first, second = asked(make(".venv/.ready"))
    assert first == f"--no-deps --timeout 10 --retries 0 --index-url {INDEX} torch"
    assert second == "-e .[lessons,spark,dev]"


def test_without_that_index_it_says_what_it_means_and_goes_on(make):
    done = make(".venv/.ready", INDEX_FAILS="1")
    assert done.returncode == 0
    assert f"has only the GPU build: {GPU_COST}" in done.stdout
    assert asked(done)[1:] == ["-e .[lessons,spark,dev]"]


@pytest.mark.parametrize(
    ("words", "system"),
    [([".venv/.ready"], "Darwin"), (["GPU=1", ".venv/.ready-gpu"], "Linux")],
)
def test_macs_and_gpus_take_all_from_the_ordinary_index(make, words, system):
    assert asked(make(*words, system=system)) == ["-e .[lessons,spark,dev]"]


def test_it_is_repeated_only_when_the_pins_change(make, tmp_path):
    assert asked(make(".venv/.ready")) and asked(make(".venv/.ready")) == []
    later = (tmp_path / ".venv" / ".ready").stat().st_mtime + 2
    os.utime(tmp_path / "constraints.txt", (later, later))
    assert asked(make(".venv/.ready"))[-1] == "-e .[lessons,spark,dev]"


def test_the_gpu_build_is_kept_when_the_pins_change(make, tmp_path):
    assert INDEX in make("-n", "lint").stdout
    assert INDEX in make("-n", "lint", GPU="0").stdout
    make("GPU=1", ".venv/.ready-gpu")
    assert "pip" not in make("-n", "lint").stdout
    later = (tmp_path / ".venv" / ".ready").stat().st_mtime + 2
    os.utime(tmp_path / "pyproject.toml", (later, later))
    again = make("-n", "lint").stdout
    assert "-e '.[lessons,spark,dev]'" in again and INDEX not in again


@pytest.mark.parametrize("name", [".venv", ".venv-localaws", ".venv-sdk2"])
def test_a_link_is_refused_and_what_it_leads_to_stays(make, tmp_path, name):
    if name != ".venv":
        make(".venv/.ready")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("mine")
    (tmp_path / name).symlink_to(elsewhere)
    done = make(f"{name}/.ready")
    assert done.returncode != 0
    assert f"error: '{name}' is a link to '{elsewhere}'" in done.stdout
    assert asked(done) == [] and (elsewhere / "kept").read_text() == "mine"


def test_the_tests_get_an_environment_with_localaws_alone(make):
    assert asked(make(".venv-localaws/.ready"))[-1] == "-e ."
    assert ".venv-localaws" in make("-n", "-W", "constraints.txt", "test").stdout
    assert ".venv-localaws" not in make("-n", "-W", "constraints.txt", "lab").stdout


def test_the_tests_get_an_environment_with_version_2_of_the_sdk(make):
    done = make(".venv-sdk2/.ready").stdout
    assert "-c constraints-sdk2.txt sagemaker awscli" in done
    assert "-e ." not in done.partition(".venv-sdk2/bin/python")[2]  # it needs no more
    pins = (ROOT / "constraints-sdk2.txt").read_text()
    assert re.search(r"^sagemaker==2\.257\.\d+$", pins, re.MULTILINE)
    changed = ("-n", "-W", "constraints-sdk2.txt")
    assert ".venv-sdk2" in make(*changed, "test").stdout
    assert ".venv-sdk2" not in make(*changed, "lab").stdout


def test_the_address_of_the_index_stands_in_the_makefile_alone():
    host = INDEX.split("/")[2]
    found = subprocess.run(
        ["git", "grep", "--count", host], cwd=ROOT, capture_output=True, text=True
    )
    assert found.stdout == "Makefile:1\n"
