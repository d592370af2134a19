"""Requests and answers are captured in S3, in the layout of AWS."""

import base64
import json
import re

import boto3
from deployed import SAY, invoke, log
from roles import allow, make_role
from waiting import until

from localaws.endpoints import capture

KINDS = {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]}
ECHO = SAY.replace("return model", "return data")


def config(connection, prefix, modes=("Input", "Output"), **members):
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{connection.bucket}/{prefix}",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes],
        "CaptureContentTypeHeader": KINDS,
        **members,
    }


def captured(connection, prefix):
    """Return the keys and the lines below a prefix."""
    bucket = boto3.resource("s3").Bucket(connection.bucket)
    files = sorted(bucket.objects.filter(Prefix=prefix), key=lambda file: file.key)
    lines = [file.get()["Body"].read().decode().splitlines() for file in files]
    return [file.key for file in files], [json.loads(x) for part in lines for x in part]


def test_each_side_is_a_line_in_the_hours_folder(connection, runtime, say):
    say("seen", "x", script=ECHO, capture=config(connection, "seen"))
    members = {"ContentType": "text/csv", "Accept": "application/octet-stream"}
    invoke(runtime, "seen", b"1,2", InferenceId="7", CustomAttributes="a=b", **members)
    until(lambda: captured(connection, "seen/")[1])
    [key], [line] = captured(connection, "seen/")
    hour = r"\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}"
    assert re.fullmatch(rf"seen/seen/variant-0/{hour}\.jsonl", key)
    data, about = line["captureData"], line["eventMetadata"]
    assert data["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "1,2",
        "encoding": "CSV",
    }
    assert data["endpointOutput"]["encoding"] == "BASE64"
    assert base64.b64decode(data["endpointOutput"]["data"]) == b"1,2"
    assert (about["inferenceId"], about["customAttributes"]) == ("7", ["a=b"])
    assert line["eventVersion"] == "0"


def test_deleting_an_endpoint_writes_the_rest(connection, sagemaker, runtime, say):
    kms, key = boto3.client("kms"), {"KmsKeyId": "alias/mine"}
    made = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=made)
    wish = config(connection, "rest", ["Input"], **key)
    say("rest", "x", script=ECHO, capture=wish)
    described = sagemaker.describe_endpoint(EndpointName="rest")
    assert described["DataCaptureConfig"]["CaptureStatus"] == "Started"
    for _ in range(20):
        invoke(runtime, "rest", b"{}")
    sagemaker.delete_endpoint(EndpointName="rest")
    _, lines = captured(connection, "rest/")
    assert [list(line["captureData"]) for line in lines] == [["endpointInput"]] * 20
    bucket = boto3.resource("s3").Bucket(connection.bucket)
    files = bucket.objects.filter(Prefix="rest/")  # two, where a while passes between
    assert {file.Object().ssekms_key_id for file in files} == {"alias/mine"}


def test_sampling_captures_a_share(connection, sagemaker, runtime, say):
    some = config(connection, "some", InitialSamplingPercentage=20)
    say("some", "x", script=ECHO, capture=some)
    for _ in range(200):
        invoke(runtime, "some")
    sagemaker.delete_endpoint(EndpointName="some")
    assert 10 < len(captured(connection, "some/")[1]) < 80  # 40, five deviations
    none = config(connection, "none", EnableCapture=False)
    say("some", "y", script=ECHO, capture=none)
    described = sagemaker.describe_endpoint(EndpointName="some")
    assert described["DataCaptureConfig"]["CaptureStatus"] == "Stopped"


def test_a_role_that_may_not_write_loses_the_data_and_the_log_says_why(
    connection, sagemaker, runtime, say
):
    read = allow("s3:GetObject", "s3:ListBucket")
    role = make_role(boto3.client("iam"), "uncapturing", read)
    denied = config(connection, "denied")
    say("denied", "x", script=ECHO, role=role, capture=denied)
    assert invoke(runtime, "denied", b"{}") == b"{}"  # it still answers
    sagemaker.delete_endpoint(EndpointName="denied")
    assert captured(connection, "denied/") == ([], [])
    lost = "captured data are lost: "
    [line] = until(lambda: [x for x in log("denied").splitlines() if lost in x])
    assert f"{connection.bucket}/denied/denied/variant-0/20" in line
    assert "assumed-role/uncapturing/SageMaker is not authorized" in line
    assert "perform: s3:PutObject on resource" in line


def test_what_is_not_text_is_base64():
    seen = capture.observed(KINDS, "INPUT", "text/csv; charset=utf-8", b"\xff")
    assert (seen["encoding"], base64.b64decode(seen["data"])) == ("BASE64", b"\xff")
    assert capture.observed({}, "INPUT", "text/csv", b"1")["encoding"] == "BASE64"
