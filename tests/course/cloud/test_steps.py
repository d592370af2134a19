"""Steps that run a script are written as AWS reads them, and waited for."""

import json

import boto3
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
