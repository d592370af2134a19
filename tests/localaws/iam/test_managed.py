"""AWS's managed policies: attached as on AWS, and jobs and endpoints held to them."""

import json
import time
from functools import partial

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from deployed import IMAGE, SAY, deploy, make_model, upload
from moto.iam.aws_managed_policies import aws_managed_policies_data
from roles import EVERYTHING, SAGEMAKER, TRUST, document
from training_jobs import channel
from waiting import until

from localaws import client
from localaws.iam import policy

OURS = "arn:aws:iam::aws:policy/"
SAGEMAKER_ALL = f"{OURS}AmazonSageMakerFullAccess"
READING = f"{OURS}AmazonS3ReadOnlyAccess"
LAMBDA = f"{OURS}service-role/AWSLambdaBasicExecutionRole"
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
ENDED = ("Completed", "Failed", "Stopped")
KEYS = ("AccessKeyId", "SecretAccessKey", "SessionToken")


@pytest.fixture(scope="module")
def server():
    """A server that asks for permissions, with this process pointed at it."""
    opened = client.fresh(client.REGION, "--enforce-iam")
    opened.enter()
    boto3.client("s3").create_bucket(Bucket="elsewhere")
    yield opened
    opened.stop()


@pytest.fixture
def iam(server):
    return boto3.client("iam")


@pytest.fixture
def role(iam):
    """Return a function that makes a role with managed policies alone."""

    def made(*arns, trust=(SAGEMAKER,)):
        name = f"role-{time.time_ns()}"
        arn = iam.create_role(
            RoleName=name, AssumeRolePolicyDocument=document(*trust), Path="/service/"
        )["Role"]["Arn"]
        for policy_arn in arns:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy_arn)
        return arn

    return made


def attached(iam, name):
    rows = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return [(row["PolicyName"], row["PolicyArn"]) for row in rows]


def test_a_policy_of_aws_is_attached_shown_and_detached(iam, role):
    name = role(SAGEMAKER_ALL).rpartition("/")[2]
    assert attached(iam, name) == [("AmazonSageMakerFullAccess", SAGEMAKER_ALL)]
    found = iam.get_policy(PolicyArn=SAGEMAKER_ALL)["Policy"]
    assert found["AttachmentCount"] == 1 and found["Arn"] == SAGEMAKER_ALL
    version = iam.get_policy_version(
        PolicyArn=SAGEMAKER_ALL, VersionId=found["DefaultVersionId"]
    )["PolicyVersion"]
    assert "sagemaker:*" in json.dumps(version["Document"])
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
    arns = [row["Arn"] for page in pages for row in page["Policies"]]
    assert len(arns) > 1000 and {SAGEMAKER_ALL, LAMBDA} < set(arns)
    assert iam.list_policies(Scope="Local")["Policies"] == []
    iam.detach_role_policy(RoleName=name, PolicyArn=SAGEMAKER_ALL)
    assert attached(iam, name) == []


def test_a_policy_that_aws_does_not_have_is_none(iam, role):
    name = role().rpartition("/")[2]
    given = {"RoleName": name, "PolicyArn": f"{OURS}AmazonSageMakerHalfAccess"}
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="HalfAccess"):
        iam.attach_role_policy(**given)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=f"{OURS}AWSLambdaBasicExecutionRole")  # has a path


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("create_policy_version", {"PolicyDocument": document()}),
        ("delete_policy", {}),
        ("delete_policy_version", {"VersionId": "v1"}),
        ("set_default_policy_version", {"VersionId": "v1"}),
        ("tag_policy", {"Tags": [{"Key": "k", "Value": "v"}]}),
        ("untag_policy", {"TagKeys": ["k"]}),
    ],
)
def test_a_policy_of_aws_is_changed_by_nobody(iam, operation, more):
    before = iam.get_policy(PolicyArn=READING)["Policy"]
    with pytest.raises(ClientError, match=f'"{READING}" is .* AWS') as caught:
        getattr(iam, operation)(PolicyArn=READING, **more)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    assert iam.get_policy(PolicyArn=READING)["Policy"] == before


@pytest.mark.parametrize(
    ("name", "may", "may_not"),
    [
        (
            "AmazonS3FullAccess",
            ["s3:GetObject", "s3:DeleteBucket"],
            ["sagemaker:CreateModel", "logs:PutLogEvents"],
        ),
        (
            "AmazonS3ReadOnlyAccess",
            ["s3:GetObject", "s3:ListBucket"],
            ["s3:PutObject", "s3:DeleteObject"],
        ),
        (
            "service-role/AWSLambdaBasicExecutionRole",
            ["logs:CreateLogGroup", "logs:PutLogEvents"],
            ["logs:DeleteLogGroup", "s3:GetObject"],
        ),
        ("CloudWatchLogsFullAccess", ["logs:DeleteLogGroup"], ["s3:GetObject"]),
        ("AmazonSageMakerReadOnly", ["sagemaker:ListModels"], ["sagemaker:AddTags"]),
        ("AdministratorAccess", ["iam:CreateUser", "s3:GetObject"], []),
    ],
)
def test_a_simulation_reads_the_policies_of_aws(iam, role, name, may, may_not):
    rows = iam.simulate_principal_policy(
        PolicySourceArn=role(f"{OURS}{name}"), ActionNames=[*may, *may_not]
    )["EvaluationResults"]
    allowed = [
        row["EvalActionName"] for row in rows if row["EvalDecision"] == "allowed"
    ]
    assert allowed == may


