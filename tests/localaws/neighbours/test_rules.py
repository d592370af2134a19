"""A rule that would never act is refused, and so is an event that would be lost."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

TRAINING = "SageMaker Training Job State Change"
PLACE = "us-east-1:123456789012"
ROLE = {"RoleArn": "arn:aws:iam::123456789012:role/r"}


@pytest.fixture
def rules(connection):
    return boto3.client("events")


def about(*types, source="aws.sagemaker"):
    kinds = {"detail-type": list(types)} if types else {}
    return json.dumps({"source": [source], **kinds})


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"ScheduleExpression": "rate(1 minutes)"}, "ScheduleExpression is not valid"),
        ({"ScheduleExpression": "rate(2 minute)"}, "ScheduleExpression is not valid"),
        ({"ScheduleExpression": "cron(0 12 * * * *)"}, "ScheduleExpression is not"),
        ({"ScheduleExpression": "at(2030-01-01T00:00:00)"}, "ScheduleExpression is"),
        ({"EventPattern": "{"}, "InvalidEventPatternException"),
        ({"EventPattern": '{"a": [{"regex": "b"}]}'}, "Unrecognized match type regex"),
        ({"EventPattern": about(), "State": "X"}, "X"),
        ({"EventPattern": about("x" * 5000)}, "equal to 4096"),
        ({"Name": "a b", "EventPattern": about()}, "regular expression"),
        ({}, "EventPattern or ScheduleExpression must be specified"),
    ],
)
def test_a_rule_that_is_none_is_refused_in_the_words_of_aws(rules, members, words):
    with pytest.raises(ClientError, match=words):
        rules.put_rule(**{"Name": "wrong", **members})
    assert rules.list_rules(NamePrefix="wrong")["Rules"] == []


@pytest.mark.parametrize(
    "pattern",
    [
        about("SageMaker Feature Group State Change"),
        about("AWS API Call via CloudTrail"),
        about({"prefix": "SageMaker Notebook"}),
        about(source="aws.ec2"),
        about(source={"prefix": "aws.ec2"}),
        about("Object Restored", source="aws.s3"),
    ],
)
def test_a_rule_of_events_that_nobody_sends_is_refused(rules, pattern):
    with pytest.raises(ClientError, match="sends no such event") as refusal:
        rules.put_rule(Name="n", EventPattern=pattern)
    if "aws.sagemaker" in pattern:
        assert TRAINING in str(refusal.value)


@pytest.mark.parametrize(
    "pattern",
    [
        about(),
        about(TRAINING, "SageMaker Pipeline Execution State Change"),
        about({"suffix": "State Change"}),
        about({"anything-but": "x"}, source={"prefix": "aws."}),
        about("Object Created", source="aws.s3"),
        json.dumps({"detail-type": [TRAINING]}),
        about("SageMaker Notebook Instance State Change", source="mine"),
    ],
)
def test_other_rules_are_taken(rules, pattern):
    assert rules.put_rule(Name="taken", EventPattern=pattern)["RuleArn"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ({"Arn": f"arn:aws:states:{PLACE}:stateMachine:m"}, "delivers no events"),
        ({"Arn": f"arn:aws:batch:{PLACE}:job-queue/q"}, "delivers no events"),
        ({"Arn": f"arn:aws:sagemaker:{PLACE}:endpoint/e"}, "delivers no events"),
        ({"Arn": f"arn:aws:events:{PLACE}:api-destination/d/1"}, "delivers no events"),
        ({"Arn": "queue"}, "not in correct format"),
        ({"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}, "another Region than the"),
        ({"Arn": f"arn:aws:sagemaker:{PLACE}:pipeline/p"}, "RoleArn is required"),
        ({"EcsParameters": {"TaskDefinitionArn": "t"}}, "EcsParameters"),
        ({"Input": "{"}, "JSON syntax error"),
        ({"Input": "{}", "InputPath": "$.a"}, "Only one of"),
        ({"InputPath": "detail"}, "Invalid JSONPath"),
        ({"InputTransformer": {"InputTemplate": "<x>"}}, "no path"),
        ({"DeadLetterConfig": {"Arn": f"arn:aws:sns:{PLACE}:t"}}, "DeadLetterConfig"),
    ],
)
def test_a_target_that_would_hear_nothing_is_refused(rules, target, words):
    rules.put_rule(Name="t", EventPattern=about(source="mine"))
    given = {"Id": "1", "Arn": f"arn:aws:sqs:{PLACE}:q", **target}
    with pytest.raises(ClientError, match=words):
        rules.put_targets(Rule="t", Targets=[given])
    assert rules.list_targets_by_rule(Rule="t")["Targets"] == []


def test_targets_that_are_told_are_taken_five_of_a_rule(rules):
    resources = {
        "sqs": "q",
        "sns": "t",
        "logs": "log-group:g",
        "events": "event-bus/b",
        "lambda": "function:f",
        "kinesis": "stream/s",
        "firehose": "deliverystream/d",
        "sagemaker": "pipeline/p",
    }
    targets = [
        {"Id": name, "Arn": f"arn:aws:{name}:{PLACE}:{rest}", **ROLE}
        for name, rest in resources.items()
    ]
    for name in ("told", "too"):
        rules.put_rule(Name=name, EventPattern=about(TRAINING))
    told = rules.put_targets(Rule="told", Targets=targets[:5])
    assert told["FailedEntryCount"] == 0
    assert rules.put_targets(Rule="told", Targets=targets[:2])["FailedEntryCount"] == 0
    with pytest.raises(rules.exceptions.LimitExceededException):
        rules.put_targets(Rule="told", Targets=targets[5:6])
    assert rules.put_targets(Rule="too", Targets=targets[5:])["FailedEntryCount"] == 0


def test_each_entry_is_told_what_is_wrong_with_it(rules):
    good = {"Source": "mine", "DetailType": "d", "Detail": "{}"}
    wrong = {
        "InvalidArgument": [{"Source": ""}, {"DetailType": ""}],
        "MalformedDetail": [
            {"Detail": "{"},
            {"Detail": "[]"},
            {"Detail": '{"a": 1e999}'},
        ],
        "NotAuthorizedForSourceException": [{"Source": "aws.sagemaker"}],
        "ResourceNotFoundException": [
            {"EventBusName": "nowhere"},
            {"EventBusName": "arn:aws:events:us-east-1:999999999999:event-bus/default"},
        ],
    }
    changes = [(code, one) for code, several in wrong.items() for one in several]
    entries = [good, *({**good, **one} for _, one in changes), good]
    found = rules.put_events(Entries=entries)
    codes = [row.get("ErrorCode") for row in found["Entries"]]
    assert codes == [None, *(code for code, _ in changes), None]
    assert found["FailedEntryCount"] == len(changes)
    assert (
        len({row["EventId"] for row in (found["Entries"][0], found["Entries"][-1])})
        == 2
    )


def test_too_many_entries_and_too_many_bytes_are_refused(rules):
    good = {"Source": "mine", "DetailType": "d", "Detail": "{}"}
    with pytest.raises(ClientError, match="less than or equal to 10"):
        rules.put_events(Entries=[good] * 11)
    large = {**good, "Detail": json.dumps({"a": "x" * 40_000})}
    assert rules.put_events(Entries=[large] * 6)["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match="over the limit"):
        rules.put_events(Entries=[large] * 7)


def test_a_pattern_is_tested_without_a_rule(rules):
    event = dict.fromkeys(("id", "account", "source", "time", "region"), "x")
    event |= {"detail-type": "d", "resources": [], "detail": {"n": 5}}

    def test(pattern, event=event):
        given = {"EventPattern": json.dumps(pattern), "Event": json.dumps(event)}
        return rules.test_event_pattern(**given)["Result"]

    assert test({"detail": {"n": [{"numeric": [">", 4]}]}})
    assert not test({"detail": {"n": [{"numeric": [">", 5]}]}})
    with pytest.raises(rules.exceptions.InvalidEventPatternException, match="Reason"):
        test({"detail": {"n": []}})
    with pytest.raises(ClientError, match="Parameter Event is not valid"):
        test({"detail": {"n": [5]}}, {"id": "1"})
