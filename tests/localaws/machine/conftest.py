"""A sandbox for the tests of this folder, in both ways to show it /opt/ml."""

import pytest

from localaws.alias import plain
from localaws.machine.sandbox import Sandbox


@pytest.fixture
def sandbox(tmp_path, mode):
    with plain(tmp_path) as folder:
        made = Sandbox(folder / "job", paths=mode)
        yield made
        made.remove()
