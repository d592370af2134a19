"""Arguments that could never become a request are refused with the definition."""

import pytest
from defined import definition, parameter, processing

from localaws.api.errors import ServiceError
from localaws.pipelines.arguments import check
from localaws.pipelines.definition import parse

PARAMETERS = [
    parameter("s", "String", "x"),
    parameter("i", "Integer", 1),
    parameter("f", "Float", 1.5),
    parameter("b", "Boolean", True),
]


def get(name):
    return {"Get": f"Parameters.{name}"}


def text_of(value):
    return {"Std:Join": {"On": "", "Values": [value]}}


def checked(**arguments):
    check(
        parse(definition(processing("a", arguments=arguments), parameters=PARAMETERS))
    )


def test_what_fits_is_taken():
    checked(
        Environment={"s": get("s"), "i": text_of(get("i")), "x": get("s")},
        StoppingCondition={"MaxRuntimeInSeconds": get("i")},
        NetworkConfig={"EnableNetworkIsolation": get("b")},
        AppSpecification={"ImageUri": get("s"), "ContainerArguments": [get("s"), "x"]},
        ExperimentConfig=None,
    )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (
            {"Environment": {"x": get("i")}},
            r"Cannot assign property reference \[Parameters.i\] to argument of type "
            r'\[String\]. It is in the step "a"',
        ),
        (
            {"AppSpecification": {"ContainerArguments": [get("f")]}},
            r"Parameters.f\] to",
        ),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": get("f")}}, r"type \[Integer\]"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": get("s")}}, r"type \[Integer\]"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": text_of(1)}},
            r"Std:Join to argument",
        ),
        ({"NetworkConfig": {"EnableNetworkIsolation": get("s")}}, r"type \[Boolean\]"),
        ({"RoleArn": get("b")}, r"type \[String\]"),
        ({"AppSpecification": {"ContainerArguments": get("s")}}, r"type \[List\]"),
        ({"Nothing": 1}, "Model Validation failed: Unknown property 'Nothing'"),
        (
            {"Environment": {"x": 1}},
            "'Environment.x' is '1', and must be of type string",
        ),
        (
            {"ProcessingInputs": {}},
            "'ProcessingInputs' is '{}', and must be of type list",
        ),
        ({"ProcessingInputs": [{"Name": "x"}]}, r"'ProcessingInputs\[0\].Name'"),
        ({"StoppingCondition": 7}, "must be of type structure"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": True}},
            "must be of type integer",
        ),
    ],
)
def test_what_never_fits_is_refused(arguments, why):
    with pytest.raises(ServiceError, match=why):
        checked(**arguments)
