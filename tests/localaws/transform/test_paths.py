"""The JSONPath of batch transform: what it selects, and what AWS refuses."""

import jsonpath_ng
import pytest

from localaws.transform.paths import BadPath, NotFound, parse

ROW = ["id", "a", "b", "c", "d", "e", "f"]
RECORD = {
    "id": 7,
    "features": [1, 2, 3],
    "deep er": {"x-1": {"y": 1}, "z": {"y": 2}},
    "SageMakerOutput": {"label": 1},
}


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        ("", ROW, ROW),
        ("$", RECORD, RECORD),
        ("$[1]", ROW, "a"),
        ("$[-1]", ROW, "f"),
        ("$[0, -1]", ROW, ["id", "f"]),
        ("$[1:]", ROW, ROW[1:]),
        ("$[:2]", ROW, ["id", "a"]),
        ("$[:-1]", ROW, ROW[:-1]),
        ("$[2:4]", ROW, ["b", "c"]),
        ("$[0,5:]", ROW, ["id", "e", "f"]),
        ("$[0,-2:]", ROW, ["id", "e", "f"]),
        ("$[*]", ROW, ROW),
        ("$.id", RECORD, 7),
        ("$['id']", RECORD, 7),
        ("$.features[1:]", RECORD, [2, 3]),
        (
            "$['id','SageMakerOutput']",
            RECORD,
            {"id": 7, "SageMakerOutput": {"label": 1}},
        ),
        ("$.['id', 'features']", RECORD, {"id": 7, "features": [1, 2, 3]}),
        ("$.SageMakerOutput.*", RECORD, [1]),
        ("$['deep er'].*.y", RECORD, [1, 2]),
        ("$.deep er.x-1", RECORD, {"y": 1}),
    ],
)
def test_a_path_selects_what_aws_documents(path, value, found):
    assert parse(path).select(value) == found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$[1]", ROW),
        ("$[0,-1]", ROW),
        ("$[2:4]", ROW),
        ("$[:-1]", ROW),
        ("$.features[*]", RECORD),
        ("$.SageMakerOutput.*", RECORD),
    ],
)
def test_it_selects_what_another_implementation_selects(path, value):
    found = parse(path).select(value)
    others = [match.value for match in jsonpath_ng.parse(path).find(value)]
    assert (found if isinstance(found, list) else [found]) == others


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$[7]", ROW),
        ("$[0,-8]", ROW),
        ("$.absent", RECORD),
        ("$['id','absent']", RECORD),
        ("$.id", ROW),
        ("$[0]", RECORD),
        ("$[0]", {"0": 1}),
        ("$.id[0]", {"id": "text"}),
        ("$.id.*", RECORD),
        ("$.id.*", {"id": "text"}),
    ],
)
def test_what_a_record_does_not_have_is_an_error(path, value):
    with pytest.raises(NotFound, match="nothing is at"):
        parse(path).select(value)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("$['account_id']", 'Unexpected "_" in JsonPath. Supported operators are'),
        ("$.a?", 'Unexpected "\\?"'),
        ('$["id"]', "Unexpected"),
        ("id", 'begins with "\\$"'),
        ("$[0:2,246:]", "only single range filters of format \\(eg: \\[1:5\\]\\)"),
        ("$..id", "is no step"),
        ("$[0", "is no step"),
        ("$id", "is no step"),
        ("$[]", "neither numbers"),
        ("$[1:2:3]", "neither numbers"),
        ("$['']", "neither numbers"),
        ("$[id]", "neither numbers"),
        ("$['a','b'].c", "nothing may follow"),
    ],
)
def test_what_aws_does_not_read_is_refused_in_words(path, words):
    with pytest.raises(BadPath, match=words):
        parse(path)


def test_a_path_says_whether_it_changes_a_record_and_asks_for_names():
    assert parse("$").whole and not parse("$[0]").whole
    assert parse("$.a[0]").named and not parse("$[0,5:]").named
