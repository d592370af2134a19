"""What moto holds is there again after the server was killed, and killed again."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from restarts import Restartable

MEGABYTE = 1024 * 1024
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ALLOW = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
ODD = "a/ü &+%20.txt"


def objects(s3):
    s3.create_bucket(Bucket="objects")
    s3.put_object(
        Bucket="objects",
        Key=ODD,
        Body=b"first",
        ContentType="text/plain",
        Metadata={"Author": "me"},
        Tagging="k=v",
    )
    source = {"Bucket": "objects", "Key": ODD}
    s3.copy_object(Bucket="objects", Key="copy", CopySource=source)
    yield "get_object", source
    yield "get_object_tagging", source
    yield "get_object_acl", {"Bucket": "objects", "Key": "copy"}
    yield "list_objects_v2", {"Bucket": "objects"}


def parts(s3):
    s3.create_bucket(Bucket="parts")
    made = s3.create_multipart_upload(Bucket="parts", Key="big", ContentType="x/y")
    place = {"Bucket": "parts", "Key": "big", "UploadId": made["UploadId"]}
    done = []
    for number, letter in enumerate([b"a", b"b"], 1):
        body = letter * 6 * MEGABYTE
        part = s3.upload_part(**place, PartNumber=number, Body=body)
        done.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": done})
    middle = f"bytes={6 * MEGABYTE - 2}-{6 * MEGABYTE + 1}"
    found = s3.get_object(Bucket="parts", Key="big", Range=middle)
    assert (found["Body"].read(), found["ETag"][-3:]) == (b"aabb", '-2"')
    yield "head_object", {"Bucket": "parts", "Key": "big"}
    yield "get_object", {"Bucket": "parts", "Key": "big", "Range": middle}


def configuration(s3):
    name = {"Bucket": "configured"}
    s3.create_bucket(**name)
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "p"}}
    rules = {"Rules": [{**rule, "Expiration": {"Days": 3}}]}
    s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration=rules)
    s3.put_bucket_tagging(**name, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject"}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Resource": "arn:x"}]}
    s3.put_bucket_policy(**name, Policy=json.dumps(policy))
    cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    s3.put_bucket_cors(**name, CORSConfiguration=cors)
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    encryption = {"Rules": [default]}
    s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration=encryption)
    block = {"BlockPublicAcls": True, "RestrictPublicBuckets": False}
    s3.put_public_access_block(**name, PublicAccessBlockConfiguration=block)
    pages = {"IndexDocument": {"Suffix": "index.html"}}
    s3.put_bucket_website(**name, WebsiteConfiguration=pages)
    s3.put_bucket_acl(**name, ACL="public-read")
    owner = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(**name, OwnershipControls=owner)
    events = {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(**name, NotificationConfiguration=events)
    kinds = "lifecycle_configuration tagging policy cors encryption website acl"
    yield "get_public_access_block", name
    for kind in f"{kinds} ownership_controls notification_configuration".split():
        yield f"get_bucket_{kind}", name


def versions(s3):
    name = {"Bucket": "versions"}
    s3.create_bucket(**name)
    s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(**name, Key="k", Body=b"1")["VersionId"]
    s3.put_object(**name, Key="k", Body=b"2")
    s3.delete_object(**name, Key="k")
    yield "list_object_versions", name
    yield "get_object", {**name, "Key": "k", "VersionId": first}
    yield "get_bucket_versioning", name


def deletions(s3):
    for bucket in ("kept", "gone"):
        s3.create_bucket(Bucket=bucket)
        for key in ("a", "b", "c"):
            s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    s3.put_object(Bucket="kept", Key="a", Body=b"replaced")
    s3.delete_object(Bucket="kept", Key="b")
    s3.delete_objects(Bucket="kept", Delete={"Objects": [{"Key": "c"}]})
    s3.delete_objects(Bucket="gone", Delete={"Objects": [{"Key": k} for k in "abc"]})
    s3.delete_bucket(Bucket="gone")
    yield "list_objects_v2", {"Bucket": "kept"}
    yield "get_object", {"Bucket": "kept", "Key": "a"}


def at_once(s3):
    s3.create_bucket(Bucket="at-once")

    def put(number):
        s3.put_object(Bucket="at-once", Key=f"k{number % 10}", Body=b"%d" % number)

    with ThreadPoolExecutor(8) as pool:  # requests replace each other's objects
        list(pool.map(put, range(400)))
    for number in range(10):
        yield "get_object", {"Bucket": "at-once", "Key": f"k{number}"}


def log_events(logs):
    logs.create_log_group(logGroupName="/g", tags={"k": "v"})
    logs.put_retention_policy(logGroupName="/g", retentionInDays=7)
    for name in ("one", "two", "three"):
        stream = {"logGroupName": "/g", "logStreamName": name}
        logs.create_log_stream(**stream)
        event = {"timestamp": int(time.time() * 1000), "message": f"{name}\n\u2028ü"}
        for _ in range(2):
            logs.put_log_events(**stream, logEvents=[event])
    logs.delete_log_stream(logGroupName="/g", logStreamName="two")
    logs.create_log_group(logGroupName="/gone")
    logs.delete_log_group(logGroupName="/gone")
    yield "describe_log_groups", {}
    yield "describe_log_streams", {"logGroupName": "/g"}
    yield "get_log_events", {"logGroupName": "/g", "logStreamName": "one"}


def roles(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Path="/p/")
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=POLICY)
    arn = iam.create_policy(PolicyName="m", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    yield "get_role", {"RoleName": "r"}
    yield "get_role_policy", {"RoleName": "r", "PolicyName": "p"}
    yield "list_attached_role_policies", {"RoleName": "r"}
    yield "list_entities_for_policy", {"PolicyArn": arn}
    yield "get_policy_version", {"PolicyArn": arn, "VersionId": "v1"}


def users(iam):
    iam.create_user(UserName="u", Tags=[{"Key": "k", "Value": "v"}])
    iam.create_group(GroupName="g")
    iam.add_user_to_group(GroupName="g", UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    yield "get_user", {"UserName": "u"}
    yield "list_access_keys", {"UserName": "u"}
    yield "list_groups_for_user", {"UserName": "u"}
    yield "get_access_key_last_used", {"AccessKeyId": key}


def metrics(cloudwatch):
    point = {"MetricName": "m", "Value": 3.0, "Timestamp": time.time() - 60}
    point["Dimensions"] = [{"Name": "d", "Value": "v"}]
    cloudwatch.put_metric_data(Namespace="N", MetricData=[point])
    names = {"Namespace": "N", "MetricName": "m"}
    cloudwatch.put_metric_alarm(
        **names,
        AlarmName="a",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    period = {"StartTime": time.time() - 600, "EndTime": time.time() + 60}
    sums = {**names, **period, "Period": 60, "Statistics": ["Sum"]}
    yield "get_metric_statistics", {**sums, "Dimensions": point["Dimensions"]}
    yield "describe_alarms", {}


def keys(kms):
    """What guards of ours answer, and moto is asked nothing of it."""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    yield "get_key_rotation_status", {"KeyId": key}


CASES = {
    "s3": [objects, parts, configuration, versions, deletions, at_once],
    "logs": [log_events],
    "iam": [roles, users],
    "cloudwatch": [metrics],
    "kms": [keys],
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The answers to each case's questions, of three servers one after another."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCALAWS_FOLDER", str(folder))
        patch.delenv("LOCALAWS_URL", raising=False)
        server = Restartable(None).start()
        try:
            questions = {
                case: (service, list(case(server.client(service))))
                for service, cases in CASES.items()
                for case in cases
            }
            found = [ask(server, questions)]
            for _ in range(2):
                server.kill()
                found.append(ask(server, questions))
            yield found
        finally:
            server.localaws("stop")


def ask(server, questions):
    answers = {}
    for case, (service, calls) in questions.items():
        client = server.client(service)
        answers[case] = [
            answer(getattr(client, name), **given) for name, given in calls
        ]
    files = Path(server.folder, "moto", "s3", "aws", "kept").iterdir()
    return {**answers, "files": sorted(path.name for path in files)}


def answer(call, **parameters):
    """Return an answer without what is of the request and not of the thing."""
    found = call(**parameters)
    found["ResponseMetadata"] = {}
    for stream in found.get("logStreams", ()):
        del stream["uploadSequenceToken"]  # not kept: AWS ignores it
    return {k: v.read() if hasattr(v, "read") else v for k, v in found.items()}


@pytest.mark.parametrize("case", [case for cases in CASES.values() for case in cases])
def test_what_was_there_is_there_after_a_kill(answers, case):
    before, after, again = answers
    assert after[case] == before[case]
    assert again[case] == before[case]


def test_an_object_that_is_replaced_or_deleted_leaves_no_file(answers):
    for found in answers:  # the bucket's record, and record and bytes of one object
        assert len(found["files"]) == 3
