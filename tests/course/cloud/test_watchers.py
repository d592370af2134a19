"""What watches is seen, and removed, where it bears the course's name."""

import json

import boto3
import pytest

from course.cloud import connect

ALARM = {
    "Namespace": "N",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}
NEVER = "at(2100-01-01T00:00:00)"


@pytest.fixture
def made(cloud):
    """A topic, an alarm, a dashboard and a schedule, of the course and of another."""
    cloud = connect("local")
    sns, cloudwatch, scheduler = map(boto3.client, ["sns", "cloudwatch", "scheduler"])
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust["Principal"] = {"Service": "scheduler.amazonaws.com"}
    role = boto3.client("iam").create_role(
        RoleName="n2e-watch",
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [trust]}
        ),
    )
    for name in ("n2e-watch", "others"):
        arn = sns.create_topic(Name=name)["TopicArn"]
        cloudwatch.put_metric_alarm(AlarmName=name, **ALARM)
        body = '{"widgets": []}'
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression=NEVER,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": arn, "RoleArn": role["Role"]["Arn"]},
        )
    yield cloud
    cloudwatch.delete_alarms(AlarmNames=["others"])
    cloudwatch.delete_dashboards(DashboardNames=["others"])
    scheduler.delete_schedule(Name="others")
    sns.delete_topic(TopicArn=arn)


def test_what_watches_is_left_over_until_it_is_removed(made):
    kinds = ["schedule", "alarm", "dashboard", "topic"]
    found = [f"{kind} n2e-watch" for kind in kinds]
    assert made.leftovers() == found
    assert made.clean_up() == [*found, "role n2e-watch"]
    assert made.leftovers() == []
    alarms = boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert [row["AlarmName"] for row in alarms] == ["others"]
    topics = boto3.client("sns").list_topics()["Topics"]
    assert [row["TopicArn"].rpartition(":")[2] for row in topics] == ["others"]
