import pytest

import course.prices
from localaws.machine import prices


def test_an_hour_of_two_instances_costs_twice_the_list_price():
    price = prices.dollars("ml.m5.large", seconds=3600, count=2)
    assert price == pytest.approx(2 * prices.PER_HOUR["ml.m5.large"])


def test_an_unknown_instance_type_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r'"ml.z9.huge".*ml.m5.large.*pricing'):
        prices.dollars("ml.z9.huge", 1)


def test_the_lessons_use_the_same_list():
    assert course.prices.PER_HOUR is prices.PER_HOUR
    assert course.prices.dollars is prices.dollars


def test_an_invocation_costs_the_example_of_the_price_page():
    """Three million of a second with 512 MB, without the free tier."""
    month = 3e6 * course.prices.invocation(512, 1000)
    assert month == pytest.approx(3 * 0.20 + 1.5e6 * 0.0000166667)
