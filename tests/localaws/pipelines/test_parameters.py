"""Parameters: what is given is of their type, one of their choices, and all of them."""

import pytest

from localaws.api.errors import ServiceError
from localaws.pipelines.parameters import Parameter, given, listed

ALL = {
    "S": Parameter("S", "String", "x", ("x", "y")),
    "I": Parameter("I", "Integer", 1),
    "F": Parameter("F", "Float", 0.5),
    "B": Parameter("B", "Boolean", False),
}


def test_defaults_stand_where_nothing_is_given():
    assert given(ALL, []) == {"S": "x", "I": 1, "F": 0.5, "B": False}


def test_what_is_given_as_text_has_the_parameters_type():
    texts = {"S": "y", "I": "-7", "F": "1e-3", "B": "True"}  # as the SDK writes them
    values = given(ALL, [{"Name": n, "Value": v} for n, v in texts.items()])
    assert values == {"S": "y", "I": -7, "F": 0.001, "B": True}
    assert listed(values)[3] == {"Name": "B", "Value": "true"}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("I", "1.5", 'type Integer; its value "1.5"'),
        ("F", "nan", "type Float"),
        ("B", "yes", "type Boolean"),
        ("S", "z", 'one of x, y; it is "z"'),
        ("Absent", "1", 'no parameter "Absent"; it has S, I, F, B'),
    ],
)
def test_what_does_not_fit_is_refused(name, text, why):
    with pytest.raises(ServiceError, match=why):
        given(ALL, [{"Name": name, "Value": text}])


def test_choices_of_any_type_are_compared_as_they_are_written():
    parameters = {
        "I": Parameter("I", "Integer", 1, ("1", "2")),
        "B": Parameter("B", "Boolean", True, ("true",)),
    }
    rows = [{"Name": "I", "Value": "2"}, {"Name": "B", "Value": "True"}]
    assert given(parameters, rows) == {"I": 2, "B": True}
    with pytest.raises(ServiceError, match='one of 1, 2; it is "3"'):
        given(parameters, [{"Name": "I", "Value": "3"}])


def test_a_parameter_that_is_given_twice_is_refused():
    rows = [{"Name": "I", "Value": value} for value in ("1", "2")]
    with pytest.raises(ServiceError, match='"I" is given more than once'):
        given(ALL, rows)


def test_a_parameter_without_a_default_must_be_given():
    needed = {"N": Parameter("N", "Integer")}
    with pytest.raises(ServiceError, match="no value: N"):
        given(needed, [])
    assert given(needed, [{"Name": "N", "Value": "0"}]) == {"N": 0}


def test_a_value_of_the_definition_fits_its_type_and_no_other():
    assert ALL["F"].fits(1) and ALL["B"].fits(True) and ALL["I"].fits(3)
    assert not (ALL["I"].fits(True) or ALL["I"].fits(1.0) or ALL["S"].fits(1))
    assert not ALL["B"].fits(1)
