"""What was measured on MNIST, which a lesson cannot load without a network."""

import json
from importlib import util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"
STORED = json.loads((ROOT / "data" / "mnist_1000.json").read_text(encoding="utf-8"))


@pytest.fixture
def script():
    spec = util.spec_from_file_location("made", ROOT / "data" / "measure_mnist.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_runs_the_lessons_own_functions(script):
    found = script.measured("digits", draws=1)
    assert set(found) == set(STORED)
    assert 0.9 < found["one layer"][0] < found["hidden layer"][0] < 1


@pytest.mark.full
@pytest.mark.skipif(not SHARED.exists(), reason="no full-size data beside the checkout")
def test_what_is_stored_is_what_the_script_measures(script, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(SHARED))
    found = script.measured("mnist", draws=1)
    for name, values in STORED.items():
        assert len(values) == script.DRAWS
        assert found[name][0] == pytest.approx(values[0], abs=0.003)
