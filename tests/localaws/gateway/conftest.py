"""API Gateway without a server, for the tests of this folder."""

import pytest
from apis_inside import Gateway


@pytest.fixture
def gateway(context):
    return Gateway(context)
