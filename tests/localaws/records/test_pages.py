"""Pages of a list: filters, orders, and tokens that lead from one to the next."""

import pytest

from localaws.api.errors import ServiceError
from localaws.records.pages import Row, count, page
from localaws.records.store import Kind, Store

MODEL = Kind("Model", "model")
ROWS = [
    Row(f"row-{number}", float(number), 10.0 - number, "AB"[number % 2], "{}")
    for number in range(4)
]


@pytest.fixture
def table(tmp_path):
    return Store(tmp_path, "123456789012").table(MODEL, "us-east-1")


def test_pages_join_to_the_whole_list(table):
    for number in range(7):
        table.create(f"model-{number}", {})
    names, request = [], {"MaxResults": 3, "SortBy": "Name", "SortOrder": "Ascending"}
    while True:
        rows, more = table.page(request)
        names += [row["ModelName"] for row in rows]
        if not more:
            break
        request = {**request, **more}
    assert names == [f"model-{number}" for number in range(7)]


def test_a_list_is_filtered_by_name_and_time(table):
    for name in ("cat", "dog"):
        table.create(name, {})
    born = table.get("dog")["CreationTime"]
    assert [row["ModelName"] for row in table.page({"NameContains": "CA"})[0]] == [
        "cat"
    ]
    assert table.page({"CreationTimeAfter": born + 1}) == ([], {})


@pytest.mark.parametrize(
    ("request_", "numbers"),
    [
        ({}, [3, 2, 1, 0]),
        ({"SortOrder": "Ascending"}, [0, 1, 2, 3]),
        ({"SortBy": "Status"}, [3, 1, 2, 0]),
        ({"StatusEquals": "A"}, [2, 0]),
        ({"CreationTimeAfter": 1.0, "CreationTimeBefore": 2.0}, [2, 1]),
        ({"LastModifiedTimeBefore": 7.5}, [3]),
        ({"NameContains": "W-2"}, [2]),
        ({"MaxResults": 2}, [3, 2]),
    ],
)
def test_each_filter_and_order_is_the_one_that_is_asked_for(request_, numbers):
    found, _ = page(ROWS, request_, "Descending")
    assert [row.name for row in found] == [f"row-{number}" for number in numbers]


@pytest.mark.parametrize("token", ["???", "bm9uZQ==", ""])
def test_a_token_that_leads_nowhere_is_refused(token):
    with pytest.raises(ServiceError, match="Invalid NextToken"):
        page(ROWS, {"NextToken": token}, "Descending")


@pytest.mark.parametrize("text", ["", "-1", "1.0", "²", "٣", "9" * 5000, " 1"])
def test_a_text_that_says_no_count_is_none(text):
    assert count(text) is None and count("012") == 12
