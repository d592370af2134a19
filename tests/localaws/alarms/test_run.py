"""Alarms at work: states change when it is time, and what they do is done."""

import json
import time

import pytest
from alarmed import ONE, REGION
from waiting import until

from localaws.alarms import actions, run
from localaws.alarms.history import History
from localaws.alarms.run import Watch

POLICY = f"arn:aws:autoscaling:{REGION}:123456789012:scalingPolicy:x:policyName/p"


@pytest.fixture
def acted(monkeypatch):
    """What a handler of policies was asked to do: the states."""
    done = []
    monkeypatch.setattr(actions, "HANDLERS", dict(actions.HANDLERS))

    def run(context, arn, change):
        minute = context.clock.now() // 60
        done.append((change.after["StateValue"], minute, change.value))

    actions.register("autoscaling", run, repeats=True, of_composites=False)
    return done


def test_a_new_alarm_knows_nothing_then_follows_its_metric(alarmed):
    assert alarmed.alarm() == "INSUFFICIENT_DATA"
    assert alarmed.record()["StateReason"] == "Unchecked: Initial alarm creation"
    alarmed.put(5.0)
    alarmed.next()
    assert alarmed.state() == "ALARM"
    alarmed.put(1.0)
    alarmed.next()
    assert alarmed.state() == "OK"
    for _ in range(3):  # the evaluation range is longer than the one period
        alarmed.next()
    assert alarmed.state() == "INSUFFICIENT_DATA"
    assert alarmed.history() == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to INSUFFICIENT_DATA",
    ]


def test_an_hour_passes_as_it_would_have(alarmed):
    alarmed.alarm(TreatMissingData="notBreaching")
    alarmed.put(5.0)
    alarmed.clock.advance(3600)
    moments = [
        item["Timestamp"]
        for item in alarmed("DescribeAlarmHistory", HistoryItemType="StateUpdate")[
            "AlarmHistoryItems"
        ]
    ]
    assert alarmed.state() == "OK"
    assert moments[0] - moments[1] == pytest.approx(180, abs=1)


def test_a_new_alarm_is_evaluated_by_what_is_there(alarmed):
    alarmed.put(5.0)
    alarmed.next()
    assert alarmed.alarm() == "ALARM"


def test_a_new_configuration_keeps_the_state_until_it_is_evaluated(alarmed):
    alarmed.put(5.0)
    alarmed.next()
    assert alarmed.alarm() == "ALARM"
    alarmed("PutMetricAlarm", **{**ONE, "Threshold": 9})
    assert alarmed.record()["Threshold"] == 9
    alarmed.clock.advance(0)
    assert alarmed.state() == "OK"


def test_short_periods_are_evaluated_every_ten_seconds(alarmed):
    alarmed.alarm(Period=10)
    alarmed.put(5.0)
    alarmed.next(10)
    assert alarmed.state() == "ALARM"


def test_policies_act_again_each_minute_and_others_once(alarmed, acted):
    alarmed.alarm(AlarmActions=[POLICY], Period=60)
    for value in (5.0, 6.0, 7.0):
        alarmed.put(value)
        alarmed.next()
    assert [row[0] for row in acted] == ["ALARM"] * 3
    assert len({row[1] for row in acted}) == 3  # each in its own minute
    assert [row[2] for row in acted] == [5, 6, 7]
    assert alarmed.history("Action") == [f"Successfully executed action {POLICY}"]


def test_a_failure_of_an_action_is_told(alarmed):
    alarmed.alarm(AlarmActions=[f"arn:aws:sns:{REGION}:123456789012:none"])
    alarmed.put(5.0)
    alarmed.next()
    [item] = alarmed("DescribeAlarmHistory", HistoryItemType="Action")[
        "AlarmHistoryItems"
    ]
    assert "Failed to execute action" in item["HistorySummary"]
    assert "does not exist" in json.loads(item["HistoryData"])["error"]


