"""The cache: durations, what steps must share, and which result is used again."""

import pytest

from localaws.pipelines.caching import hit, key, seconds

DAY = 86400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30d", 30 * DAY),  # the examples of AWS's page
        ("5y", 5 * 365 * DAY),
        ("T16m", 16 * 60),
        ("30dT5h", 30 * DAY + 5 * 3600),
        ("p30d", 30 * DAY),  # and of the SDK's
        ("P4DT12H", 4.5 * DAY),
        ("T12H", DAY / 2),
        ("PT1H", 3600),
    ],
)
def test_durations_are_those_of_iso_8601(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "P", "1 hour", "T", "10", "-P1D"])
def test_what_is_no_duration_is_told(text):
    with pytest.raises(ValueError, match="is no duration"):
        seconds(text)


def test_a_key_has_what_aws_compares_and_nothing_else():
    one = {"AppSpecification": {"ImageUri": "i"}, "ProcessingInputs": [1]}
    other = {**one, "ProcessingOutputConfig": {"Outputs": []}, "RoleArn": "r"}
    assert key("Processing", one) == key("Processing", other)
    assert key("Processing", one) != key(
        "Processing", {**one, "Environment": {"a": "b"}}
    )
    assert key("Processing", one) != key("Training", one)
    tuning = {"TrainingJobDefinition": {"StaticHyperParameters": {"a": "1"}}}
    longer = {
        "TrainingJobDefinition": {**tuning["TrainingJobDefinition"], "RoleArn": "r"}
    }
    assert key("Tuning", tuning) == key("Tuning", longer)
    assert key("Lambda", {"a": 1}, "f") != key("Lambda", {"a": 1}, "g")


def execution(arn, **steps):
    return {"PipelineExecutionArn": arn, "_steps": steps}


def step(end, status="Succeeded", **more):
    return {"Key": "k", "Status": status, "EndTime": end, **more}


def test_the_newest_success_within_the_time_is_used_again():
    executions = [
        execution("old", a=step(10)),
        execution("new", a=step(20), b=step(25, Key="another")),
        execution("failed", a=step(30, "Failed")),
        execution("repeated", a=step(40, Cache={"x": 1}), b=step(40, Selective={})),
        execution("running", a={"Key": "k", "Status": "Executing"}),
    ]
    assert hit(executions, "k", since=5)["Source"] == "new"
    assert hit(executions, "k", since=21) is None
    assert hit(executions, "nothing", since=0) is None
