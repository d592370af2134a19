"""Alarms are kept with their state, and moto keeps their tags."""

import json

import pytest
from alarmed import ONE, REGION

from localaws.alarms.records import Alarms
from localaws.api.errors import ServiceError
from localaws.records.store import Store


@pytest.fixture
def alarms(context):
    return Alarms(context.part(Store))


def put(alarms, now=1.0, **members):
    lists = ("OKActions", "AlarmActions", "InsufficientDataActions")
    wanted = {**{name: [] for name in lists}, **ONE, **members}
    return alarms.put(REGION, wanted, now)


def test_a_new_alarm_has_the_arn_and_the_state_of_one(alarms):
    assert put(alarms) is None
    record = alarms.get(REGION, "busy")
    assert record["AlarmArn"] == f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:busy"
    assert record["StateValue"] == "INSUFFICIENT_DATA"
    assert record["StateUpdatedTimestamp"] == 1.0


def test_another_configuration_replaces_all_but_state_and_dates(alarms):
    put(alarms, AlarmDescription="old", Unit="Count")
    alarms.change(REGION, "busy", "OK", "fine", '{"a": 1}', 2.0)
    before = put(alarms, 3.0, Threshold=7)
    record = alarms.get(REGION, "busy")
    assert before["Unit"] == "Count" and "Unit" not in record
    assert record["Threshold"] == 7 and "AlarmDescription" not in record
    assert (record["StateValue"], record["StateReasonData"]) == ("OK", '{"a": 1}')
    assert record["AlarmConfigurationUpdatedTimestamp"] == 3.0


def test_a_change_is_owed_until_it_is_paid_and_on_disk(alarms, context):
    put(alarms)
    first = alarms.change(REGION, "busy", "OK", "fine", "", 2.0)
    second = alarms.change(REGION, "busy", "ALARM", "bad", "", 3.0)
    alarms.paid(first)
    again = Alarms(Store(context.folder / "state", context.account))
    [owed] = again.owed()
    assert (owed.before["StateValue"], owed.after["StateValue"]) == ("OK", "ALARM")
    alarms.paid(second)
    assert list(alarms.owed()) == []
    assert "_owed" not in json.dumps(list(alarms.table(REGION).describe("busy")))


def test_moto_knows_an_alarm_for_its_tags(alarms, context):
    put(alarms)
    client = context.clients.get("cloudwatch", REGION)
    arn = alarms.get(REGION, "busy")["AlarmArn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])
    assert alarms.tags(REGION, arn) == {"c": "d"}
    alarms.delete(REGION, "busy")
    assert alarms.find(REGION, "busy") is None
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.tag_resource(ResourceARN=arn, Tags=[{"Key": "c", "Value": "d"}])


@pytest.mark.parametrize("name", ["x" * 255, "é/" * 100, "../a b"])
def test_any_name_is_kept(alarms, context, name):
    put(alarms, AlarmName=name)
    again = Alarms(Store(context.folder / "state", context.account))
    assert again.get(REGION, name)["AlarmName"] == name
    assert alarms.find(REGION, "\ud800" * 255) is None


def test_alarms_that_older_servers_left_to_moto_are_kept(alarms, context):
    client = context.clients.get("cloudwatch", REGION)
    given = {**ONE, "Dimensions": [{"Name": "a", "Value": "b"}], "Unit": "Count"}
    client.put_metric_alarm(**given, AlarmDescription="old", OKActions=["arn:x"])
    assert alarms.adopt(7.0) == [REGION]
    record = alarms.get(REGION, "busy")
    assert {**record, **given} == record and record["AlarmDescription"] == "old"
    assert (record["OKActions"], record["AlarmActions"]) == (["arn:x"], [])
    assert record["StateValue"] == "INSUFFICIENT_DATA"
    assert alarms.adopt(8.0) == []


def test_what_rules_lead_to_is_found(alarms):
    put(alarms)
    for name, rule in {"a": "ALARM(busy)", "b": "OK(a)", "c": "TRUE"}.items():
        alarms.put(REGION, {"AlarmName": name, "AlarmRule": rule}, 1.0)
    assert alarms.below(REGION, ["b"]) == {"a", "b", "busy"}
    assert alarms.below(REGION, ["c"]) == {"c"}


def test_an_alarm_that_is_not_there_is_said(alarms):
    assert alarms.find(REGION, "none") is None
    with pytest.raises(ServiceError, match='no alarm "none"') as caught:
        alarms.get(REGION, "none")
    assert (caught.value.code, caught.value.status) == ("ResourceNotFound", 404)
