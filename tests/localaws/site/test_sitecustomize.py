"""A library that the image has and this environment lacks is there when needed."""

import os
import subprocess
import zipfile

import pytest

from localaws.machine import layer
from localaws.site import SITE


@pytest.fixture
def shelf(tmp_path):
    """A folder with a wheel of the package `zz-toy`, whose module is `zztoy`."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    about = "Metadata-Version: 2.1\nName: zz-toy\nVersion: 1.0\n"
    wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / "zz_toy-1.0-py3-none-any.whl", "w") as file:
        file.writestr("zztoy/__init__.py", "WORD = 'here'")
        file.writestr("zz_toy-1.0.dist-info/METADATA", about)
        file.writestr("zz_toy-1.0.dist-info/WHEEL", wheel)
        file.writestr("zz_toy-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def run(tmp_path, shelf):
    """Return a function that runs code in a layer, as a job's script."""
    programs = layer.create(tmp_path / "env")

    def started(code, promised="zztoy=zz-toy json=no-such", links=shelf, **variables):
        script = tmp_path / "script.py"
        script.write_text(code)
        given = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "PYTHONPATH": str(SITE),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(links),
            "LOCALAWS_PROMISED": promised,
        }
        return subprocess.Popen(
            [programs / "python", script],
            env={**given, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return lambda *args, **kw: started(*args, **kw).communicate(timeout=60)[0]


def test_an_import_installs_what_the_image_promises_and_nothing_else(run, tmp_path):
    code = "import json, zztoy; print(zztoy.WORD, zztoy.__file__)"
    said = run(code)
    assert "the image has zz-toy, this environment lacks it" in said
    assert said.splitlines()[-1].startswith(f"here {tmp_path}/env/")
    assert "no-such" not in said  # json is here
    assert run(code).startswith("here ")  # the next process finds it


def test_a_package_that_cannot_be_had_is_named(run, tmp_path):
    (tmp_path / "empty").mkdir()
    twice = "try:\n    import zztoy\nexcept ImportError:\n    import zztoy\n"
    said = run(twice, links=tmp_path / "empty")
    assert said.count("No matching distribution") == 1  # pip is asked once
    last = said.splitlines()[-1]
    assert last.startswith(
        "ModuleNotFoundError: No module named 'zztoy': the image has"
    )
    assert "the package zz-toy" in last and "PIP_INDEX_URL" in last


@pytest.mark.parametrize("promised", ["", "other=zz-toy"])
def test_what_no_image_promises_is_missing_as_ever(run, promised):
    said = run("import zztoy", promised=promised)
    assert said.endswith("ModuleNotFoundError: No module named 'zztoy'\n")


def test_a_library_that_looks_around_installs_nothing(run, tmp_path):
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "curious.py").write_text(
        "try:\n    import zztoy\nexcept ImportError:\n    zztoy = None\n"
    )
    path = os.pathsep.join([str(SITE), str(library)])
    code = "import curious; print(curious.zztoy)"
    assert run(code, PYTHONPATH=path) == "None\n"


def test_a_framework_that_the_image_promises_is_left_to_the_script(run, tmp_path):
    """Where a library looks for it nothing is installed, as with any other."""
    library = tmp_path / "site-packages"
    library.mkdir()
    (library / "curious.py").write_text(
        "try:\n    import torch\nexcept ImportError:\n    torch = None\n"
    )
    code = """
import sys
sys.path[:] = [part for part in sys.path if "site-packages" not in part] + [%r]
import curious
print(curious.torch)
import torch
"""
    said = run(code % str(library), promised="torch=no-such")
    assert said.startswith("None\n"), said
    assert "the image has no-such, this environment lacks it" in said


def test_what_pickle_needs_is_installed(run):
    code = "import pickle; print(pickle._loads(b'czztoy\\nWORD\\n.'))"
    assert run(code).splitlines()[-1] == "here"


def test_a_framework_is_not_searched_for_garbage_but_a_script_s_objects_are(run):
    """The search at the process's end takes a third as long as PyTorch's import."""
    code = """
import gc, torch
assert gc.isenabled()
print(gc.get_freeze_count() > 100_000)
class Last:
    def __del__(self):
        print("gone")
last = Last()
last.itself = last
del last
"""
    assert run(code) == "True\ngone\n"


def test_a_framework_that_cannot_be_imported_leaves_the_collector_at_work(
    run, tmp_path
):
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs/torch.py").write_text("raise OSError('half a library')")
    path = os.pathsep.join([str(SITE), str(tmp_path / "libs")])
    code = """
import gc
for _ in range(2):
    try:
        import torch
    except OSError as error:
        print(error, gc.isenabled())
"""
    assert run(code, PYTHONPATH=path) == "half a library True\n" * 2
