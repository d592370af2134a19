"""Each operator of a pattern matches what AWS's guide says of it, and nothing else."""

import pytest

from localaws.eventbridge.matchers import BadPattern
from localaws.eventbridge.matchers import test_of as matcher


@pytest.mark.parametrize(
    ("asked", "matching", "others"),
    [
        ("a", ["a"], ["A", 1, None]),
        (300, [300], [300.0, "300", True]),
        (1, [1], [True]),
        (None, [None], ["", False]),
        ("", [""], [None]),
        ({"prefix": "ab"}, ["ab", "abc"], ["Abc", "b", 1]),
        ({"prefix": {"equals-ignore-case": "AB"}}, ["abc"], ["ba"]),
        ({"suffix": ".csv"}, ["a.csv"], [".csv.gz", 5]),
        ({"suffix": {"equals-ignore-case": ".CSV"}}, ["a.csv"], ["csv"]),
        ({"equals-ignore-case": "AbC"}, ["aBc"], ["ab", 1]),
        ({"wildcard": "a*c"}, ["ac", "abbc", "a\nc"], ["acd", "bac"]),
        ({"wildcard": "a\\*\\\\*"}, ["a*\\", "a*\\z"], ["ab\\"]),
        ({"wildcard": "*.p?"}, ["x.p?"], ["x.py"]),
        ({"wildcard": "a*a"}, ["aa", "aba"], ["a", "ab"]),
        ({"wildcard": "plain"}, ["plain"], ["plains", 1]),
        ({"wildcard": "*"}, ["", "x"], [None]),
        ({"wildcard": "*a" * 30 + "*b"}, ["a" * 3000 + "b"], ["a" * 3000]),
        ({"cidr": "10.0.0.0/24"}, ["10.0.0.9"], ["10.0.1.0", "x", 5, "::1"]),
        ({"cidr": "2001:db8::/32"}, ["2001:db8::1"], ["2001:db9::1"]),
        ({"numeric": ["=", 3]}, [3, 3.0], [2, "3", True]),
        ({"numeric": [">", 0, "<=", 5]}, [0.1, 5], [0, 5.1, None]),
        ({"numeric": ["<", 1e3]}, [-7], [1000]),
        ({"anything-but": "a"}, ["b", 1, None], ["a"]),
        ({"anything-but": ["a", "b"]}, ["c"], ["a", "b"]),
        ({"anything-but": [1, 2]}, [3, "1"], [1, 2.0]),
        ({"anything-but": {"prefix": "a"}}, ["b"], ["ab"]),
        ({"anything-but": {"prefix": ["a", "b"]}}, ["c"], ["ab", "b"]),
        ({"anything-but": {"suffix": "a"}}, ["b"], ["ba"]),
        ({"anything-but": {"equals-ignore-case": ["A"]}}, ["b"], ["a"]),
        ({"anything-but": {"wildcard": "a*z"}}, ["b"], ["abz"]),
    ],
)
def test_an_operator_tells_values_apart(asked, matching, others):
    test = matcher(asked)
    assert [one for one in matching if not test([one])] == []
    assert [one for one in others if test([one])] == []
    assert not test([]) and test([*others, *matching])


def test_to_exist_is_to_have_a_value():
    assert matcher({"exists": True})(["x"]) and not matcher({"exists": True})([])
    assert matcher({"exists": False})([]) and not matcher({"exists": False})([None])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "Only one key"),
        ({"prefix": "a", "suffix": "b"}, "Only one key"),
        ({"regex": "a"}, "Unrecognized match type regex"),
        ({"prefix": 1}, "prefix match pattern must be a string"),
        ({"suffix": ["a"]}, "suffix match pattern must be a string"),
        ({"equals-ignore-case": None}, "must be a string"),
        ({"exists": "true"}, "either true or false"),
        ({"wildcard": "a**b"}, "Consecutive wildcard characters at pos 1"),
        ({"wildcard": "a\\b"}, "Invalid escape character at pos 1"),
        ({"cidr": "10.0.0.0"}, "one '/' required"),
        ({"cidr": "10.0.0/8"}, "Malformed CIDR"),
        ({"numeric": ">"}, "must be an array"),
        ({"numeric": []}, "numeric"),
        ({"numeric": [">"]}, "numeric"),
        ({"numeric": [">", "1"]}, "must be numeric"),
        ({"numeric": ["!=", 1]}, "operator: !="),
        ({"numeric": [["="], 1]}, "operator"),
        ({"numeric": [">", 6e9]}, "between -5.0E9"),
        ({"numeric": [">", 5, "<", 5]}, "Bottom must be less than top"),
        ({"numeric": ["<", 1, ">", 5]}, "range operator"),
        ({"anything-but": []}, "Empty arrays"),
        ({"anything-but": [1, "a"]}, "mixed type"),
        ({"anything-but": [True]}, "not supported"),
        ({"anything-but": {"numeric": ["=", 1]}}, "anything-but pattern: numeric"),
        ({"anything-but": {"prefix": [1]}}, "must be a string"),
        ({"anything-but": {"prefix": []}}, "Empty arrays"),
    ],
)
def test_what_is_no_operator_is_refused_with_its_reason(asked, reason):
    with pytest.raises(BadPattern, match=reason):
        matcher(asked)
