"""The formulas of lesson 20, and the simulation that they foretell."""

import numpy as np
import pytest

from course import spot


def test_what_is_saved_is_not_done_again():
    gaps = iter([5.0, 4.0, 9.0])
    # 4 + 1 minutes are saved at the edge; then 4 are lost; then 4 + 1 and 2 + 1
    assert spot.minutes(10, 4, 1, lambda: next(gaps)) == 9 + 5 + 3


def test_without_interruptions_only_the_writing_is_added():
    assert spot.minutes(10, 4, 0.5, lambda: 1e9) == 11.5
    assert spot.minutes(10, 10, 0, lambda: 1e9) == 10


@pytest.mark.parametrize(("every", "write"), [(30, 0), (6, 0.5), (1, 0.1)])
def test_the_mean_of_many_jobs_is_the_expected_time(every, write):
    rng = np.random.default_rng(0)
    found = [
        spot.minutes(30, every, write, lambda: rng.exponential(20)) for _ in range(2000)
    ]
    right = spot.with_checkpoints(30, every, write, 1 / 20)
    assert np.mean(found) == pytest.approx(right, rel=0.05)


def test_one_checkpoint_at_the_end_is_a_job_without():
    rates = np.array([0.001, 0.02, 0.1])
    assert np.array_equal(
        spot.with_checkpoints(60, 60, 0, rates), spot.expected(60, rates)
    )
    assert spot.expected(60, 1e-9) == pytest.approx(60)


def test_young_s_interval_is_within_a_hundredth_of_the_best():
    fine = np.linspace(0.2, 60, 5000)
    for rate, write in [(1 / 20, 0.5), (1 / 200, 1.0), (1 / 5, 0.01)]:
        young = np.sqrt(2 * write / rate)
        best = spot.with_checkpoints(60, fine, write, rate).min()
        assert spot.with_checkpoints(60, young, write, rate) < 1.01 * best
