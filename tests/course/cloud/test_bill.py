"""The bill: dollars by kind."""

import pytest

from course import prices
from course.cloud import Bill, Charge
from course.cloud.bill import MORE


def test_kinds_are_summed_the_dearest_first():
    endpoint = Charge("e", "endpoint", "ml.m5.large", 2, 3600.0)
    job = Charge("j", "training", "ml.m5.large", 1, 1800.0)
    kinds = Bill((job, endpoint, endpoint)).kinds
    hour = prices.PER_HOUR["ml.m5.large"]
    assert list(kinds) == ["endpoint", "training"]
    assert kinds == pytest.approx({"endpoint": 4 * hour, "training": hour / 2})
    assert Bill(()).kinds == {}


@pytest.mark.parametrize(("here", "lines"), [(True, 3), (False, 2)])
def test_a_bill_of_this_machine_says_what_aws_counts_besides(here, lines):
    job = Charge("j", "training", "ml.m5.large", 1, 1800.0)
    said = str(Bill((job,), here)).splitlines()
    assert len(said) == lines
    assert said[1].startswith("total at AWS prices (on demand, us-east-1, ")
    assert (said[-1] == MORE) == here
    assert len(str(Bill((), here)).splitlines()) == 1
