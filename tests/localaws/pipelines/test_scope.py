"""What a step knows of its execution: variables, properties, files."""

import io

import pytest
from botocore.exceptions import ClientError
from defined import definition, processing

from localaws.pipelines.definition import parse
from localaws.pipelines.expressions import Unresolved, resolve
from localaws.pipelines.scope import Knowledge

ARN = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p"
FILE = {"PropertyFileName": "f", "OutputName": "o", "FilePath": "m.json"}
MADE = parse(
    definition(processing("a", PropertyFiles=[FILE]), processing("b", after=["a"]))
)
OUTPUT = {"OutputName": "o", "S3Output": {"S3Uri": "s3://bucket/out/"}}
DONE = {
    "Status": "Succeeded",
    "Properties": {"ProcessingOutputConfig": {"Outputs": [OUTPUT]}},
}


class S3:
    def __init__(self, objects):
        self.objects = objects

    def get_object(self, Bucket, Key):
        if (Bucket, Key) not in self.objects:
            raise ClientError(
                {"Error": {"Code": "NoSuchKey", "Message": "gone"}}, "GetObject"
            )
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}


def knowledge(steps, objects=(), job=""):
    record = {
        "PipelineArn": ARN,
        "PipelineExecutionArn": f"{ARN}/execution/abc",
        "PipelineExecutionName": "abc",
        "CreationTime": 0.0,
        "_pipeline": "p",
        "_values": {},
        "_steps": steps,
    }
    return Knowledge(
        record, MADE, MADE.steps["b"], job, lambda service: S3(dict(objects))
    )


def value(text, **more):
    return resolve({"Get": text}, knowledge({}, **more).scope())


def test_an_execution_knows_its_names_and_times():
    assert value("Execution.PipelineName") == "p"
    assert value("Execution.PipelineExecutionId") == "abc"
    assert value("Execution.PipelineExecutionArn") == f"{ARN}/execution/abc"
    assert value("Execution.StartDateTime") == "1970-01-01T00:00:00Z"
    assert value("Execution.CurrentDateTime") > "2026"
    assert value("Execution.ProcessingJobName", job="mine") == "mine"
    with pytest.raises(Unresolved):
        value("Execution.TrainingJobName", job="mine")


def test_a_property_file_is_read_where_its_output_is():
    place = {("bucket", "out/m.json"): b'{"x": 1}'}
    assert knowledge({"a": DONE}, place).file("a", "f") == {"x": 1}


@pytest.mark.parametrize(
    ("steps", "objects", "why"),
    [
        ({}, {}, 'the step "a" has no properties: it has not begun'),
        ({"a": {"Status": "Failed"}}, {}, "it has Failed"),
        (
            {"a": {"Status": "Succeeded", "Properties": {}}},
            {},
            'output "o", which the step',
        ),
        ({"a": DONE}, {}, "s3://bucket/out/m.json cannot be read: .*gone"),
        ({"a": DONE}, {("bucket", "out/m.json"): b"{"}, "m.json is not JSON"),
        ({"a": DONE}, {("bucket", "out/m.json"): b"[" * 100_000}, "is not JSON"),
        ({"a": DONE}, {("bucket", "out/m.json"): b'{"x": NaN}'}, "not JSON: NaN"),
    ],
)
def test_what_cannot_be_read_is_told(steps, objects, why):
    with pytest.raises(Unresolved, match=why):
        knowledge(steps, objects).file("a", "f")
