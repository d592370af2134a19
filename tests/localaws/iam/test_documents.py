"""Policy documents that are none are refused in words, and grant nothing."""

import json

import pytest

from localaws.iam import documents, policy

GOOD = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
ODD = {
    "7": "JSON object",
    "null": "JSON object",
    "[]": "JSON object",
    '"x"': "JSON object",
    "{": "not valid JSON",
    "[" * 10_000: "too deeply",
    '{"Statement":' * 10_000: "too deeply",
    '{"Statement": 7}': "must be an object",
    '{"Statement": [null]}': "must be an object",
    '{"Statement": {"Effect": 1}}': "Effect",
    '{"Statement": {"Effect": []}}': "Effect",
    " " * 200_000: "more than",
}
WRONG = {
    "Action": [7, None, {}, [7], [[]]],
    "NotAction": [7],
    "Resource": [False, {"x": 1}, "*a" * 2049],
    "NotResource": [[None]],
    "Principal": ["x", 7, None, [], {"AWS": 7}, {"AWS": [{}]}],
    "NotPrincipal": [7],
    "Condition": [7, [], None, {"Bool": 7}, {"Null": []}, {"Bool": {"x": {}}}],
}


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_document_is_refused_in_words(text):
    with pytest.raises(ValueError, match=ODD[text]):
        documents.read(text)
    assert documents.stored(text) == {}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
def test_an_element_of_a_wrong_type_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        documents.read(json.dumps({"Statement": [{**GOOD, name: value}]}))


def test_a_document_is_read_with_all_its_elements():
    whole = {
        **GOOD,
        "Principal": {"AWS": ["arn:aws:iam::1:root"], "Service": "s3.amazonaws.com"},
        "Condition": {"NumericLessThan": {"s3:max-keys": 10}, "Bool": {"x": [True]}},
    }
    for document in ({"Statement": whole}, {"Statement": [whole]}, {}):
        assert documents.read(json.dumps(document)) == document


@pytest.mark.parametrize("values", [[], ["true"], [True]])
def test_a_condition_of_any_values_is_decided(values):
    values = [value for value in values if value is not None]
    statement = {
        **GOOD,
        "Condition": {"Null": {"x": values}, "StringLike": {"y": values}},
    }
    question = policy.Question("s3:GetObject")
    assert policy.decide([{"Statement": statement}], question) == policy.SILENT
