"""Pipelines through boto3: created, updated, described, listed, deleted, refused."""

import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError
from defined import definition, processing

from localaws.api.validation import service_model

TEXT = definition(processing("a"))
OTHER = definition(processing("b", "sh: sleep 60"))


def refused(code, match):
    class Refused:
        def __enter__(self):
            self.raises = pytest.raises(ClientError, match=match)
            self.caught = self.raises.__enter__()

        def __exit__(self, *error):
            done = self.raises.__exit__(*error)
            assert self.caught.value.response["Error"]["Code"] == code
            return done

    return Refused()


def test_a_pipeline_is_described_as_it_was_created(connection, sagemaker, create):
    tags = [{"Key": "k", "Value": "v"}]
    name = create(TEXT, PipelineDescription="what for", Tags=tags)
    found = sagemaker.describe_pipeline(PipelineName=name)
    assert found["PipelineDefinition"] == TEXT and found["PipelineStatus"] == "Active"
    assert found["PipelineDescription"] == "what for"
    assert (found["PipelineDisplayName"], found["RoleArn"]) == (
        name,
        connection.role_arn,
    )
    assert "LastRunTime" not in found
    assert sagemaker.list_tags(ResourceArn=found["PipelineArn"])["Tags"] == tags
    by_arn = sagemaker.describe_pipeline(PipelineName=found["PipelineArn"])
    assert by_arn["PipelineName"] == name
    known = service_model("sagemaker").operation_model("DescribePipeline").output_shape
    assert {*found} - {"ResponseMetadata"} <= {*known.members}


def test_a_name_is_taken_once_and_a_request_may_be_repeated(connection, sagemaker):
    name, token = f"once-{uuid.uuid4()}", str(uuid.uuid4())
    place = {"PipelineName": name, "RoleArn": connection.role_arn}
    first = sagemaker.create_pipeline(
        **place, PipelineDefinition=TEXT, ClientRequestToken=token
    )
    again = sagemaker.create_pipeline(
        **place, PipelineDefinition=TEXT, ClientRequestToken=token
    )
    assert first["PipelineArn"] == again["PipelineArn"]
    with refused("ValidationException", "Pipeline names must be unique within"):
        sagemaker.create_pipeline(**place, PipelineDefinition=TEXT)


def test_an_update_makes_a_version_and_earlier_ones_stay(
    sagemaker, create, begin, ended
):
    name = create(TEXT)
    assert (
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=OTHER)[
            "PipelineVersionId"
        ]
        == 2
    )
    described = sagemaker.update_pipeline(PipelineName=name, PipelineDescription="new")
    assert described["PipelineVersionId"] == 2
    found = sagemaker.describe_pipeline(PipelineName=name)
    assert (found["PipelineDefinition"], found["PipelineDescription"]) == (OTHER, "new")
    old = sagemaker.describe_pipeline(PipelineName=name, PipelineVersionId=1)
    assert old["PipelineDefinition"] == TEXT
    rows = sagemaker.list_pipeline_versions(PipelineName=name)[
        "PipelineVersionSummaries"
    ]
    assert [row["PipelineVersionId"] for row in rows] == [2, 1]
    arn = begin(name, PipelineVersionId=1)
    assert ended(arn)["PipelineVersionId"] == 1
    ran = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert ran["PipelineDefinition"] == TEXT


def test_a_definition_may_lie_in_s3(connection, sagemaker, s3, create):
    s3.put_object(Bucket=connection.bucket, Key="d.json", Body=TEXT.encode())
    place = {"Bucket": connection.bucket, "ObjectKey": "d.json"}
    name = f"stored-{uuid.uuid4()}"
    given = {"PipelineName": name, "RoleArn": connection.role_arn}
    sagemaker.create_pipeline(**given, PipelineDefinitionS3Location=place)
    assert sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == TEXT
    with refused("ValidationException", "cannot be read"):
        place["ObjectKey"] = "absent.json"
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinitionS3Location=place)


def test_pipelines_are_listed_by_prefix_in_pages(sagemaker, create, begin, ended):
    names = [create(TEXT) for _ in range(3)]
    ended(begin(names[2]))
    pages = sagemaker.get_paginator("list_pipelines").paginate(
        PipelineNamePrefix="p", SortBy="Name", SortOrder="Ascending", MaxResults=2
    )
    rows = [row for page in pages for row in page["PipelineSummaries"]]
    assert [
        row["PipelineName"] for row in rows if row["PipelineName"] in names
    ] == names
    last = {row["PipelineName"]: row.get("LastExecutionTime") for row in rows}
    assert last[names[0]] is None and last[names[2]] is not None
    assert sagemaker.list_pipelines(ManagedBy="AWS")["PipelineSummaries"] == []


def test_a_pipeline_that_runs_is_not_deleted(sagemaker, create, begin, ended):
    name = create(OTHER)
    arn = begin(name)
    with refused("ConflictException", "stop its executions first"):
        sagemaker.delete_pipeline(PipelineName=name)
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    ended(arn)
    assert sagemaker.delete_pipeline(PipelineName=name)["PipelineArn"].endswith(name)
    with refused("ResourceNotFound", "does not exist"):
        sagemaker.describe_pipeline(PipelineName=name)
    with refused("ResourceNotFound", "does not exist"):
        sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)


def test_what_cannot_be_is_refused(connection, sagemaker, create):
    name = create(TEXT)
    given = {"PipelineName": "other", "RoleArn": connection.role_arn}
    with refused("ValidationException", "one of both"):
        sagemaker.create_pipeline(**given)
    with refused("ValidationException", "Unable to parse pipeline definition"):
        sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=json.dumps({}))
    with refused("ValidationException", "Could not assume role"):
        role = f"{connection.role_arn}-absent"
        sagemaker.create_pipeline(
            PipelineName="other", RoleArn=role, PipelineDefinition=TEXT
        )
    with refused("ValidationException", "versions have no aliases"):
        sagemaker.update_pipeline(PipelineName=name, PipelineVersionAliases=["live"])
    for verb in ("describe", "delete", "update"):
        with refused("ResourceNotFound", "does not exist"):
            getattr(sagemaker, f"{verb}_pipeline")(PipelineName="absent")


def test_steps_that_need_aws_are_refused_when_they_are_written(connection):
    from sagemaker.core.workflow.pipeline_context import PipelineSession
    from sagemaker.mlops.workflow.callback_step import CallbackStep
    from sagemaker.mlops.workflow.pipeline import Pipeline

    step = CallbackStep("wait", sqs_queue_url="https://sqs/x", inputs={}, outputs=[])
    pipeline = Pipeline("calls", steps=[step], sagemaker_session=PipelineSession())
    with refused("ValidationException", "'Callback', which localaws does not run"):
        pipeline.create(connection.role_arn)
    client = boto3.client("sagemaker")
    with refused("UnknownOperationException", "SendPipelineExecutionStepSuccess"):
        client.send_pipeline_execution_step_success(CallbackToken="a" * 10)
