"""The benchmarks run, on little; how fast they find things is not judged here."""

import re

import pytest

from course.tools import bench
from course.tools.lessons import ROOT

SMALL = bench.Size(
    runs=1, requests=80, megabytes=2, epochs=1, rounds=1, objects=20, jobs=3
)


@pytest.fixture(scope="module")
def rows():
    return bench.measure(SMALL)


def test_every_row_is_measured_beside_a_reference(rows):
    assert len(rows) == 12
    for row in rows:
        assert re.search(r"\d", row.measured) and re.search(r"\d", row.reference)


def test_every_request_is_answered(rows):
    [row] = [row for row in rows if row.what.startswith("8 clients")]
    assert "0 of 80 failed" in row.measured


def test_the_page_of_the_book_has_the_rows_that_are_measured(rows):
    committed = (ROOT / "book" / "benchmarks.md").read_text()
    shape = re.compile(r"\d[\d,.]*")
    for row in rows:
        assert f"\n| {shape.sub('0', row.what)} |" in shape.sub("0", committed)
