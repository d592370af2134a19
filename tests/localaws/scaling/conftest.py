"""A variant that scales, without a server: its endpoint is a record."""

import pytest
from scaled import Scaled


@pytest.fixture
def scaled(context):
    made = Scaled(context)
    yield made
    context.closing.set()
    made.scaling.close()
    context.clock.stop()
