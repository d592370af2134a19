"""The bill: dollars by kind."""

import pytest

from course import prices
from course.cloud import Bill, Charge


def test_kinds_are_summed_the_dearest_first():
    endpoint = Charge("e", "endpoint", "ml.m5.large", 2, 3600.0)
    job = Charge("j", "training", "ml.m5.large", 1, 1800.0)
    kinds = Bill((job, endpoint, endpoint)).kinds
    hour = prices.PER_HOUR["ml.m5.large"]
    assert list(kinds) == ["endpoint", "training"]
    assert kinds == pytest.approx({"endpoint": 4 * hour, "training": hour / 2})
    assert Bill(()).kinds == {}
