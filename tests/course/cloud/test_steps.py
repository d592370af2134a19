"""Steps that run a script are written as AWS reads them, and waited for."""

import io
import json

import boto3
import numpy as np
import pytest

from course.cloud import steps

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312"
CODE = """
import pathlib, sys
here = pathlib.Path("/opt/ml/processing")
text = next((here / "in").iterdir()).read_text() + sys.argv[1]
(here / "out" / "y.txt").write_text(text)
"""


@pytest.fixture(scope="module")
def made(cloud, tmp_path_factory):
    """A pipeline of a script whose output another one reads, and its definition."""
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.pipeline import Pipeline
    from sagemaker.mlops.workflow.steps import ProcessingStep

    boto3.client("s3").put_object(Bucket=cloud.bucket, Key="n2e-in/x.txt", Body=b"a")
    path, session = tmp_path_factory.mktemp("steps") / "add.py", PipelineSession()
    path.write_text(CODE)
    how = {"image_uri": IMAGE, "instance_type": "ml.m5.large", "role": cloud.role}
    how |= {"sagemaker_session": session, "place": f"s3://{cloud.bucket}/n2e-out"}
    uri = f"s3://{cloud.bucket}/n2e-in/"
    first = ProcessingStep(
        "First", steps.script(path, {"in": uri}, ["out"], ["b"], **how)
    )
    read = {"in": steps.folder(first, "out")}
    second = ProcessingStep("Second", steps.script(path, read, ["out"], ["c"], **how))
    pipeline = Pipeline("n2e-steps", steps=[second, first], sagemaker_session=session)
    pipeline.upsert(cloud.role)
    pipeline.start()
    yield json.loads(pipeline.definition())
    cloud.clean_up()


def test_an_output_is_below_the_execution_s_identifier(made):
    [_, first] = made["Steps"]
    [output] = first["Arguments"]["ProcessingOutputConfig"]["Outputs"]
    [place, run, name] = output["S3Output"]["S3Uri"]["Std:Join"]["Values"]
    assert place.endswith("/n2e-out") and name == "out"
    assert run == {"Get": "Execution.PipelineExecutionId"}


def test_one_script_reads_what_the_other_wrote(cloud, made):
    sagemaker = boto3.client("sagemaker")
    arn = steps.ended(sagemaker, "n2e-steps", 0)
    found = steps.steps(sagemaker, arn)
    assert {name: row["StepStatus"] for name, row in found.items()} == {
        "First": "Succeeded",
        "Second": "Succeeded",
    }
    assert [*found] == ["First", "Second"]
    key = f"n2e-out/{arn.rpartition('/')[2]}/out/y.txt"
    body = boto3.client("s3").get_object(Bucket=cloud.bucket, Key=key)["Body"]
    assert body.read() == b"abc"


def test_an_execution_that_never_ends_is_not_waited_for_for_ever(monkeypatch):
    monkeypatch.setattr(steps, "PATIENCE", -1)
    with pytest.raises(TimeoutError, match="execution 3 of p has not ended"):
        steps.ended(None, "p", 3)


def test_what_became_of_the_steps_is_printed_and_returned(cloud, made, capsys):
    sagemaker = boto3.client("sagemaker")
    found = steps.tell(sagemaker, "n2e-steps", 0)
    assert found == steps.steps(sagemaker, steps.ended(sagemaker, "n2e-steps", 0))
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert printed == [["First", "Succeeded"], ["Second", "Succeeded"]]


def test_a_step_from_the_cache_is_called_so(monkeypatch, capsys):
    row = {"StepName": "Train", "StepStatus": "Succeeded", "CacheHitResult": {}}
    monkeypatch.setattr(steps, "ended", lambda *asked: "arn")
    monkeypatch.setattr(steps, "steps", lambda *asked: {"Train": row})
    steps.tell(None, "p", 0)
    assert capsys.readouterr().out.split() == ["Train", "Succeeded", "cached"]


class Known:
    """A pipeline with two executions, each with its own parameter."""

    def get_paginator(self, name):
        return self

    def paginate(self, **asked):
        rows = [{"PipelineExecutionArn": f"p/execution/{i}"} for i in ("abc", "xyz")]
        return [{"PipelineExecutionSummaries": rows}]

    def list_pipeline_parameters_for_execution(self, PipelineExecutionArn):
        return {"PipelineParameters": [{"Name": "Key", "Value": PipelineExecutionArn}]}


def test_an_archive_leads_to_the_parameters_of_the_execution_that_made_it():
    address = "s3://bucket/pipelines-xyz-Train-1/output/model.tar.gz"
    assert steps.origin(Known(), "p", address) == {"Key": "p/execution/xyz"}


def test_an_archive_of_no_execution_has_no_origin():
    with pytest.raises(ValueError, match=r"no execution of p is named in 's3://b/m'"):
        steps.origin(Known(), "p", "s3://b/m")


def test_what_is_put_is_read_as_images_and_labels(cloud):
    x, y = np.arange(8, dtype=np.uint8).reshape(2, 2, 2), np.array([3, 4])
    steps.put(f"s3://{cloud.bucket}/n2e-put/a/b.npz", x, y)
    found = boto3.client("s3").get_object(Bucket=cloud.bucket, Key="n2e-put/a/b.npz")
    with np.load(io.BytesIO(found["Body"].read())) as arrays:
        assert arrays["x"].dtype == np.uint8 and (arrays["x"] == x).all()
        assert (arrays["y"] == y).all()