def operators(documents):
    """Return the operators of all conditions."""
    found = set()
    for one in documents:
        given = policy.read(json.dumps(one))["Statement"]
        for statement in given if isinstance(given, list) else [given]:
            found |= statement.get("Condition", {}).keys()
    return found


def test_every_policy_of_aws_can_be_read_and_judged():
    found = json.loads(aws_managed_policies_data).values()
    pairs = [("a", "a"), ("a", "b"), ("1", "1"), ("true", "false"), ("false", "a")]
    known = {
        operator
        for operator in operators([row["Document"] for row in found])
        for wanted, given in pairs
        if policy.decide(
            [{"Statement": {**EVERYTHING, "Condition": {operator: {"k": wanted}}}}],
            policy.Question("s3:GetObject", keys={"k": [given]}),
        )
        == policy.ALLOWED
    }
    assert known == operators([row["Document"] for row in found])


@pytest.fixture
def train(server):
    """Return a function that runs a script with a role, and describes the job."""

    def run(role, code, bucket):
        name = f"job-{time.time_ns()}"
        place = f"s3://{bucket}/{name}"
        key = {"Bucket": bucket, "Key": f"{name}/code/train.py"}
        boto3.client("s3").put_object(**key, Body=code.encode())
        command = ["python", "/opt/ml/input/data/code/train.py"]
        algorithm = {"TrainingImage": "any", "TrainingInputMode": "File"}
        machine = {"InstanceType": "ml.m5.large", "InstanceCount": 1}
        sagemaker = boto3.client("sagemaker")
        sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={**algorithm, "ContainerEntrypoint": command},
            RoleArn=role,
            InputDataConfig=[channel("code", f"{place}/code/")],
            OutputDataConfig={"S3OutputPath": place},
            ResourceConfig={**machine, "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )
        describe = partial(sagemaker.describe_training_job, TrainingJobName=name)
        return until(
            lambda: (job := describe())["TrainingJobStatus"] in ENDED and job, 60
        )

    return run


LOOKS = """
import boto3
from botocore.exceptions import ClientError
s3, said = boto3.client("s3"), []
for key in ("tagged", "plain"):
    try:
        said.append(s3.get_object(Bucket="elsewhere", Key=key)["Body"].read().decode())
    except ClientError as error:
        said.append(error.response["Error"]["Code"])
raise SystemExit(" ".join(said))
"""


def test_a_job_may_do_what_its_policy_of_aws_says_and_not_more(server, role, train):
    s3 = boto3.client("s3")
    s3.put_object(Bucket="elsewhere", Key="plain", Body=b"open")
    tags = "SageMaker=True"
    s3.put_object(Bucket="elsewhere", Key="tagged", Body=b"open", Tagging=tags)
    sagemaker_role = role(SAGEMAKER_ALL)
    assert train(sagemaker_role, "", server.bucket)["TrainingJobStatus"] == "Completed"
    reason = train(sagemaker_role, LOOKS, server.bucket)["FailureReason"]
    assert "open AccessDenied" in reason
    reason = train(sagemaker_role, "", "elsewhere")["FailureReason"]
    assert "s3:GetObject" in reason and "arn:aws:s3:::elsewhere/" in reason


@pytest.mark.parametrize(
    ("arn", "said"),
    [(LAMBDA, "s3:ListBucket action"), (READING, "s3:PutObject action")],
)
def test_a_job_whose_policy_is_too_narrow_fails(server, role, train, arn, said):
    found = train(role(arn), "", server.bucket)
    assert found["TrainingJobStatus"] == "Failed" and said in found["FailureReason"]


@pytest.mark.parametrize("arn", [SAGEMAKER_ALL, READING])
def test_an_endpoint_reads_its_model_by_a_policy_of_aws(server, role, arn):
    sagemaker, name = boto3.client("sagemaker"), arn.rpartition("/")[2]
    code = {"code/inference.py": SAY.replace("{word!r}", "'yes'")}
    url = upload(server, f"{name}/model.tar.gz", code)
    with pytest.raises(ClientError, match=r"has .s3:GetObject. permissions"):
        make_model(server, sagemaker, name, url, role=role(LAMBDA))
    mine = role(arn)
    make_model(server, sagemaker, name, url, role=mine)
    found = deploy(sagemaker, name, [name])
    sagemaker.delete_endpoint(EndpointName=name)
    assert found["EndpointStatus"] == "InService", found


def test_a_caller_with_full_access_to_sagemaker_starts_a_job(server, role, iam):
    """As in a notebook instance: its role calls, and is passed to the job."""
    trust = [SAGEMAKER, {**TRUST, "Principal": {"AWS": "*"}}]
    arn = role(SAGEMAKER_ALL, trust=trust)
    keys = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")
    session = [keys["Credentials"][name] for name in KEYS]
    mine = boto3.Session(*session, region_name=server.region)
    sagemaker = mine.client("sagemaker", endpoint_url=server.url, config=ONCE)
    model = {"ModelName": "mine", "PrimaryContainer": {"Image": IMAGE}}
    assert sagemaker.create_model(**model, ExecutionRoleArn=arn)["ModelArn"]
    users = mine.client("iam", endpoint_url=server.url, config=ONCE)
    with pytest.raises(ClientError, match="iam:ListUsers"):
        users.list_users()
