"""A layer has its own programs, and the packages of this environment below them."""

import subprocess
import sys
from pathlib import Path

from sandboxed import run

from localaws.machine import layer


def test_packages_install_into_a_layer_over_this_environment(sandbox):
    code = "import sys, numpy; print(sys.prefix); print(numpy.__file__)"
    text, _ = run(sandbox, f"python -c '{code}'; command -v pip torchrun python3")
    prefix, numpy, *programs = text.splitlines()
    assert prefix == str(sandbox.folder / "env") and prefix not in numpy
    assert all(program.startswith(prefix) for program in programs)


def test_a_cpu_instance_has_no_gpu(sandbox):
    text, status = run(sandbox, "echo $CUDA_VISIBLE_DEVICES; nvidia-smi")
    assert text.startswith("-1\n") and status != 0


def test_a_layer_is_a_virtual_environment_over_this_one(tmp_path):
    programs = layer.create(tmp_path / "env", gpu=True)
    code = "import sys, sysconfig; print(sys.prefix); print(*sys.path, sep='\\n')"
    said = subprocess.check_output([programs / "python", "-c", code], text=True)
    prefix, *path = said.splitlines()
    assert Path(prefix) == tmp_path / "env"
    assert set(layer.parents()) <= set(path) and layer.parents()
    own = [place for place in path if place.startswith(prefix)]
    assert path.index(own[-1]) < path.index(layer.parents()[0])
    assert not (programs / "nvidia-smi").exists()


def test_pip_of_a_layer_installs_into_it(tmp_path):
    programs = layer.create(tmp_path / "env")
    (tmp_path / "pyproject.toml").touch()
    command = [programs / "pip", "config", "debug"]
    said = subprocess.check_output(command, text=True)
    assert str(tmp_path / "env") in said
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    said = subprocess.check_output([programs / "python3", "-c", code], text=True)
    assert said.startswith(str(tmp_path / "env"))


def test_the_layer_comes_first_and_nothing_twice(tmp_path):
    found = layer.search_path(tmp_path).split(":")
    assert found[:2] == [str(tmp_path), str(Path(sys.executable).parent)]
    assert len(set(found)) == len(found) and "/usr/bin" in found