def test_actions_that_are_disabled_are_not_performed(alarmed, acted):
    alarmed.alarm(AlarmActions=[POLICY], OKActions=[POLICY])
    alarmed("DisableAlarmActions", AlarmNames=["busy", "none"])
    alarmed.put(5.0)
    alarmed.next()
    assert alarmed.state() == "ALARM" and acted == []
    alarmed("EnableAlarmActions", AlarmNames=["busy"])
    alarmed("SetAlarmState", AlarmName="busy", StateValue="OK", StateReason="test")
    until(lambda: [row[0] for row in acted] == ["OK"])


def test_a_state_that_was_set_lasts_until_the_next_evaluation(alarmed, acted):
    alarmed.alarm(AlarmActions=[POLICY], TreatMissingData="notBreaching")
    given = {
        "StateValue": "ALARM",
        "StateReason": "a test",
        "StateReasonData": '{"a":1}',
    }
    alarmed("SetAlarmState", AlarmName="busy", **given)
    assert {**alarmed.record(), **given} == alarmed.record()
    until(lambda: len(acted) == 1)
    alarmed("SetAlarmState", AlarmName="busy", **given)  # it has that state
    alarmed.next()
    assert alarmed.state() == "OK" and len(acted) == 1


def test_a_composite_alarm_follows_those_of_its_rule(alarmed):
    alarmed.alarm()
    alarmed.alarm(AlarmName="deploy", MetricName="d")
    rule = "ALARM(busy) AND NOT ALARM(deploy)"
    alarmed("PutCompositeAlarm", AlarmName="both", AlarmRule=rule)
    alarmed("PutCompositeAlarm", AlarmName="above", AlarmRule="ALARM(both)")
    alarmed.clock.advance(0)
    assert alarmed.state("above") == "OK"
    alarmed.put(5.0)
    alarmed.next()
    assert (alarmed.state("both"), alarmed.state("above")) == ("ALARM", "ALARM")
    record = alarmed.record("both")
    assert "alarm:busy transitioned to ALARM at" in record["StateReason"]
    [cause] = json.loads(record["StateReasonData"])["triggeringAlarms"]
    assert cause["state"]["value"] == "ALARM"
    alarmed("SetAlarmState", AlarmName="deploy", StateValue="ALARM", StateReason="x")
    assert (alarmed.state("both"), alarmed.state("above")) == ("OK", "OK")


def test_what_an_earlier_server_owes_is_done_by_the_next(alarmed, acted):
    alarmed.alarm(AlarmActions=[POLICY])
    alarmed.watch.close()  # nobody acts any more
    alarmed("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="x")
    history = History(alarmed.context.folder / "alarms")
    again = Watch(alarmed.context, alarmed.watch.alarms, history)
    assert acted == []
    again.start()
    until(lambda: [row[0] for row in acted] == ["ALARM"])
    again.close()
    assert list(alarmed.watch.alarms.owed()) == []
    assert [item["HistorySummary"][:22] for item in history.items(REGION)][-1] == (
        "Successfully executed "
    )


def test_a_hundred_alarms_cost_less_than_a_hundredth_of_a_core(alarmed):
    for number in range(100):
        alarmed.alarm(AlarmName=f"a{number}", Period=10, EvaluationPeriods=3)
        alarmed.put(1.0)
    alarmed.next(10)
    before, started = time.process_time(), alarmed.clock.now()
    alarmed.clock.advance(600)
    used = time.process_time() - before
    assert used / (alarmed.clock.now() - started) < 0.01
    print(f"{used / 600:.2%} of a core")


def test_nothing_is_called_without_alarms(alarmed):
    alarmed.alarm()
    assert alarmed.watch._timer
    alarmed("DeleteAlarms", AlarmNames=["busy"])
    assert alarmed.watch._timer is None


def test_actions_are_performed_where_rules_cannot_be_told(alarmed, acted, monkeypatch):
    def full(*_):
        raise OSError(28, "no space")

    monkeypatch.setattr(run, "deliver", full)
    alarmed.alarm(AlarmActions=[POLICY])
    alarmed.put(5.0)
    alarmed.next()
    assert [state for state, _, _ in acted] == ["ALARM"]
