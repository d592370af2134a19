"""From this machine to AWS and back: nothing of the one is taken for the other.

Each story is told in a process of its own, with credentials that nobody has. What is
addressed to AWS is noted and answered before it is sent.
"""

import os
import subprocess
import sys

import pytest

AWS = """
import os
from urllib.parse import urlsplit

import boto3
import botocore
from botocore.awsrequest import AWSResponse, HeadersDict
from moto.core.botocore_stubber import MockRawResponse

from course.cloud import CloudError, connect

ARN = "arn:aws:sts::210987654321:assumed-role/Theirs/me"
BUCKET = "sagemaker-eu-west-3-210987654321"
asked = []

def answer(request, **_):
    body = request.body or b""
    body = body.decode() if isinstance(body, bytes) else str(body)
    url = urlsplit(request.url)
    asked.append((url.hostname, request.headers.get("X-Amz-Target", body[:40])))
    if "GetCallerIdentity" in body:
        text = f"<a><GetCallerIdentityResult><Arn>{ARN}</Arn><Account>210987654321"
        text += "</Account></GetCallerIdentityResult></a>"
    elif "GetRole" in body:
        role = "arn:aws:iam::210987654321:role/Theirs"
        text = f"<a><GetRoleResult><Role><Arn>{role}</Arn></Role></GetRoleResult></a>"
    elif url.hostname.startswith("s3."):
        made = "<CreationDate>2026-01-01T00:00:00Z</CreationDate>"
        names = (BUCKET, BUCKET.replace("west-3", "north-1"))
        rows = [f"<Bucket><Name>{name}</Name>{made}</Bucket>" for name in names]
        text = f"<a><Buckets>{''.join(rows)}</Buckets></a>"
    else:
        text = "{}"
    if url.hostname.endswith("amazonaws.com"):
        raw = MockRawResponse(text.encode())
        return AWSResponse(request.url, 200, HeadersDict({}), raw)

def watch(session):
    session.get_component("event_emitter").register_last("before-send", answer)

botocore.register_initializer(watch)

def refused(call, *words, **members):
    try:
        call(**members)
    except (CloudError, RuntimeError) as error:
        assert all(word in str(error) for word in words), error
        return
    raise AssertionError("it was not refused")

def place(service="sagemaker"):
    return urlsplit(boto3.client(service).meta.endpoint_url).hostname

def mine():
    return {k: v for k, v in os.environ.items() if k.startswith(("AWS_", "LOCALAWS_U"))}

MINE = mine()
"""
THERE_AND_BACK = """
here = connect("local")
old, objects = boto3.client("sagemaker"), boto3.client("s3")
objects.put_object(Bucket=here.bucket, Key="kept", Body=b"x")
from sagemaker.core.utils.utils import SageMakerClient
sdk = SageMakerClient().sagemaker_client
assert place() == urlsplit(sdk.meta.endpoint_url).hostname == "127.0.0.1"
asked.clear()

there = connect("aws", spend=True)
assert there.account == "210987654321" and there.where == "aws"
assert there.bucket == BUCKET and there.region == "eu-west-3"
assert mine() == MINE
assert place() == "api.sagemaker.eu-west-3.amazonaws.com"
assert place("s3").endswith(".amazonaws.com")
assert place("sts").endswith(".amazonaws.com")
again = SageMakerClient().sagemaker_client
assert again.meta.endpoint_url == "https://api.sagemaker.eu-west-3.amazonaws.com"
assert boto3.Session().get_credentials().access_key == "AKIANOBODY"
assert asked and all(host.endswith("amazonaws.com") for host, _ in asked)
asked.clear()
refused(old.list_models, "left")
refused(sdk.list_models, "left")
refused(objects.list_buckets, "left")
refused(here.clean_up, "left")
refused(here.leftovers, "left")
assert asked == []
new = boto3.client("sagemaker")
new.list_models()
assert [host for host, _ in asked] == ["api.sagemaker.eu-west-3.amazonaws.com"]

back = connect("local")
assert back.account == here.account and back.bucket == here.bucket
assert place() == place("s3") == place("sts") == "127.0.0.1"
body = boto3.client("s3").get_object(Bucket=back.bucket, Key="kept")["Body"].read()
assert body == b"x"
asked.clear()
refused(new.list_models, "left")
refused(new.create_endpoint, "left", EndpointName="e", EndpointConfigName="e")
refused(there.clean_up, "left")
old.list_models()
assert all(host == "127.0.0.1" for host, _ in asked)
"""
SPENDING = """
real = connect("aws")
ask = {"EndpointName": "n2e-e", "EndpointConfigName": "n2e-e"}
careful = boto3.client("sagemaker")
refused(careful.create_endpoint, "CreateEndpoint costs money", "spend=True", **ask)
careful.list_models()
connect("aws", spend=True)
boto3.client("sagemaker").create_endpoint(**ask)
connect("aws")
refused(careful.create_endpoint, "costs money", **ask)
"""
SET_MEANWHILE = """
connect("local")
os.environ["AWS_DEFAULT_REGION"] = "eu-north-1"
os.environ["AWS_MAX_ATTEMPTS"] = "7"
connect("aws")
assert os.environ["AWS_DEFAULT_REGION"] == "eu-north-1"
assert place() == "api.sagemaker.eu-north-1.amazonaws.com"
assert os.environ["AWS_MAX_ATTEMPTS"] == "7"
"""
ELSEWHERE = """
asked.clear()
os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
refused(lambda: connect("aws", spend=True), "http://127.0.0.1:9", "AWS_ENDPOINT_URL")
assert asked == []
del os.environ["AWS_ENDPOINT_URL"]
os.environ["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:9"
refused(lambda: connect("aws", spend=True), "http://127.0.0.1:9", "single services")
assert asked == []
del os.environ["AWS_ENDPOINT_URL_S3"]
"""
UNDER_LOCALAWS = """
refused(lambda: connect("aws", spend=True), "restart the kernel", "localaws run")
assert connect("local").where == "local" and place() == "127.0.0.1"
refused(lambda: connect("aws", spend=True), "restart the kernel")
assert place() == "127.0.0.1"
assert boto3.client("sts").get_caller_identity()["Account"] != "210987654321"
"""
NO_CREDENTIALS = """
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
connect("local")
refused(lambda: connect("aws"), "aws configure", 'connect("local")')
assert connect("local").where == "local" and place() == "127.0.0.1"
"""
RUN = ["-m", "localaws", "run", "--", sys.executable]


@pytest.mark.parametrize(
    ("story", "command"),
    [
        (THERE_AND_BACK, []),
        (SPENDING + SET_MEANWHILE + ELSEWHERE + NO_CREDENTIALS, []),
        (UNDER_LOCALAWS, RUN),
    ],
    ids=["there and back", "spending and failing", "under localaws run"],
)
def test_each_place_is_what_it_says(story, command, tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LOCAL"))}
    theirs = {
        "AWS_ACCESS_KEY_ID": "AKIANOBODY",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "eu-west-3",
    }
    places = {"HOME": str(tmp_path), "LOCALAWS_FOLDER": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, *command, "-c", AWS + story],
        env={**kept, **theirs, **places},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
