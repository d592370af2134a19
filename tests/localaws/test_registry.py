"""A model through the registry: registered, approved, deployed, with the SDK."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from deployed import IMAGE, SAY, deploy, invoke, upload
from restarts import Restartable
from roles import SAGEMAKER, allow, make_role
from waiting import until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK's own


@pytest.fixture(scope="module")
def url(connection):
    files = {"code/inference.py": SAY.replace("{word!r}", repr("registered"))}
    return upload(connection, "registry/model.tar.gz", files)


@pytest.fixture(scope="module")
def built(connection, url):
    """Return a ModelBuilder that has built a model."""
    from sagemaker.serve import ModelBuilder

    builder = ModelBuilder(
        s3_model_data_url=url, image_uri=IMAGE, role_arn=connection.role_arn
    )
    builder.build(model_name="built")
    return builder


def test_the_builder_registers_versions_and_makes_the_group(built, sagemaker, url):
    said = {
        "content_types": ["application/json"],
        "response_types": ["application/json"],
        "inference_instances": ["ml.m5.large"],
        "transform_instances": ["ml.m5.large"],
    }
    arns = [
        built.register(
            model_package_group_name="builder", approval_status=status, **said
        )
        for status in (None, "Approved")
    ]
    assert [arn.rpartition("/")[2] for arn in arns] == ["1", "2"]
    first, second = (
        sagemaker.describe_model_package(ModelPackageName=arn) for arn in arns
    )
    assert first["ModelApprovalStatus"] == "PendingManualApproval"
    assert second["ModelApprovalStatus"] == "Approved"
    [container] = second["InferenceSpecification"]["Containers"]
    assert (container["Image"], container["ModelDataUrl"]) == (IMAGE, url)
    alone = built.register(model_package_name="builder-alone", **said)
    assert alone.endswith(":model-package/builder-alone")


def test_an_approved_version_answers_at_an_endpoint_and_in_a_job(
    connection, sagemaker, s3, runtime, url
):
    from sagemaker.core.resources import Model, ModelPackage, ModelPackageGroup
    from sagemaker.core.shapes import ContainerDefinition

    group = ModelPackageGroup.create(model_package_group_name="words")
    # ModelPackage.create of SDK 3.27 ends in a KeyError: it reads a name that neither
    # botocore's model of the answer nor AWS has.
    arn = sagemaker.create_model_package(
        ModelPackageGroupName="words",
        InferenceSpecification={"Containers": [{"Image": IMAGE, "ModelDataUrl": url}]},
    )["ModelPackageArn"]
    package = ModelPackage.get(model_package_name=arn)
    package.wait_for_status("Completed", poll=1)
    given = {
        "model_name": "words",
        "execution_role_arn": connection.role_arn,
        "primary_container": ContainerDefinition(
            model_package_name=package.model_package_arn
        ),
    }
    with pytest.raises(ClientError, match='is "PendingManualApproval"'):
        Model.create(**given)
    package.update(model_approval_status="Approved")
    Model.create(**given)
    package.delete()
    group.delete()
    assert not sagemaker.list_model_package_groups(NameContains="words")[
        "ModelPackageGroupSummaryList"
    ]
    deploy(sagemaker, "words", ["words"])
    assert invoke(runtime, "words") == b"registered"
    sagemaker.delete_endpoint(EndpointName="words")
    s3.put_object(Bucket=connection.bucket, Key="words/in.json", Body=b"1")
    sagemaker.create_transform_job(
        TransformJobName="words",
        ModelName="words",
        TransformInput={
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://{connection.bucket}/words/",
                }
            }
        },
        TransformOutput={"S3OutputPath": f"s3://{connection.bucket}/said"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
    )
    until(
        lambda: (
            sagemaker.describe_transform_job(TransformJobName="words")[
                "TransformJobStatus"
            ]
            == "Completed"
        )
    )
    said = s3.get_object(Bucket=connection.bucket, Key="said/in.json.out")
    assert said["Body"].read() == b"registered"


def test_an_approval_reaches_a_queue(connection, sagemaker):
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelApprovalStatus": ["Approved"]},
    }
    events.put_rule(Name="approved", EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="approved", Targets=[target])
    sagemaker.create_model_package_group(ModelPackageGroupName="told")
    package = sagemaker.create_model_package(ModelPackageGroupName="told")
    sagemaker.update_model_package(
        ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Approved"
    )
    received = until(
        lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5).get("Messages")
    )
    detail = json.loads(received[0]["Body"])["detail"]
    assert detail["ModelPackageArn"] == package["ModelPackageArn"]


@pytest.fixture
def strict(elsewhere):
    """A server that asks callers for their permissions."""
    server = Restartable(elsewhere).start("--enforce-iam")
    yield server
    server.localaws("stop")


def test_a_caller_needs_permission_on_the_version(strict):
    """Whoever may approve in one group may not in another, and a kill loses nothing."""
    place = "arn:aws:sagemaker:us-east-1:*:model-package/mine/*"
    verbs = ("sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage")
    trust = {**SAGEMAKER, "Principal": {"AWS": "*"}}
    allowed = allow(*verbs, on=place)
    role = make_role(strict.client("iam"), "approver", allowed, trust=trust)
    sts = strict.client("sts")
    keys = sts.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    approver = strict.client(
        "sagemaker",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    for name in ("mine", "other"):
        group = {"ModelPackageGroupName": name}
        strict.client("sagemaker").create_model_package_group(**group)
    made = approver.create_model_package(ModelPackageGroupName="mine")
    arn = made["ModelPackageArn"]
    approver.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    with pytest.raises(ClientError, match="not authorized"):
        approver.create_model_package(ModelPackageGroupName="other")
    with pytest.raises(ClientError, match="not authorized"):
        approver.describe_model_package(ModelPackageName="mine/1")
    strict.kill()
    found = strict.client("sagemaker").describe_model_package(ModelPackageName="mine/1")
    assert found["ModelApprovalStatus"] == "Approved"
