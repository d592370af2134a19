"""A rule that would never act is refused, and so is an event of a false source."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

TRAINING = "SageMaker Training Job State Change"
PLACE = "us-east-1:123456789012"


@pytest.fixture
def rules(connection):
    return boto3.client("events")


def about(*types, source="aws.sagemaker"):
    kinds = {"detail-type": list(types)} if types else {}
    return json.dumps({"source": [source], **kinds})


def test_a_rule_on_a_schedule_is_refused(rules):
    for schedule in ("rate(5 minutes)", "cron(0 12 * * ? *)"):
        with pytest.raises(ClientError, match="would never fire"):
            rules.put_rule(Name="s", ScheduleExpression=schedule)
    assert rules.list_rules(NamePrefix="s")["Rules"] == []


@pytest.mark.parametrize(
    "types",
    [
        ["SageMaker Feature Group State Change"],
        ["AWS API Call via CloudTrail"],
        [{"prefix": "SageMaker Notebook"}],
    ],
)
def test_a_rule_of_events_that_nobody_sends_is_refused(rules, types):
    with pytest.raises(ClientError, match=f"no such event.*{TRAINING}"):
        rules.put_rule(Name="n", EventPattern=about(*types))


@pytest.mark.parametrize(
    "pattern",
    [
        about(),
        about(TRAINING, "SageMaker Pipeline Execution State Change"),
        about({"suffix": "State Change"}),
        about({"anything-but": "x"}, source={"prefix": "aws."}),
        json.dumps({"detail-type": [TRAINING]}),
        about("SageMaker Notebook Instance State Change", source="mine"),
    ],
)
def test_other_rules_are_taken(rules, pattern):
    assert rules.put_rule(Name="taken", EventPattern=pattern)["RuleArn"]


def test_a_pattern_that_is_wrong_is_refused_in_the_words_of_aws(rules):
    with pytest.raises(ClientError, match="InvalidEventPattern"):
        rules.put_rule(Name="w", EventPattern="{")


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:states:{PLACE}:stateMachine:m",
        f"arn:aws:batch:{PLACE}:job-queue/q",
        f"arn:aws:sagemaker:{PLACE}:pipeline/p",
        f"arn:aws:events:{PLACE}:api-destination/d/1",
    ],
)
def test_a_target_that_would_hear_nothing_is_refused(rules, arn, monkeypatch):
    target = {"Rule": "t", "Targets": [{"Id": "1", "Arn": arn}]}
    rules.put_rule(Name="t", EventPattern=about(TRAINING))
    with pytest.raises(ClientError, match=arn):
        rules.put_targets(**target)
    assert rules.list_targets_by_rule(Rule="t")["Targets"] == []
    rules.put_rule(Name="t", EventPattern=about(source="mine"))
    assert rules.put_targets(**target)["FailedEntryCount"] == 0
    with pytest.raises(ClientError, match=arn):
        rules.put_rule(Name="t", EventPattern=about())
    rules.remove_targets(Rule="t", Ids=["1"])


def test_targets_that_are_told_are_taken(rules):
    resources = {
        "sqs": "q",
        "sns": "t",
        "logs": "log-group:g",
        "kinesis": "stream/s",
        "firehose": "deliverystream/d",
        "events": "event-bus/b",
        "lambda": "function:f",
    }
    arns = [f"arn:aws:{name}:{PLACE}:{rest}" for name, rest in resources.items()]
    targets = [{"Id": str(n), "Arn": arn} for n, arn in enumerate(arns)]
    rules.put_rule(Name="told", EventPattern=about(TRAINING))
    assert rules.put_targets(Rule="told", Targets=targets)["FailedEntryCount"] == 0


def test_an_event_of_a_customer_is_none_of_aws(rules):
    entries = [
        {"Source": source, "DetailType": "d", "Detail": "{}"}
        for source in ("mine", "aws.sagemaker", "aws.", "yours")
    ]
    found = rules.put_events(Entries=entries)
    codes = [row.get("ErrorCode") for row in found["Entries"]]
    refused = "NotAuthorizedForSourceException"
    assert codes == [None, refused, refused, None]
    assert found["FailedEntryCount"] == 2 and found["Entries"][3]["EventId"]
    assert rules.put_events(Entries=entries[1:2])["FailedEntryCount"] == 1
