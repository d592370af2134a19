"""A target is told in the name of a role, or because its own policy lets it be."""

import json

import pytest

from localaws.api.errors import ServiceError
from localaws.eventbridge.targets import RULES, SCHEDULER, check_kind, send, service_of

REGION, ACCOUNT = "eu-west-1", "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"


@pytest.fixture
def role(context):
    """Return a function that makes a role of the Scheduler for one action."""
    iam = context.clients.get("iam", REGION)

    def made(action, resource, trusted=SCHEDULER):
        allow, name = {"Effect": "Allow"}, f"{action}-{trusted}".replace(":", "-")
        trust = {**allow, "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        policy = {**allow, "Action": action, "Resource": resource}
        texts = [
            json.dumps({"Version": "2012-10-17", "Statement": [one]})
            for one in (trust, policy)
        ]
        found = iam.create_role(RoleName=name, AssumeRolePolicyDocument=texts[0])
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=texts[1])
        return found["Role"]["Arn"]

    return made


@pytest.fixture
def read(context):
    """Return a function that reads what is in the queue."""
    sqs = context.clients.get("sqs", REGION)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]

    def found():
        rows = sqs.receive_message(QueueUrl=url).get("Messages", [])
        return [row["Body"] for row in rows]

    return found


def test_a_schedule_tells_a_queue_as_its_role_may(context, role, read):
    for action, resource, trusted, words in (
        ("sqs:SendMessage", QUEUE, RULES, "does not trust scheduler"),
        ("sqs:ReceiveMessage", QUEUE, SCHEDULER, "not authorized to perform"),
        ("sqs:SendMessage", f"{QUEUE}x", SCHEDULER, "not authorized to perform"),
    ):
        target = {"Arn": QUEUE, "RoleArn": role(action, resource, trusted)}
        with pytest.raises(PermissionError, match=words):
            send(context, target, "t", "arn:schedule", SCHEDULER)
        context.clients.get("iam", REGION).delete_role_policy(
            RoleName=target["RoleArn"].rpartition("/")[2], PolicyName="p"
        )
        context.clients.get("iam", REGION).delete_role(
            RoleName=target["RoleArn"].rpartition("/")[2]
        )
    assert read() == []
    target = {"Arn": QUEUE, "RoleArn": role("sqs:SendMessage", QUEUE)}
    send(context, target, "t", "arn:schedule", SCHEDULER)
    assert read() == ["t"]


def test_a_rule_tells_a_queue_without_a_role(context, read):
    send(context, {"Arn": QUEUE}, "t", "arn:rule", RULES)
    assert read() == ["t"]


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        ("nothing", "not in correct format"),
        (f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/e", "delivers no events"),
        (f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:m", "delivers no events"),
    ],
)
def test_a_kind_that_nothing_is_sent_to_is_refused(arn, words):
    with pytest.raises(ServiceError, match=words):
        check_kind(arn, ("sqs", "sagemaker"))


def test_an_arn_has_a_service_a_region_and_a_resource():
    assert service_of(QUEUE) == ("sqs", REGION, "q")
    assert service_of("arn:aws") == ("", "", "")
