"""The tags of SageMaker's resources are those that SageMaker has."""

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def tags(connection):
    return boto3.client("resourcegroupstaggingapi")


@pytest.fixture(scope="module")
def model(connection):
    """The ARN of a model that has a tag."""
    made = boto3.client("sagemaker").create_model(
        ModelName="tagged",
        PrimaryContainer={"Image": "pytorch-inference:2.6-cpu-py312"},
        ExecutionRoleArn=connection.role_arn,
        Tags=[{"Key": "project", "Value": "digits"}],
    )
    return made["ModelArn"]


def found(tags, **filters):
    rows = tags.get_resources(**filters)["ResourceTagMappingList"]
    return [row["ResourceARN"] for row in rows]


def test_a_model_is_found_by_kind_tag_and_name_beside_a_bucket(
    tags, model, connection, s3
):
    tagging = {"TagSet": [{"Key": "project", "Value": "digits"}]}
    s3.put_bucket_tagging(Bucket=connection.bucket, Tagging=tagging)
    bucket = f"arn:aws:s3:::{connection.bucket}"
    assert found(tags, ResourceTypeFilters=["sagemaker"]) == [model]
    assert found(tags, ResourceTypeFilters=["sagemaker:model"]) == [model]
    assert found(tags, ResourceTypeFilters=["sagemaker:endpoint"]) == []
    assert found(tags, ResourceARNList=[model]) == [model]
    asked = [{"Key": "project", "Values": ["digits"]}]
    assert sorted(found(tags, TagFilters=asked)) == sorted([model, bucket])
    assert found(tags, TagFilters=[{"Key": "project", "Values": ["other"]}]) == []
    assert "project" in tags.get_tag_keys()["TagKeys"]


def test_tags_are_set_and_removed_as_sagemaker_sees_them(tags, model, sagemaker):
    given = {"ResourceARNList": [model]}
    assert (
        tags.tag_resources(**given, Tags={"a": "1", "b": "2"})["FailedResourcesMap"]
        == {}
    )
    tags.tag_resources(**given, Tags={"a": "3"})
    tags.untag_resources(**given, TagKeys=["b", "none"])
    now = {
        tag["Key"]: tag["Value"]
        for tag in sagemaker.list_tags(ResourceArn=model)["Tags"]
    }
    assert now == {"project": "digits", "a": "3"}


def test_what_is_not_there_cannot_be_tagged(tags, model):
    gone = model.replace("tagged", "gone")
    with pytest.raises(ClientError, match="Could not find model"):
        tags.tag_resources(ResourceARNList=[gone], Tags={"a": "b"})
