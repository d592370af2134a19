"""What has happened is kept, whole as far as it has room."""

import json

from localaws.alarms import history
from localaws.alarms.history import History

ALARM = {"AlarmName": "a"}


def test_what_has_happened_is_there_for_the_next_server(tmp_path):
    kept = History(tmp_path)
    kept.add("eu-west-1", ALARM, "StateUpdate", "x" * 300, at=5.0, newState={"v": 1})
    kept.add("us-east-1", {**ALARM, "AlarmRule": "TRUE"}, "Action", "y", at=6.0)
    [item] = History(tmp_path).items("eu-west-1")
    assert json.loads(item.pop("HistoryData")) == {
        "version": "1.0",
        "newState": {"v": 1},
    }
    assert item == {
        "AlarmName": "a",
        "AlarmType": "MetricAlarm",
        "Timestamp": 5.0,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": "x" * 255,
    }
    assert History(tmp_path).items("us-east-1")[0]["AlarmType"] == "CompositeAlarm"


def test_the_oldest_items_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr(history, "MOST", 3)
    kept = History(tmp_path)
    for number in range(20):
        kept.add("r", ALARM, "Action", f"{number}", at=float(number))
    assert [item["Timestamp"] for item in kept.items("r")] == [17, 18, 19]
    assert [item["Timestamp"] for item in History(tmp_path).items("r")] == [17, 18, 19]
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) <= 6


def test_data_that_has_no_room_is_shortened_and_stays_json():
    found = json.loads(history.told({"long": "x" * 5000, "short": "y"}))
    assert found == {"version": "1.0", "short": "y"}
