"""Schedules without a server: operations are asked, and deliveries are noted."""

import json

import pytest
from schedules_made import delivering, passed

from localaws.api.registry import OPERATIONS, Call
from localaws.scheduler import groups, operations  # noqa: F401 -- they register

REGION = "eu-west-1"
ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"


@pytest.fixture
def role(context):
    """The ARN of a role that the Scheduler may assume."""
    iam = context.clients.get("iam", REGION)
    service = {"Service": "scheduler.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = iam.create_role(RoleName="scheduled", AssumeRolePolicyDocument=text)
    return made["Role"]["Arn"]


@pytest.fixture
def ask(context):
    """Return a function that asks an operation of the Scheduler."""
    operations.setup(context)

    def asked(operation, **members):
        call = Call(operation, members, REGION, context, None)
        return OPERATIONS["scheduler", operation](call)

    yield asked
    context.clock.stop()


@pytest.fixture
def create(ask, role):
    """Return a function that creates a schedule of a queue."""

    def made(expression, name="s", target=None, **members):
        given = {"Arn": QUEUE, "RoleArn": role, **(target or {})}
        members.setdefault("FlexibleTimeWindow", {"Mode": "OFF"})
        return ask(
            "CreateSchedule",
            Name=name,
            ScheduleExpression=expression,
            Target=given,
            **members,
        )

    return made


@pytest.fixture
def delivered(context, monkeypatch):
    """What targets have received: the seconds since the begin, and the text."""
    begun, found = context.clock.now(), []

    def send(context, target, text, source, who):
        found.append((context.clock.now() - begun, text))

    with delivering(context, monkeypatch, send):
        yield found


@pytest.fixture
def pass_by(context):
    """Return a function that lets seconds pass and awaits what they bring."""
    return lambda seconds: passed(context, seconds)
