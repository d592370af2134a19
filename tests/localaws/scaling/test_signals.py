"""What an alarm tells a policy: datapoints of its own, or of its metric now."""

import json

import pytest

from localaws.alarms import actions
from localaws.alarms.records import Transition
from localaws.api.errors import ServiceError
from localaws.scaling import signals


class Metric:
    """Stands for CloudWatch's client: it has datapoints, and notes what is asked."""

    def __init__(self, *values):
        self.values = values

    def get_metric_statistics(self, **asked):
        self.asked = asked
        rows = [
            {"Timestamp": number, "Sum": value}
            for number, value in enumerate(self.values)
        ]
        return {"Datapoints": rows[::-1]}


def alarm(state, *said):
    data = json.dumps({"recentDatapoints": list(said)}) if said else "of my own"
    return {
        "AlarmName": "alarm",
        "StateValue": state,
        "StateReasonData": data,
        "Threshold": 10,
        "Namespace": "n",
        "MetricName": "m",
        "Dimensions": [],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
    }


@pytest.fixture
def hear(scaled):
    """Return a function that lets the policy hear of an alarm."""
    scaled.target(1, 9)
    arn = scaled.tracking(ScaleOutCooldown=0)
    real = scaled.get

    def heard(before, after, *values):
        metric = Metric(*values)
        scaled.get = lambda service, region, owner="": (
            metric if service == "cloudwatch" else real(service, region)
        )
        change = Transition("us-east-1", before, after)
        actions.HANDLERS["autoscaling"].run(scaled.context, arn, change)
        return metric

    return heard


def test_a_change_is_acted_upon_with_what_the_alarm_has_seen(scaled, hear):
    hear(alarm("OK"), alarm("ALARM", 12, 35), 90)
    assert scaled.size == 4


def test_what_goes_on_is_acted_upon_with_what_the_metric_is_now(scaled, hear):
    same = alarm("ALARM", 12, 90)
    metric = hear(same, same, 12, 25)
    assert scaled.size == 3
    span = metric.asked["EndTime"] - metric.asked["StartTime"]
    assert span.total_seconds() == 180 and metric.asked["EndTime"].second == 0


def test_a_state_that_was_set_by_hand_is_acted_upon_with_the_metric(scaled, hear):
    hear(alarm("OK"), alarm("ALARM"), 25)
    assert scaled.size == 3
    with pytest.raises(ServiceError, match="nothing is scaled"):
        hear(alarm("OK"), alarm("ALARM"))


def test_an_alarm_may_only_name_a_policy_that_is_there(scaled):
    scaled.target()
    signals.known(scaled.context, scaled.tracking())
    no = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:x:policyName/p"
    with pytest.raises(ServiceError, match="There is no scaling policy"):
        signals.known(scaled.context, no)
    assert actions.HANDLERS["autoscaling"].repeats
