"""Each module has the test file of its name, in the folder of its folder."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHORT = 60  # lines: what is no longer is tested with what uses it


def modules(package):
    """Return the modules of a package that must have a test file."""
    for path in sorted((ROOT / "src" / package).rglob("*.py")):
        ours = "standins" not in path.parts  # those only stand for modules of others
        if ours and len(path.read_text().splitlines()) > SHORT:
            yield path.relative_to(ROOT / "src")


def mirror_of(module):
    """Return the test file of a module; a folder's own is in the folder."""
    name = module.stem.strip("_")
    name = module.parent.name if name == "init" else name
    return ROOT / "tests" / module.parent / f"test_{name}.py"


@pytest.mark.parametrize("package", ["localaws", "course"])
def test_every_module_has_the_test_file_of_its_name(package):
    missing = [str(path) for path in modules(package) if not mirror_of(path).is_file()]
    assert missing == []
