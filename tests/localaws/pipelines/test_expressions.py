"""Expressions, against what the SDK writes for the same references."""

import pytest
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.core.workflow.properties import Properties, PropertyFile

from localaws.pipelines.expressions import (
    BadExpression,
    Scope,
    Unresolved,
    parts,
    references,
    resolve,
)

STEPS = {
    "prep": {
        "ProcessingOutputConfig": {
            "Outputs": [
                {"OutputName": "test", "S3Output": {"S3Uri": "s3://b/test"}},
                {"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}},
            ]
        },
        "Environment": {"train": "yes"},
    },
    "flag": {"Outcome": "True"},
}
FILES = {("prep", "report"): {"metrics": {"mse": [4, 2.5]}, "a.b": 7}}
OBJECTS = {"s3://b/x/results.json": {"Return": [1, {"k": "v"}]}}


def properties(name):
    if name not in STEPS:
        raise Unresolved(f'"{name}" has not run')
    return STEPS[name]


SCOPE = Scope(
    parameters={"Count": 3, "Rate": 0.1, "Name": "n", "On": True},
    execution={"PipelineExecutionId": "abc"},
    properties=properties,
    file=lambda step, name: FILES[step, name],
    read=lambda uri: OBJECTS[uri],
)
PREP = Properties(step_name="prep", shape_name="DescribeProcessingJobResponse")
FILE = PropertyFile(name="report", output_name="test", path="report.json")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (ParameterInteger("Count"), 3),
        (ParameterInteger("Count").to_string(), "3"),
        (ParameterString("Name"), "n"),
        (ExecutionVariables.PIPELINE_EXECUTION_ID, "abc"),
        (PREP.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri, "s3://b/train"),
        (PREP.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri, "s3://b/test"),
        (PREP.Environment["train"], "yes"),
        (
            Join("/", ["s3:/", "b", ExecutionVariables.PIPELINE_EXECUTION_ID]),
            "s3://b/abc",
        ),
        (JsonGet("prep", property_file=FILE, json_path="metrics.mse[1]"), 2.5),
        (JsonGet("prep", property_file="report", json_path="metrics['mse'][0]"), 4),
        (JsonGet("prep", property_file=FILE, json_path="['a.b']"), 7),
        (JsonGet("prep", property_file=FILE, json_path="$.metrics.mse[0]"), 4),
        (
            JsonGet(
                "x",
                s3_uri=Join("/", ["s3://b/x", "results.json"]),
                json_path="Return[1]['k']",
            ),
            "v",
        ),
    ],
)
def test_what_the_sdk_writes_is_resolved(written, value):
    nested = {"a": [{"b": written.expr}], "c": 1}
    assert resolve(nested, SCOPE) == {"a": [{"b": value}], "c": 1}


def test_values_keep_their_types_and_become_text_only_in_a_join():
    get = [{"Get": f"Parameters.{name}"} for name in ("Count", "Rate", "On")]
    assert resolve(get, SCOPE) == [3, 0.1, True]
    assert resolve({"Std:Join": {"On": ",", "Values": get}}, SCOPE) == "3,0.1,true"
    assert resolve({"Get": "Steps.flag.Outcome"}, SCOPE) == "True"


def test_what_a_value_refers_to_is_found_at_any_depth():
    value = {
        "x": [
            {"Get": "Steps.a-1.B.C[0]"},
            {"Std:Join": {"Values": [{"Get": "Parameters.p"}]}},
        ],
        "y": JsonGet("prep", property_file="report", json_path="m").expr,
    }
    found = {(one.root, one.name) for one in references(value)}
    assert found == {("Steps", "a-1"), ("Parameters", "p"), ("Steps", "prep")}


def test_a_path_has_names_numbers_and_quoted_keys():
    assert parts("A.B[12]['x.y'].C[\"z\"]") == ("A", "B", 12, "x.y", "C", "z")


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"Get": 7}, "must be a text"),
        ({"Get": "Nothing.x"}, "must begin with"),
        ({"Get": "Steps."}, "must begin with|name"),
        ({"Get": "Steps.a.B[x]"}, "is no path"),
        ({"Std:Join": {"On": "/"}}, "Values"),
        ({"Std:Join": {"On": 1, "Values": []}}, '"On"'),
        ({"Std:JsonGet": {"Path": "x"}}, "PropertyFile"),
        (
            {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.a.Files.x"}, "Path": "x"}},
            "file",
        ),
        ({"Std:JsonGet": {"S3Uri": "s3://b/x"}}, "Path"),
        ({"Std:JsonGet": 7}, "Path"),
    ],
)
def test_what_is_no_expression_is_told(value, why):
    with pytest.raises(BadExpression, match=why):
        list(references({"deep": [value]}))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Parameters.Absent", "Parameters.Absent"),
        ("Execution.Nothing", "Execution.Nothing"),
        ("Steps.prep.ProcessingOutputConfig.Outputs['x'].S3Output", 'no "x"'),
        ("Steps.prep.ProcessingOutputConfig.Outputs[2]", 'no "2"'),
        ("Steps.prep.Environment.a.b", 'no "a"'),
        ("Steps.later.X", "has not run"),
    ],
)
def test_what_has_no_value_is_told(text, why):
    with pytest.raises(Unresolved, match=why):
        resolve({"Get": text}, SCOPE)
