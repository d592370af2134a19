"""Who has no key of this server gets nothing from it; one option opens it."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from roles import allow, document

from localaws import client

ONCE = {"retries": {"total_max_attempts": 1}}
JOB = {
    "TrainingJobName": "j",
    "RoleArn": "arn:aws:iam::123456789012:role/SageMakerExecutionRole",
    "AlgorithmSpecification": {"TrainingImage": "x", "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://b/k"},
    "ResourceConfig": {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 1,
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
CALLS = {
    "start a job": ("sagemaker", "create_training_job", JOB),
    "list jobs": ("sagemaker", "list_training_jobs", {}),
    "ask an endpoint": (
        "sagemaker-runtime",
        "invoke_endpoint",
        {"EndpointName": "e", "Body": b""},
    ),
    "read an object": ("s3", "get_object", {"Bucket": "{bucket}", "Key": "private"}),
    "list a bucket": ("s3", "list_objects_v2", {"Bucket": "{bucket}"}),
    "write an object": ("s3", "put_object", {"Bucket": "{bucket}", "Key": "new"}),
    "list users": ("iam", "list_users", {}),
    "make a key": ("iam", "create_access_key", {}),
    "who am I": ("sts", "get_caller_identity", {}),
    "take a role": (
        "sts",
        "assume_role",
        {"RoleArn": JOB["RoleArn"], "RoleSessionName": "me"},
    ),
    "take a role by a token": (
        "sts",
        "assume_role_with_web_identity",
        {
            "RoleArn": JOB["RoleArn"],
            "RoleSessionName": "me",
            "WebIdentityToken": "made-up",
        },
    ),
    "read a log": ("logs", "describe_log_groups", {}),
    "a service of moto": ("dynamodb", "list_tables", {}),
}
REFUSED = ["AccessDenied", "MissingAuthenticationToken", "UnrecognizedClient"]
REFUSED += ["InvalidClientTokenId", "InvalidAccessKeyId", "InvalidSignature"]
REFUSED += ["SignatureDoesNotMatch", "403"]  # where nothing tells which service
STRANGERS = ["nobody", "made-up key", "known key, made-up secret"]


@pytest.fixture(scope="module")
def private(connection):
    boto3.client("s3").put_object(Bucket=connection.bucket, Key="private", Body=b"x")
    return connection


def stranger(kind, server, service):
    """Return a client of somebody whom the server gave nothing."""
    known = server.environment["AWS_ACCESS_KEY_ID"]
    token = server.environment["AWS_SESSION_TOKEN"]
    keys = {
        "nobody": {},
        "made-up key": {"aws_access_key_id": "test", "aws_secret_access_key": "test"},
        "known key, made-up secret": {
            "aws_access_key_id": known,
            "aws_secret_access_key": "test",
            "aws_session_token": token,
        },
    }[kind]
    config = Config(**ONCE, **({} if keys else {"signature_version": UNSIGNED}))
    return boto3.Session(region_name="us-east-1").client(
        service, endpoint_url=server.url, config=config, **keys
    )


def call(server, kind, name):
    service, operation, members = CALLS[name]
    given = {
        k: v.format(bucket=server.bucket) if k == "Bucket" else v
        for k, v in members.items()
    }
    return getattr(stranger(kind, server, service), operation)(**given)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", STRANGERS)
def test_a_stranger_gets_nothing(private, kind, name):
    with pytest.raises(ClientError) as caught:
        call(private, kind, name)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    assert answer["Error"]["Code"].removesuffix("Exception") in REFUSED
    unsigned = kind == "nobody" or name == "take a role by a token"
    if unsigned and CALLS[name][0] != "s3":
        assert "localaws" in answer["Error"]["Message"]
    if kind == "made-up key" and not unsigned:
        assert "--open" in answer["Error"]["Message"]


def test_a_bucket_policy_can_let_anybody_read(private):
    s3, place = boto3.client("s3"), {"Bucket": "shown", "Key": "a/b"}
    s3.create_bucket(Bucket="shown")
    s3.put_object(**place, Body=b"for all")
    statement = allow("s3:GetObject", on="arn:aws:s3:::shown/a/*", Principal="*")
    s3.put_bucket_policy(Bucket="shown", Policy=document(statement))
    anybody = stranger("nobody", private, "s3")
    assert anybody.get_object(**place)["Body"].read() == b"for all"
    for refused in (
        lambda: anybody.put_object(**place),
        lambda: anybody.list_objects_v2(Bucket="shown"),
        lambda: anybody.get_object(Bucket="shown", Key="c"),
    ):
        with pytest.raises(ClientError, match=r"AccessDenied|403"):
            refused()


def test_no_guest_may_have_keys_of_no_one(private):
    for operation, members in (
        ("get_session_token", {}),
        ("get_federation_token", {"Name": "me"}),
    ):
        with pytest.raises(ClientError, match="no one's keys"):
            getattr(boto3.client("sts"), operation)(**members)


@pytest.fixture(scope="module")
def opened():
    server = client.fresh(client.REGION, "--open")
    yield server
    server.stop()


@pytest.mark.parametrize("kind", STRANGERS[:2])
@pytest.mark.parametrize("name", ["list jobs", "read a log", "write an object"])
def test_an_open_server_takes_any_key(opened, kind, name):
    assert call(opened, kind, name)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_open_server_gives_a_user_sessions(opened):
    keys = stranger("made-up key", opened, "sts").get_session_token()
    assert keys["Credentials"]["AccessKeyId"]


PRYING = """
import glob, json, os, urllib.request
address = os.environ["AWS_ENDPOINT_URL"]
def tell(what, call):
    try:
        print(what, "got", call())
    except Exception as error:
        print(what, "refused", type(error).__name__)
for page in ("/_localaws/connection", "/_localaws/console", "/"):
    tell(page, lambda: len(urllib.request.urlopen(address + page).read()))
tell("environment", lambda: [os.environ[n] for n in ("LOCALAWS_READY", "LOCALAWS_URL")])
names = ("server.json", "ready.json", "keys.json", "credentials")
for folder, _, files in os.walk({root!r}):
    for name in files:
        if name in names:
            tell("file", lambda: open(os.path.join(folder, name)).read())
tell("connect", lambda: __import__("localaws.client").client.connect(address).url)
print("done")
"""


def test_a_job_reaches_neither_the_keys_nor_the_console(
    connection, submit, finished, log_of, mode
):
    root = str(connection.folder) if mode == "namespace" else "/nowhere"
    name = submit(PRYING.replace("{root!r}", repr(root)))
    job, lines = finished(name), log_of(name)
    assert job["TrainingJobStatus"] == "Completed", lines
    assert lines[-1] == "done" and not [line for line in lines if " got " in line]
    assert len([line for line in lines if " refused " in line]) >= 5
