"""The SDK's helpers of lineage, and searches of boto3, at a server."""

import boto3
import pytest
from botocore.exceptions import ClientError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.lineage.action import Action
from sagemaker.core.lineage.artifact import Artifact
from sagemaker.core.lineage.association import Association
from sagemaker.core.lineage.context import Context
from sagemaker.core.lineage.query import (
    LineageFilter,
    LineageQuery,
    LineageQueryDirectionEnum,
)


@pytest.fixture(scope="module")
def session(connection):
    return {"sagemaker_session": Session()}


def test_the_helpers_write_and_follow_lineage(session):
    data = Artifact.create(
        artifact_name="digits",
        source_uri="s3://b/digits.csv",
        artifact_type="DataSet",
        properties={"rows": "10"},
        **session,
    )
    action = Action.create(
        action_name="train",
        source_uri="job",
        source_type="ARN",
        action_type="ModelTraining",
        status="InProgress",
        **session,
    )
    context = Context.create(
        context_name="live",
        source_uri="arn",
        source_type="ARN",
        context_type="Endpoint",
        **session,
    )
    pairs = [(data.artifact_arn, action.action_arn)]
    pairs.append((action.action_arn, context.context_arn))
    for source, destination in pairs:
        Association.create(
            source_arn=source,
            destination_arn=destination,
            association_type="ContributedTo",
            **session,
        )
    action.status = "Completed"
    action.save()
    assert Action.load(action_name="train", **session).status == "Completed"
    assert [row.artifact_name for row in Artifact.list(**session)] == ["digits"]
    [tie] = Association.list(source_arn=data.artifact_arn, **session)
    assert (tie.source_name, tie.destination_name) == ("digits", "train")
    found = LineageQuery(session["sagemaker_session"]).query(
        start_arns=[context.context_arn],
        direction=LineageQueryDirectionEnum.ASCENDANTS,
        query_filter=LineageFilter(),
    )
    assert {vertex.arn for vertex in found.vertices} == {*pairs[0]}
    assert {(e.source_arn, e.destination_arn) for e in found.edges} == {*pairs}
    for one in (data, context):
        one.delete(disassociate=True)
    action.delete()
    assert list(Action.list(**session)) == []


def test_what_jobs_would_track_by_themselves_is_refused_in_words(sagemaker):
    for ask, members in (
        (sagemaker.list_trial_components, {}),
        (sagemaker.create_experiment, {"ExperimentName": "e"}),
        (sagemaker.describe_mlflow_tracking_server, {"TrackingServerName": "m"}),
        (sagemaker.list_mlflow_apps, {}),
    ):
        with pytest.raises(ClientError, match="does not emulate SageMaker"):
            ask(**members)


def test_a_search_pages_as_boto3_pages(sagemaker):
    for number in range(3):
        name = f"searched-{number}"
        sagemaker.create_model_package_group(ModelPackageGroupName=name)
    named = {"Name": "ModelPackageGroupName", "Operator": "Contains"}
    pages = (
        boto3.client("sagemaker")
        .get_paginator("search")
        .paginate(
            Resource="ModelPackageGroup",
            SearchExpression={"Filters": [{**named, "Value": "searched-"}]},
            SortBy="ModelPackageGroupName",
            SortOrder="Ascending",
            PaginationConfig={"PageSize": 2},
        )
    )
    found = [row["ModelPackageGroup"] for page in pages for row in page["Results"]]
    assert [row["ModelPackageGroupName"] for row in found] == [
        f"searched-{number}" for number in range(3)
    ]
