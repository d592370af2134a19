"""What of a record a model is sent, and what of its answer is kept."""

import pytest

from localaws.transform.filters import CSV, JSON, Filters, language
from localaws.transform.paths import parse
from localaws.transform.records import BadInput, Batch, Record

ROWS, OBJECTS = "text/csv", "application/jsonlines"


def filters(before="$", after="$", joins=False, kind=ROWS, **members):
    return Filters(parse(before), parse(after), joins, kind, **members)


def batch(*records):
    return Batch([Record(one) for one in records])


def test_media_types_are_known_by_what_they_write():
    assert language("text/csv; charset=utf-8") == language("Text/CSV") == CSV
    assert language("application/json") == language(OBJECTS) == JSON
    assert language("image/png") == language("") == ""


@pytest.mark.parametrize(
    ("kind", "before", "record", "asked"),
    [
        (ROWS, "$", b'7,"a"', b'7,"a"'),
        (ROWS, "$[1:]", b"7,a,b", b"a,b"),
        (ROWS, "$[1:]", b'7,"a,b","say ""x"""', b'"a,b","say ""x"""'),
        (ROWS, "$[-1]", b"7,\xc3\xbc", b"\xc3\xbc"),
        (OBJECTS, "$.x", b'{"id": 7, "x": [1, 2.5]}', b"[1,2.5]"),
        (
            "application/json",
            "$['x']",
            b'{\n"x": {"\xc3\xbc": null}}',
            '{"ü":null}'.encode(),
        ),
        ("image/png", "$", b"\x89PNG", b"\x89PNG"),
    ],
)
def test_a_model_is_sent_what_the_input_filter_selects(kind, before, record, asked):
    assert filters(before, kind=kind).asked(record) == asked


@pytest.mark.parametrize(
    ("kind", "before", "record", "words"),
    [
        (
            ROWS,
            "$[5]",
            b"1,2",
            r'The filter \$\[5\] fits no record: nothing is at "\[5\]"',
        ),
        (ROWS, "$[0]", b'1,"2', 'A record is not one of CSV: "1,"2"'),
        (ROWS, "$[0]", b"\xff", "A record is not one of CSV"),
        (OBJECTS, "$.x", b"1,2", 'A record is not one of JSON: "1,2"'),
        (OBJECTS, "$.x", b"[" * 100_000, "A record is not one of JSON"),
        (OBJECTS, "$.x", b'{"y": 1}', "fits no record"),
    ],
)
def test_a_record_that_the_filter_cannot_read_is_an_error(kind, before, record, words):
    with pytest.raises(BadInput, match=words):
        filters(before, kind=kind).asked(record)


@pytest.mark.parametrize(
    ("lines", "answer", "kept"),
    [
        (False, b"1\n2\n", b"1\n2\n"),
        (False, b"[1]", b"[1]"),
        (True, b"[1]", b"[1]\n"),
        (True, b"1\n2\n", b"1\n2\n"),
        (True, b"1\r\n", b"1\n"),
        (True, b"", b"\n"),
        (True, b"\x89PNG", b"\x89PNG\n"),
    ],
)
def test_an_answer_is_kept_as_it_is_but_for_its_end(lines, answer, kept):
    assert filters(lines=lines).kept(batch(b"a"), answer, "any/thing") == kept


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        ("$", b"7,a,0.5,x\n8,b,0.25,y\n"),
        ("$[0,-2]", b"7,0.5\n8,0.25\n"),
        ("$[-1]", b"x\ny\n"),
    ],
)
def test_rows_are_joined_with_the_answers_to_them(after, kept):
    joins = filters("$[1:]", after, joins=True, lines=True)
    assert joins.kept(batch(b"7,a", b"8,b"), b"0.5,x\n0.25,y\n", ROWS) == kept


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (
            "$",
            b'{"id":7,"SageMakerOutput":{"p":1}}\n{"id":8,"SageMakerOutput":{"p":2}}\n',
        ),
        (
            "$['id','SageMakerOutput']",
            b'{"id":7,"SageMakerOutput":{"p":1}}\n{"id":8,"SageMakerOutput":{"p":2}}\n',
        ),
        ("$.SageMakerOutput.p", b"1\n2\n"),
    ],
)
def test_objects_get_the_answer_as_an_attribute(after, kept):
    joins = filters(after=after, joins=True, kind=OBJECTS, lines=True)
    given = batch(b'{"id": 7}', b'{"id": 8, "SageMakerOutput": 0}')
    assert joins.kept(given, b'{"p": 1}\n{"p": 2}\n', OBJECTS) == kept


def test_what_is_no_object_becomes_one():
    joins = filters(joins=True, kind="application/json")
    kept = joins.kept(batch(b"[1, 2]"), b"[\n3\n]", "application/json")
    assert kept == b'{"SageMakerInput":[1,2],"SageMakerOutput":[3]}'


def test_answers_alone_are_filtered_in_their_own_format():
    only = filters("$[1:]", "$['class']", accept="application/json", lines=True)
    given = batch(b"7,a", b"8,b")
    assert only.kept(given, b'{"class": 1, "p": 2}\n{"class": 3}', ROWS) == b"1\n3\n"


@pytest.mark.parametrize(
    ("members", "answer", "media", "words"),
    [
        ({}, b"1\n", ROWS, "answered 2 records with 1: JoinSource needs one"),
        ({}, b"[[1], [2]]", OBJECTS, "answered 2 records with 1"),
        ({}, b"1\n2\n", OBJECTS, 'records are "text/csv" and the answers JSON'),
        ({}, b"1\n2\n", "text/plain", 'The answer is "text/plain", of which nothing'),
        ({"accept": OBJECTS, "kind": OBJECTS}, b"1\nx\n", ROWS, "answer is not one of"),
        ({"after": "$[9]"}, b"1\n2\n", ROWS, "fits no record"),
    ],
)
def test_what_cannot_be_joined_is_an_error(members, answer, media, words):
    with pytest.raises(BadInput, match=words):
        filters(joins=True, **members).kept(batch(b"7", b"8"), answer, media)
