"""A checker draws other arguments each time; its tests draw the same in each run.

`DRAWS=7 pytest tests/course/check` asks with others: thousands of answers are judged,
and one that is taken once in thousands of draws is to be found on purpose, not in CI.
"""

import os
from zlib import crc32

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def same_draws(request, monkeypatch):
    real, which = np.random.default_rng, int(os.environ.get("DRAWS", "0"))
    root = np.random.SeedSequence([which, crc32(request.node.nodeid.encode())])
    monkeypatch.setattr(
        np.random,
        "default_rng",
        lambda seed=None: real(root.spawn(1)[0] if seed is None else seed),
    )
