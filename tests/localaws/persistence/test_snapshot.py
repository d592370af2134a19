"""Records of moto survive the journey to JSON and back, and nothing else is made."""

import json
from datetime import UTC, date, datetime
from datetime import time as dtime

import pytest
from moto.iam.access_control import PermissionResult
from moto.logs.models import LogGroup

from localaws.persistence import snapshot


@pytest.mark.parametrize("record", ["class", "enum"])
def test_only_classes_of_moto_are_made(record):
    text = json.dumps({record: "os:system", "value": "true", "state": [], "id": 1})
    with pytest.raises(ValueError, match="not a class of moto"):
        snapshot.loads(text, {})


def again(value, known=None, without=()):
    """Return what a value is after it was written and read."""
    return snapshot.loads(snapshot.dumps(value, known or {}, without), known or {})


@pytest.mark.parametrize(
    "value",
    [
        None,
        [True, 1, 1.5, "ü\u2028", float("inf")],
        {"a": {1: "one", None: [], (1, "x"): {2, 3}}},
        (1, (2, [3])),
        b"\x00\xff",
        datetime(2026, 7, 1, 12, 30, 0, 5, tzinfo=UTC),
        datetime(2026, 7, 1, 12, 30),
        date(2026, 7, 1),
        dtime(12, 30, 1),
        {"ref": 1, "class": "os:system", "enum": "x"},  # what stands for others
    ],
)
def test_a_plain_value_survives_the_journey_with_its_type(value):
    assert again(value) == value
    assert type(again(value)) is type(value)


def test_a_record_that_is_met_twice_is_one_record_and_may_hold_itself():
    group = LogGroup("123456789012", "us-east-1", "g")
    group.streams = {"itself": group}
    first, second = again([group, group])
    assert first is second is first.streams["itself"]
    assert type(first) is LogGroup and first.name == "g"


def test_what_the_reader_has_is_written_by_its_name():
    owner = object()  # nothing that could be written
    group = LogGroup("123456789012", "us-east-1", "g")
    group.owner = owner
    assert again(group, {"backend": owner}).owner is owner
    with pytest.raises(TypeError, match=r'cannot keep a "builtins\.object"'):
        snapshot.dumps(group, {})
    assert not hasattr(again(group, without=("owner",)), "owner")


def test_an_enumeration_of_moto_is_the_member_itself():
    member = next(iter(PermissionResult))
    assert again(member) is member


def test_two_records_are_two_though_the_first_is_gone_already():
    def groups():
        for name in ("one", "two", "three"):
            yield LogGroup("123456789012", "us-east-1", name)

    encoder = snapshot.Encoder({})
    written = [encoder.value(group) for group in groups()]
    decoder = snapshot.Decoder({})
    found = [decoder.value(value).name for value in written]
    assert found == ["one", "two", "three"]


@pytest.mark.parametrize(
    "name", ["moto.core:__name__", "moto.core.utils:get_service_model"]
)
def test_a_name_of_moto_that_is_no_class_is_refused(name):
    text = json.dumps({"class": name, "id": 1, "state": []})
    with pytest.raises(ValueError, match="not a class of moto"):
        snapshot.loads(text, {})
