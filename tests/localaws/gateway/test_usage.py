"""Buckets fill at their rate; periods of quotas begin when they say."""

from datetime import date

import pytest

from localaws.gateway.usage import Bucket, period


def test_a_bucket_lets_through_its_rate_and_a_burst():
    bucket = Bucket(2, 0.0)
    assert [bucket.take(1, 2, now) for now in (0, 0, 0.5, 1.0, 9, 9, 9)] == [
        *(True, True, False),  # the burst
        *(True, True, True, False),  # a token each second, two at most
    ]


@pytest.mark.parametrize(
    ("today", "quota", "first"),
    [
        ("2026-11-27", {"period": "DAY"}, "2026-11-27"),
        ("2026-11-27", {"period": "WEEK"}, "2026-11-22"),
        ("2026-11-22", {"period": "WEEK"}, "2026-11-22"),
        ("2026-11-27", {"period": "WEEK", "offset": 6}, "2026-11-21"),
        ("2026-11-27", {"period": "MONTH"}, "2026-11-01"),
        ("2026-11-27", {"period": "MONTH", "offset": 27}, "2026-10-28"),
        ("2026-03-01", {"period": "MONTH", "offset": 1}, "2026-02-02"),
        ("2026-01-05", {"period": "MONTH", "offset": 9}, "2025-12-10"),
    ],
)
def test_a_period_begins_on_its_day(today, quota, first):
    assert period(date.fromisoformat(today), quota) == date.fromisoformat(first)
