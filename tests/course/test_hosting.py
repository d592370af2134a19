"""The bills of lesson 24, and the simulation that they foretell."""

import numpy as np
import pytest

from course import hosting, prices


def test_an_instance_is_kept_after_the_last_request_and_starts_once():
    found = hosting.awake([8, 15, 62, 70, 128, 150], start=5, keep=15)
    assert found.tolist() == [[8, 30], [62, 85], [128, 148], [150, 170]]


def test_a_request_during_the_start_does_not_end_it_earlier():
    assert hosting.awake([0, 1], start=100, keep=10).tolist() == [[0, 110]]
    assert hosting.awake([0, 105], start=100, keep=10).tolist() == [[0, 115]]
    assert hosting.awake([], start=100, keep=10).shape == (0, 2)


@pytest.mark.parametrize(("requests", "start", "keep"), [(20, 300, 900), (150, 60, 30)])
def test_its_share_of_the_day_is_that_of_the_simulation(requests, start, keep):
    rng = np.random.default_rng(0)
    end = 4000 / requests * hosting.DAY
    spans = hosting.awake(np.sort(rng.uniform(0, end, 4000)), start, keep)
    share = hosting.on_share(requests, start, keep)
    assert np.diff(spans).sum() / end == pytest.approx(share, rel=0.05)


def test_many_requests_keep_it_all_day_without_an_overflow():
    with np.errstate(over="raise", invalid="raise"):
        assert hosting.on_share(1e7, 300, 900) == 1


def test_a_request_is_billed_in_whole_milliseconds():
    assert hosting.serverless(1, 49.1, 2) == hosting.serverless(1, 50, 2)
    assert hosting.serverless(1e6, 50, 2) == pytest.approx(
        50_000 * 2 * prices.PER_GB_SECOND
    )


def test_rare_requests_have_a_job_each_and_frequent_ones_a_job_a_period():
    rare = hosting.batch(1, 1000, 3900, 300, 2, 1.0)
    assert rare == pytest.approx(300.5, rel=0.03)
    often = hosting.batch(86_400, 1000, 3900, 300, 2, 1.0)
    every = 3600 / 1.5  # half a second of work comes in each second
    assert often == pytest.approx(86_400 / every * 300 + 43_200)


def test_waiting_for_a_job_its_start_and_its_work_fit_into_the_wait():
    for requests in (1000, 50_000, 150_000):
        rate, work, wait, start = requests / hosting.DAY, 0.5, 7200, 300
        bill = hosting.batch(requests, 1000, wait, start, 2, 1.0)
        every = hosting.DAY / ((bill - requests * work) / start)
        assert every + start + rate * every * work == pytest.approx(wait, rel=0.01)
