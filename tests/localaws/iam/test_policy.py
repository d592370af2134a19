"""Statements decide as the IAM user guide says."""

import json
import random
import time

import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult

from localaws.iam import policy
from localaws.iam.policy import ALLOWED, DENIED, SILENT, Question, decide, like, missing

BUCKET = "arn:aws:s3:::b"


def statement(effect="Allow", action="s3:*", resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def decision(*statements, action="s3:GetObject", resource=f"{BUCKET}/k", **more):
    documents = [{"Version": "2012-10-17", "Statement": one} for one in statements]
    return decide(documents, Question(action, resource, **more))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], SILENT),
        ([statement()], ALLOWED),
        ([statement(action="S3:getobject")], ALLOWED),
        ([statement(action=["sqs:*", "s3:Get??ject"])], ALLOWED),
        ([statement(action="s3:Put*")], SILENT),
        ([statement(resource=f"{BUCKET}/*")], ALLOWED),
        ([statement(resource=BUCKET)], SILENT),
        ([statement(resource="arn:aws:s3:::B/*")], SILENT),
        ([statement(resource="arn.aws.s3...b/k")], SILENT),
        ([statement(), statement("Deny", "s3:Get*")], DENIED),
        ([statement("Deny", resource=f"{BUCKET}/other"), statement()], ALLOWED),
        ([[statement(), statement("Deny", "s3:Put*")]], ALLOWED),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ALLOWED),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], SILENT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/*"}], SILENT),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:x"}], ALLOWED),
    ],
)
def test_actions_and_resources_decide_and_a_denial_wins(given, expected):
    assert decision(*given) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"AWS:Name": "x"}}, True),
        ({"StringEquals": {"aws:name": ["a", "x"]}}, True),
        ({"StringNotEquals": {"aws:name": ["a", "x"]}}, False),
        ({"StringLike": {"aws:name": "?"}}, True),
        ({"StringEquals": {"aws:absent": "x"}}, False),
        ({"StringNotEquals": {"aws:absent": "x"}}, True),
        ({"StringEqualsIfExists": {"aws:absent": "x"}}, True),
        ({"Null": {"aws:absent": "true"}}, True),
        ({"Null": {"aws:name": "true"}}, False),
        ({"NumericLessThan": {"n": "10"}}, True),
        ({"NumericGreaterThanEquals": {"n": "10"}}, False),
        ({"DateGreaterThan": {"date": "2024-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"date": "2024-01-01"}}, False),
        ({"Bool": {"secure": "true"}}, True),
        ({"IpAddress": {"ip": "10.0.0.0/8"}}, True),
        ({"NotIpAddress": {"ip": ["10.0.0.0/8", "::1/128"]}}, False),
        ({"ForAllValues:StringEquals": {"tags": ["a", "b", "c"]}}, True),
        ({"ForAllValues:StringEquals": {"tags": ["a"]}}, False),
        ({"ForAnyValue:StringEquals": {"tags": ["b", "z"]}}, True),
        ({"ForAnyValue:StringEquals": {"tags": "z"}}, False),
        ({"StringLike": {"aws:name": "${aws:name}"}}, True),
        ({"StringEquals": {"aws:name": "x"}, "Bool": {"secure": "false"}}, False),
        ({"NumericEquals": {"aws:name": "1"}}, False),
        ({"NoSuchOperator": {"aws:name": "x"}}, False),
    ],
)
def test_conditions_hold_as_the_user_guide_says(condition, expected):
    keys = {
        "aws:name": ["x"],
        "n": ["9"],
        "date": ["2024-06-01T00:00:00Z"],
        "secure": ["true"],
        "ip": ["10.1.2.3"],
        "tags": ["a", "b"],
    }
    given = statement(Condition=condition)
    assert (decision(given, keys=keys) == ALLOWED) is expected


def test_policy_variables_stand_for_the_callers_own_values():
    own = statement(resource=f"{BUCKET}/${{aws:username}}/*")
    found = [
        decision(own, resource=f"{BUCKET}/{folder}/k", keys={"aws:username": ["ann"]})
        for folder in ("ann", "bob", "${aws:username}")
    ]
    assert found == [ALLOWED, SILENT, SILENT]


@pytest.mark.parametrize(
    ("principal", "caller", "expected"),
    [
        ("*", "arn:aws:iam::1:user/u", ALLOWED),
        ({"AWS": "*"}, "arn:aws:iam::1:user/u", ALLOWED),
        ({"AWS": ["arn:aws:iam::1:user/u"]}, "arn:aws:iam::1:user/u", ALLOWED),
        ({"AWS": "arn:aws:iam::1:user/v"}, "arn:aws:iam::1:user/u", SILENT),
        ({"Service": "sagemaker.amazonaws.com"}, "sagemaker.amazonaws.com", ALLOWED),
        ({"Service": "lambda.amazonaws.com"}, "sagemaker.amazonaws.com", SILENT),
        ({"AWS": "*"}, "sagemaker.amazonaws.com", SILENT),
    ],
)
def test_a_principal_is_meant_by_its_name(principal, caller, expected):
    given = {**statement(), "Principal": principal}
    assert decision(given, principals=frozenset({caller})) == expected


def test_the_keys_that_a_policy_asks_for_and_nobody_gave_are_named():
    condition = {"StringEquals": {"aws:A": "1", "aws:B": "2"}}
    policy = {"Statement": statement(Condition=condition)}
    assert missing([policy], {"aws:a": ["1"]}) == ["aws:B"]


def test_plain_policies_decide_as_motos_own_evaluator_does():
    chance = random.Random(0)
    words = {PermissionResult.PERMITTED: ALLOWED, PermissionResult.DENIED: DENIED}
    names = ["s3:Get*", "s3:GetObject", "s3:Put*", "s3:*", "*", "iam:PassRole"]
    places = ["*", BUCKET, f"{BUCKET}/*", f"{BUCKET}/k", "arn:aws:s3:::c/*"]

    for _ in range(300):
        statements = [
            statement(chance.choice(["Allow", "Allow", "Deny"]), names[i], places[j])
            for i, j in [(chance.randrange(6), chance.randrange(5)) for _ in range(3)]
        ]
        document = {"Version": "2012-10-17", "Statement": statements}
        action = chance.choice(["s3:GetObject", "s3:PutObject", "iam:PassRole"])
        resource = chance.choice([BUCKET, f"{BUCKET}/k", "arn:aws:s3:::c/d"])
        theirs = IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)
        ours = decide([document], Question(action, resource))
        assert ours == words.get(theirs, SILENT), (document, action, resource)


@pytest.mark.parametrize(
    "pattern", ["*a" * 12 + "*b", "*?a" * 12 + "b", "*" * 60 + "b"]
)
def test_no_wildcards_hold_the_server(pattern):
    begin = time.monotonic()
    assert not like(pattern, "a" * 60)
    assert time.monotonic() - begin < 0.5


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("a*b*c", "a-b-b-c", True),
        ("a*bc", "abcabc", True),
        ("a*bc?", "abcabc", False),
        ("[ab]", "a", False),
        ("[!a]*", "[!a]\n", True),
        ("*", "", True),
        ("?", "", False),
        ("a\\*", "a\\x", True),
    ],
)
def test_wildcards_are_all_that_a_pattern_has(pattern, text, fits):
    assert like(pattern, text) is fits


SOUND = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
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
        policy.read(text)
    assert policy.stored(text) == {}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]]
)
def test_an_element_of_a_wrong_type_is_named(name, value):
    with pytest.raises(ValueError, match=name):
        policy.read(json.dumps({"Statement": [{**SOUND, name: value}]}))


def test_a_document_is_read_with_all_its_elements():
    whole = {
        **SOUND,
        "Principal": {"AWS": ["arn:aws:iam::1:root"], "Service": "s3.amazonaws.com"},
        "Condition": {"NumericLessThan": {"s3:max-keys": 10}, "Bool": {"x": [True]}},
    }
    for document in ({"Statement": whole}, {"Statement": [whole]}, {}):
        assert policy.read(json.dumps(document)) == document


@pytest.mark.parametrize("values", [[], ["true"], [True]])
def test_a_condition_of_any_values_is_decided(values):
    values = [value for value in values if value is not None]
    statement = {
        **SOUND,
        "Condition": {"Null": {"x": values}, "StringLike": {"y": values}},
    }
    question = policy.Question("s3:GetObject")
    assert policy.decide([{"Statement": statement}], question) == policy.SILENT
