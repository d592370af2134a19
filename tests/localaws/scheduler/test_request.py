"""What no schedule may be is refused as AWS refuses it, or in words."""

import pytest
from schedules_made import at

from localaws.api.errors import ServiceError

PLACE = "eu-west-1:123456789012"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob"
FUNCTION = f"arn:aws:lambda:{PLACE}:function:f"


@pytest.mark.parametrize(
    ("expression", "members", "words"),
    [
        ("rate(5 seconds)", {}, r"Invalid Schedule Expression rate\(5 seconds\)\."),
        ("rate(0 minutes)", {}, "Invalid Schedule Expression"),
        ("cron(0 12 * * * *)", {}, "Invalid Schedule Expression"),
        ("rate(1 hour)", {"ScheduleExpressionTimezone": "Mars"}, 'time zone "Mars"'),
        ("cron(0 12 * * ? 2001)", {}, "never fires"),
        ("rate(1 hour)", {"EndDate": 1.0}, "never fires"),
        ("rate(1 hour)", {"StartDate": 2e9, "EndDate": 1.9e9}, "earlier than the End"),
        ("rate(1 hour)", {"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}, "is required"),
        (
            "rate(1 hour)",
            {"FlexibleTimeWindow": {"Mode": "OFF", "MaximumWindowInMinutes": 5}},
            "for the Mode FLEXIBLE",
        ),
        (
            "rate(1 hour)",
            {"target": {"RoleArn": "arn:x"}},
            "must allow AWS Event",
        ),
        ("rate(1 hour)", {"target": {"Arn": UNIVERSAL}}, "universal"),
        ("rate(1 hour)", {"target": {"Arn": f"arn:aws:ecs:{PLACE}:c"}}, "no events to"),
        ("rate(1 hour)", {"target": {"Arn": f"{FUNCTION}.fifo"[:9]}}, "correct format"),
        ("rate(1 hour)", {"target": {"Arn": FUNCTION, "Input": "{"}}, "takes JSON"),
        ("rate(1 hour)", {"target": {"Arn": f"arn:aws:sqs:{PLACE}:q.fifo"}}, "GroupId"),
        (
            "rate(1 hour)",
            {"target": {"EventBridgeParameters": {"Source": "s", "DetailType": "d"}}},
            "EventBridgeParameters",
        ),
        (
            "rate(1 hour)",
            {"target": {"DeadLetterConfig": {"Arn": FUNCTION}}},
            "no standard queue",
        ),
    ],
)
def test_what_would_not_fire_or_not_arrive_is_refused(
    create, ask, expression, members, words
):
    with pytest.raises(ServiceError, match=words):
        create(expression, **members)
    assert ask("ListSchedules")["Schedules"] == []


def test_a_moment_that_has_passed_is_refused(create, context):
    with pytest.raises(ServiceError, match="never fires"):
        create(at(context.clock.now() - 5))


def test_a_rate_may_have_the_plural_as_its_guide_has(create):
    assert create("rate(1 minutes)")["ScheduleArn"].endswith("schedule/default/s")
