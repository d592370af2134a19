"""Schedules are created, shown, changed, listed and deleted; on a server they fire."""

import json
import threading
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from functions_made import create as create_function
from functions_made import said
from schedules_made import at

from localaws.api.errors import ServiceError
from localaws.scheduler import operations


def test_a_schedule_is_shown_as_it_was_made_and_changed_as_a_whole(
    create, ask, role, delivered
):
    made = create("rate(1 hour)", StartDate=2e9, Description="d", ClientToken="t")
    assert create("rate(1 hour)", StartDate=2e9, ClientToken="t") == made
    with pytest.raises(ServiceError, match="already exists"):
        create("rate(1 hour)")
    found = ask("GetSchedule", Name="s")
    assert found["Description"] == "d" and found["Arn"] == made["ScheduleArn"]
    assert found["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 185
    changed = {"Arn": found["Target"]["Arn"], "RoleArn": role, "Input": "i"}
    ask(
        "UpdateSchedule",
        Name="s",
        ScheduleExpression="rate(2 hours)",
        StartDate=2.1e9,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=changed,
    )
    again = ask("GetSchedule", Name="s")
    assert "Description" not in again and again["Target"]["Input"] == "i"
    assert again["CreationDate"] == found["CreationDate"]
    assert again["LastModificationDate"] > found["LastModificationDate"]
    ask("DeleteSchedule", Name="s")
    for operation in ("GetSchedule", "DeleteSchedule"):
        with pytest.raises(ServiceError, match="Schedule s does not exist"):
            ask(operation, Name="s")


@pytest.mark.parametrize("other", ["CreateSchedule", "DeleteScheduleGroup"])
def test_two_requests_at_once_come_one_after_the_other(
    create, ask, context, monkeypatch, other
):
    ask("CreateScheduleGroup", Name="g")
    own = operations.check
    threads, told = [], []

    def meanwhile():
        try:
            if other == "CreateSchedule":
                create("rate(1 hour)", GroupName="g")
            else:
                ask(other, Name="g")
        except ServiceError as error:
            told.append(error.code)

    def check(*given):
        own(*given)
        if not threads:  # between what a request looks at and what it changes
            threads.append(threading.Thread(target=meanwhile))
            threads[0].start()
            threads[0].join(0.3)

    monkeypatch.setattr(operations, "check", check)
    create("rate(1 hour)", GroupName="g", StartDate=2e9)
    threads[0].join(10)
    left = [row["Name"] for row in ask("ListSchedules")["Schedules"]]
    expected = (["ConflictException"], ["s"]) if other[0] == "C" else ([], [])
    assert (told, left) == expected


def test_lists_have_pages_and_filters(create, ask, delivered):
    ask("CreateScheduleGroup", Name="g")
    for n in range(3):
        create("rate(1 hour)", f"a{n}", StartDate=2e9)
    create("rate(1 hour)", "b", StartDate=2e9, State="DISABLED", GroupName="g")

    def names(**given):
        page = ask("ListSchedules", **given)
        return [row["Name"] for row in page["Schedules"]], page.get("NextToken")

    first, token = names(MaxResults=2)
    assert first == ["a0", "a1"] and names(NextToken=token)[0] == ["a2", "b"]
    assert names(NamePrefix="b")[0] == names(GroupName="g")[0] == ["b"]
    assert names(State="DISABLED")[0] == ["b"]
    with pytest.raises(ServiceError, match="Schedule group x does not exist"):
        names(GroupName="x")


@pytest.fixture
def scheduled(connection):
    """A client of the Scheduler, and a role that may call functions."""
    iam, name = boto3.client("iam"), f"r-{time.time_ns()}"
    allow = {"Effect": "Allow"}
    service = {"Service": "scheduler.amazonaws.com"}
    trust = {**allow, "Principal": service, "Action": "sts:AssumeRole"}
    policy = {**allow, "Action": "lambda:InvokeFunction", "Resource": "*"}
    texts = [
        json.dumps({"Version": "2012-10-17", "Statement": [one]})
        for one in (trust, policy)
    ]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=texts[0])["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=texts[1])
    return boto3.client("scheduler"), role["Arn"]


TELL = """
import json, time
def handler(event, context):
    print("fired", json.dumps({"now": time.time(), "event": event}))
"""


def test_on_a_server_a_function_is_called_within_a_second_of_its_time(scheduled):
    client, role = scheduled
    name = create_function(TELL)
    target = {"Arn": boto3.client("lambda").get_function(FunctionName=name)}
    target["Arn"] = target["Arn"]["Configuration"]["FunctionArn"]
    boto3.client("lambda").invoke(FunctionName=name)  # it is warm then
    due = int(time.time()) + 3
    made = client.create_schedule(
        Name=name,
        ScheduleExpression=at(due),
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={**target, "RoleArn": role},
        ActionAfterCompletion="DELETE",
    )
    lines = said(name, "aws.scheduler", seconds=20)
    [line] = [one for one in lines if one.startswith("fired") and "scheduler" in one]
    told = json.loads(line.removeprefix("fired "))
    assert 0 <= told["now"] - due < 1
    assert told["event"]["resources"] == [made["ScheduleArn"]]
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_schedule(Name=name)


def test_a_group_has_tags_and_takes_its_schedules_along(scheduled):
    client, role = scheduled
    tags = [{"Key": "a", "Value": "b"}]
    arn = client.create_schedule_group(Name="g", Tags=tags)["ScheduleGroupArn"]
    with pytest.raises(client.exceptions.ConflictException):
        client.create_schedule_group(Name="g")
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    left = client.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert left == [{"Key": "c", "Value": "d"}]
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    given = {"FlexibleTimeWindow": {"Mode": "OFF"}, "GroupName": "g", "Name": "s"}
    given |= {"Target": {"Arn": queue, "RoleArn": role}, "StartDate": time.time() + 1e6}
    client.create_schedule(ScheduleExpression="rate(1 hour)", **given)
    groups = client.list_schedule_groups()["ScheduleGroups"]
    assert [row["Name"] for row in groups] == ["default", "g"]
    assert client.get_schedule_group(Name="g")["State"] == "ACTIVE"
    client.delete_schedule_group(Name="g")
    assert client.list_schedules()["Schedules"] == []
    with pytest.raises(ClientError, match="cannot be deleted"):
        client.delete_schedule_group(Name="default")
