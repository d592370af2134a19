"""Alarms without a server."""

import pytest
from alarmed import Alarmed


@pytest.fixture
def alarmed(context, monkeypatch):
    found = Alarmed(context, monkeypatch)
    yield found
    found.close()
