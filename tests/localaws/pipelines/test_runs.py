"""Executions through boto3: begun once, described, updated, listed, refused."""

import time
import uuid

import pytest
from botocore.exceptions import ClientError
from defined import definition, parameter, processing

from localaws.api.validation import service_model

LONG = definition(processing("a", "sh: sleep 60"))
PARAMETERS = [parameter("n", "Integer", 1), parameter("t", "String")]
TEXT = definition(processing("a"), parameters=PARAMETERS)


def test_an_execution_is_described_with_what_it_was_given(
    sagemaker, create, begin, ended
):
    name = create(TEXT)
    named = {
        "PipelineExecutionDisplayName": "mine",
        "PipelineExecutionDescription": "why",
    }
    arn = begin(name, {"t": "x"}, **named)
    found = ended(arn)
    identifier = arn.rpartition("/")[2]
    assert len(identifier) == 12 and arn.endswith(
        f":pipeline/{name}/execution/{identifier}"
    )
    assert named.items() <= found.items()
    assert found["PipelineExperimentConfig"] == {
        "ExperimentName": name,
        "TrialName": identifier,
    }
    assert (found["PipelineExecutionStatus"], found["PipelineVersionId"]) == (
        "Succeeded",
        1,
    )
    known = service_model("sagemaker").operation_model("DescribePipelineExecution")
    assert {*found} - {"ResponseMetadata"} <= {*known.output_shape.members}
    listed = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert listed["PipelineParameters"] == [
        {"Name": "n", "Value": "1"},
        {"Name": "t", "Value": "x"},
    ]


def test_a_repeated_request_starts_nothing_again(create, begin, sagemaker, ended):
    name, token = create(TEXT), str(uuid.uuid4())
    first, again = (begin(name, {"t": "x"}, ClientRequestToken=token) for _ in range(2))
    assert first == again
    ended(first)
    rows = sagemaker.list_pipeline_executions(PipelineName=name)
    assert len(rows["PipelineExecutionSummaries"]) == 1


def test_executions_are_listed_the_newest_first_in_pages(
    sagemaker, create, begin, ended
):
    name = create(TEXT)
    arns = [begin(name, {"t": "x"}) for _ in range(3)]
    for arn in arns:
        ended(arn)
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(
        PipelineName=name, MaxResults=2
    )
    rows = [row for page in pages for row in page["PipelineExecutionSummaries"]]
    assert [row["PipelineExecutionArn"] for row in rows] == arns[::-1]
    assert {row["PipelineExecutionStatus"] for row in rows} == {"Succeeded"}
    last = sagemaker.describe_pipeline(PipelineName=name)["LastRunTime"]
    assert last == rows[0]["StartTime"]


def test_a_running_execution_can_be_renamed_stopped_and_not_retried(
    sagemaker, create, begin, ended
):
    arn = begin(create(LONG))
    place = {"PipelineExecutionArn": arn}
    with pytest.raises(ClientError, match=r"Cannot retry .* its status is Executing"):
        sagemaker.retry_pipeline_execution(**place)
    sagemaker.update_pipeline_execution(**place, PipelineExecutionDisplayName="new")
    for _ in range(2):
        sagemaker.stop_pipeline_execution(**place)
    assert ended(arn)["PipelineExecutionDisplayName"] == "new"
    with pytest.raises(
        ClientError, match=r"Cannot stop .* its status is Stopped"
    ) as caught:
        sagemaker.stop_pipeline_execution(**place)
    assert caught.value.response["Error"]["Code"] == "ConflictException"


def test_the_third_look_waits_for_the_end(sagemaker, create, begin):
    arn = begin(create(definition(processing("a", "sh: sleep 1"))))
    start = time.monotonic()
    for _ in range(3):
        found = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    assert found["PipelineExecutionStatus"] == "Succeeded"
    assert 0.5 < time.monotonic() - start < 10


def test_what_cannot_start_is_refused(connection, sagemaker, create, begin):
    name = create(TEXT)
    for values, more, why in [
        ({}, {}, "given no value: t"),
        ({"t": "x", "n": "x"}, {}, "type Integer"),
        ({"t": "x", "z": "x"}, {}, 'no parameter "z"'),
        ({"t": "x"}, {"PipelineVersionId": 9}, "no version 9"),
        ({"t": "x"}, {"MlflowExperimentName": "m"}, "MLflow"),
        ({"t": "x"}, {"RoleArn": f"{connection.role_arn}-absent"}, "Could not assume"),
        (
            {"t": "x"},
            {"SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "z"}]}},
            'no step "z"',
        ),
    ]:
        with pytest.raises(ClientError, match=why):
            begin(name, values, **more)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:pipeline/{name}/execution/absent"
    for verb in ("describe_pipeline_execution", "list_pipeline_execution_steps"):
        with pytest.raises(ClientError, match="does not exist") as caught:
            getattr(sagemaker, verb)(PipelineExecutionArn=arn)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFound"
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.list_pipeline_execution_steps()


def test_an_execution_is_of_the_pipeline_that_its_arn_names(
    sagemaker, create, begin, ended
):
    arn = begin(create(TEXT), {"t": "x"})
    ended(arn)
    other = arn.replace("/execution/", "-other/execution/")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_pipeline_execution(PipelineExecutionArn=other)
