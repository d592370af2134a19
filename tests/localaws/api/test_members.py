"""A member of a request is followed, harmless, or refused; a new one is refused."""

import pytest

from localaws.api.errors import ServiceError
from localaws.api.members import FOLLOWED, Unfollowed, below, check, harmless, judged

TABLE = {
    "Name": FOLLOWED,
    "Disk.Size": "there is one disk",
    "Variables{}": FOLLOWED,
    "Vpc": Unfollowed("there is none. Leave it out"),
    **below("Rows[]", {"Mode": Unfollowed("one row is all", unless=("ONE",))}),
}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Name": "x", "Disk": {"Size": 1}, "Variables": {"a.b": "c"}}, None),
        ({"Rows": [{"Mode": "ONE"}]}, None),
        ({"Vpc": None, "Rows": []}, None),
        (
            {"Vpc": {"Subnets": ["s"]}},
            "emulate Vpc: there is none. Leave it out",
        ),
        ({"Rows": [{"Mode": "ONE"}, {"Mode": "TWO"}]}, "Mode of Rows: one row"),
        ({"Flag": False}, "does not emulate Flag: it is newer than this version"),
        ({"Disk": {"Speed": 1}}, "does not emulate Speed of Disk: it is newer"),
    ],
)
def test_what_changes_a_result_is_refused_in_words(given, words):
    if words is None:
        check(given, TABLE)
        return
    with pytest.raises(ServiceError, match=words) as caught:
        check(given, TABLE)
    assert caught.value.code == "ValidationException"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Name", "Name"),
        ("Name.New", None),
        ("Disk", None),
        ("Vpc.Subnets", "Vpc"),
        ("Variables.anything", "Variables{}"),
        ("Rows[].Mode", "Rows[].Mode"),
    ],
)
def test_only_a_refusal_covers_what_is_below_it(path, expected):
    assert judged(TABLE, path) == expected


def test_what_changes_nothing_is_told_with_its_reason():
    given = {"Name": "x", "Disk": {"Size": 7}, "Rows": [{"Mode": "ONE"}]}
    assert list(harmless(given, TABLE)) == [("Disk.Size", "there is one disk")]
    assert list(harmless({"Disk": {"Size": False}}, TABLE)) == []
    assert list(harmless({"Status": "Failed", "Made": 7.5}, TABLE)) == []  # a record's
