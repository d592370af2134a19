"""Actions that would do nothing are refused, and others are performed."""

import json

import pytest

from localaws.alarms import actions
from localaws.api.errors import ServiceError

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


@pytest.mark.parametrize(
    ("arn", "composite", "code"),
    [
        ("arn:aws:automate:us-east-1:ec2:stop", False, "NotImplementedException"),
        ("arn:aws:swf:us-east-1:1:action/actions/x", False, "NotImplementedException"),
        ("arn:aws:ssm:us-east-1:1:opsitem:3", False, "NotImplementedException"),
        ("arn:aws:autoscaling:us-east-1:1:scalingPolicy:x", False, "NotImpl"),
        (QUEUE, False, "NotImplementedException"),
        ("mail@example.com", False, "ValidationError"),
        ("arn:aws:sns:us-east-1:1:", False, "ValidationError"),
    ],
)
def test_what_nobody_performs_is_refused(context, monkeypatch, arn, composite, code):
    known = {name: actions.HANDLERS[name] for name in ("sns", "lambda")}
    monkeypatch.setattr(actions, "HANDLERS", known)
    with pytest.raises(ServiceError) as caught:
        actions.check(context, "us-east-1", [arn], composite)
    assert caught.value.code.startswith(code)


def test_an_action_is_in_the_region_of_its_alarm(context):
    arn = "arn:aws:sns:us-east-1:123456789012:t"
    actions.check(context, "us-east-1", [arn], False)
    words = "Invalid region us-east-1 specified. Only eu-west-1 is supported."
    with pytest.raises(ServiceError, match=words) as caught:
        actions.check(context, "eu-west-1", [arn], False)
    assert caught.value.code == "ValidationError"


def test_a_handler_that_is_registered_checks_what_it_is_asked(context, monkeypatch):
    monkeypatch.setattr(actions, "HANDLERS", dict(actions.HANDLERS))

    def check(context, arn):
        raise ServiceError("ValidationError", f"no policy {arn}")

    arn = "arn:aws:autoscaling:us-east-1:1:scalingPolicy:x"
    actions.register("autoscaling", print, check=check, of_composites=False)
    with pytest.raises(ServiceError, match="no policy"):
        actions.check(context, "us-east-1", [arn], False)
    with pytest.raises(ServiceError, match="does not perform"):
        actions.check(context, "us-east-1", [arn], True)


def test_a_topic_hands_on_what_it_is_told(alarmed):
    context = alarmed.context
    sqs = context.clients.get("sqs", "us-east-1")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sns = context.clients.get("sns", "us-east-1")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)
    alarmed.alarm(AlarmActions=[topic])
    alarmed.put(5.0)
    alarmed.next()
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == 'ALARM: "busy" in US East (N. Virginia)'
    told = json.loads(body["Message"])
    assert told["NewStateValue"] == "ALARM" and told["Trigger"]["MetricName"] == "m"


def test_a_function_that_does_not_let_alarms_call_it_is_not_called(alarmed):
    function = "arn:aws:lambda:us-east-1:123456789012:function:f"
    alarmed.alarm(AlarmActions=[function])
    alarmed.put(5.0)
    alarmed.next()
    [item] = alarmed("DescribeAlarmHistory", HistoryItemType="Action")[
        "AlarmHistoryItems"
    ]
    assert "does not let lambda.alarms.cloudwatch.amazonaws.com" in item["HistoryData"]
