"""Groups of schedules: what is refused of them."""

import pytest

from localaws.api.errors import ServiceError


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("GetScheduleGroup", {"Name": "x"}, "ResourceNotFoundException"),
        ("DeleteScheduleGroup", {"Name": "x"}, "ResourceNotFoundException"),
        ("CreateScheduleGroup", {"Name": "default"}, "ConflictException"),
        ("DeleteScheduleGroup", {"Name": "default"}, "ValidationException"),
        ("ListTagsForResource", {"ResourceArn": "a/x"}, "ResourceNotFoundException"),
    ],
)
def test_what_is_not_there_and_what_always_is(ask, operation, members, code):
    with pytest.raises(ServiceError) as refusal:
        ask(operation, **members)
    assert refusal.value.code == code


def test_the_same_token_makes_the_same_group(ask):
    made = ask("CreateScheduleGroup", Name="g", ClientToken="t")
    assert ask("CreateScheduleGroup", Name="g", ClientToken="t") == made
    with pytest.raises(ServiceError, match="already exists"):
        ask("CreateScheduleGroup", Name="g", ClientToken="u")
