"""Callers and jobs may do what their policies allow, and nothing else."""

import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from roles import EVERYTHING, TRUST, allow, document, make_role
from waiting import until

from localaws import client

STACK = {
    "StackName": "s",
    "TemplateBody": '{"Resources": {"M": {"Type": "AWS::SageMaker::Model"}}}',
}
MACHINE = {"stateMachineArn": "m"}
STEPS = {"JobFlowId": "j", "Steps": []}
MACHINES = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "DryRun": True}
SCHEDULE = {"Name": "r", "ScheduleExpression": "rate(1 day)"}
ONCE = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})


def refusal(call, **parameters):
    """Return code, status and message of the error of a call."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
    return error["Code"], status, error.get("Message", "")


@pytest.fixture(scope="module")
def server():
    opened = client.fresh(client.REGION, "--enforce-iam")
    yield opened
    opened.stop()


@pytest.fixture(scope="module")
def keyed(server):
    """Return a function that makes clients with the keys that it is given."""

    def made(service, key, secret, token=None, region=server.region):
        return boto3.Session(key, secret, token, region).client(
            service, endpoint_url=server.url, config=ONCE
        )

    return made


@pytest.fixture(scope="module")
def admin(server, keyed):
    """Return a function that makes clients of the execution role, which may do all."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    keys = [server.environment[name] for name in names]
    return lambda service: keyed(service, *keys)


@pytest.fixture
def user(admin, keyed, request):
    """Return a function that makes a user with these statements, and its clients."""
    iam = admin("iam")
    name = request.node.name.replace("[", "-").replace("]", "")[:60]

    def made(*statements):
        iam.create_user(UserName=name)
        if statements:
            text = document(*statements)
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = (key["AccessKeyId"], key["SecretAccessKey"])
        return lambda service, **more: keyed(service, *keys, **more)

    return made


def job(server, role=None, code="train.py", **more):
    place = f"s3://{server.bucket}/access"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{place}/code/"}
    return {
        "TrainingJobName": "job",
        "AlgorithmSpecification": {
            "TrainingImage": "any",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", f"/opt/ml/input/data/code/{code}"],
        },
        "RoleArn": role or server.role_arn,
        "InputDataConfig": [
            {"ChannelName": "code", "DataSource": {"S3DataSource": source}}
        ],
        "OutputDataConfig": {"S3OutputPath": place},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def ended(sagemaker, name):
    def look():
        found = sagemaker.describe_training_job(TrainingJobName=name)
        return found if found["TrainingJobStatus"] != "InProgress" else None

    return until(look, 60)


def test_a_caller_without_the_permission_is_refused_in_the_words_of_aws(server, user):
    sagemaker = user()("sagemaker")
    code, status, message = refusal(sagemaker.create_training_job, **job(server))
    assert (code, status) == ("AccessDeniedException", 400)
    action = "sagemaker:CreateTrainingJob"
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/job"
    assert message.startswith("User: arn:aws:iam::123456789012:user/test_a_caller")
    assert message.endswith(
        f" is not authorized to perform: {action} on resource: {arn} because no "
        f"identity-based policy allows the {action} action"
    )


def test_a_role_may_be_passed_only_with_pass_role(server, user):
    sagemaker = user(allow("sagemaker:*"))("sagemaker")
    code, _, message = refusal(sagemaker.create_training_job, **job(server))
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {server.role_arn} because" in message


def test_a_user_with_the_permissions_runs_a_job(server, admin, user):
    passing = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    mine = allow("iam:PassRole", Condition=passing), allow("sagemaker:*TrainingJob")
    key = {"Bucket": server.bucket, "Key": "access/code/train.py"}
    admin("s3").put_object(**key, Body=b"print('works')")
    sagemaker = user(*mine)("sagemaker")
    sagemaker.create_training_job(**job(server, TrainingJobName="allowed"))
    done = ended(sagemaker, "allowed")
    assert done["TrainingJobStatus"] == "Completed", done["FailureReason"]
    assert refusal(sagemaker.list_models)[0] == "AccessDeniedException"


def test_a_model_needs_a_role_where_permissions_are_asked_for(admin):
    model = {"ModelName": "m", "PrimaryContainer": {"Image": "any"}}
    code, _, words = refusal(admin("sagemaker").create_model, **model)
    assert code == "ValidationException" and "ExecutionRoleArn" in words


def test_a_script_has_the_permissions_of_its_role(server, admin):
    s3, sagemaker = admin("s3"), admin("sagemaker")
    script = (
        "import boto3\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
        f"boto3.client('s3').put_object(Bucket={server.bucket!r}, Key='no', Body=b'')\n"
    )
    key = {"Bucket": server.bucket, "Key": "access/code/put.py"}
    s3.put_object(**key, Body=script.encode())
    reading = allow("s3:GetObject", "s3:ListBucket"), allow("logs:*")
    role = make_role(admin("iam"), "reader", *reading)
    given = job(server, role, "put.py", TrainingJobName="script")
    sagemaker.create_training_job(**given)
    reason = ended(sagemaker, "script")["FailureReason"]
    assert "(AccessDenied) when calling the PutObject" in reason
    assert "assumed-role/reader/SageMaker is not authorized" in reason


def test_objects_are_allowed_by_prefix(server, admin, user):
    admin("s3").put_object(Bucket=server.bucket, Key="theirs/k", Body=b"x")
    arn = f"arn:aws:s3:::{server.bucket}"
    own = allow("s3:*Object", on=f"{arn}/${{aws:username}}/*")
    mine = {"StringLike": {"s3:prefix": "mine/*"}}
    clients = user(own, allow("s3:ListBucket", on=arn, Condition=mine))
    s3, name = clients("s3"), clients("sts").get_caller_identity()["Arn"].split("/")[1]
    place = {"Bucket": server.bucket}
    s3.put_object(**place, Key=f"{name}/k", Body=b"mine")
    assert s3.get_object(**place, Key=f"{name}/k")["Body"].read() == b"mine"
    s3.list_objects_v2(**place, Prefix="mine/")
    gone = {"Objects": [{"Key": f"{name}/k"}, {"Key": "theirs/k"}]}
    source = {"Bucket": server.bucket, "Key": "theirs/k"}
    for call, given, action in (
        (s3.get_object, {"Key": "theirs/k"}, "s3:GetObject"),
        (s3.list_objects_v2, {}, "s3:ListBucket"),
        (s3.put_object, {"Key": "x", "Body": b""}, "s3:PutObject"),
        (s3.create_multipart_upload, {"Key": "x"}, "s3:PutObject"),
        (s3.delete_objects, {"Delete": gone}, "s3:DeleteObject"),
        (s3.copy_object, {"Key": f"{name}/c", "CopySource": source}, "s3:GetObject"),
        (s3.get_bucket_encryption, {}, "s3:GetEncryptionConfiguration"),
    ):
        code, status, message = refusal(call, **place, **given)
        assert (code, status, action in message) == ("AccessDenied", 403, True)


def test_a_presigned_address_may_do_what_its_signer_may(server, admin, user):
    admin("s3").put_object(Bucket=server.bucket, Key="signed", Body=b"x")
    place = {"Bucket": server.bucket, "Key": "signed"}
    may = admin("s3").generate_presigned_url("get_object", Params=place)
    may_not = user()("s3").generate_presigned_url("get_object", Params=place)
    assert urllib.request.urlopen(may).read() == b"x"
    plain = may.partition("?")[0]
    for address in (may_not, plain):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address)
    arn = f"arn:aws:s3:::{server.bucket}/signed"
    public = {**allow("s3:GetObject", on=arn), "Principal": "*"}
    admin("s3").put_bucket_policy(Bucket=server.bucket, Policy=document(public))
    assert urllib.request.urlopen(plain).read() == b"x"


@pytest.fixture(scope="module")
def sealed(server, admin):
    """A key, what it has encrypted, and an object under it."""
    kms, place = admin("kms"), {"Bucket": server.bucket, "Key": "sealed"}
    key = kms.create_key()["KeyMetadata"]
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["KeyId"]}
    admin("s3").put_object(**place, Body=b"x", **sse)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"y")["CiphertextBlob"]
    return {"key": key["Arn"], "place": place, "sse": sse, "blob": blob}


OBJECTS = allow("s3:*", on="arn:aws:s3:::*")


def test_who_may_decrypt_reads_an_object_under_a_key(user, sealed):
    may = user(OBJECTS, allow("kms:Decrypt", on=sealed["key"]))
    assert may("s3").get_object(**sealed["place"])["Body"].read() == b"x"
    assert may("kms").decrypt(CiphertextBlob=sealed["blob"])["Plaintext"] == b"y"
    given = {**sealed["place"], **sealed["sse"]}
    _, status, message = refusal(may("s3").put_object, **given)
    assert status == 403 and f"kms:GenerateDataKey on resource: {sealed['key']}" in (
        message
    )


def test_who_may_not_decrypt_reads_no_object_under_a_key(user, sealed):
    other = user(OBJECTS, allow("kms:Decrypt", on=f"{sealed['key']}x"))
    for call, given in (
        (other("s3").get_object, sealed["place"]),
        (other("kms").decrypt, {"CiphertextBlob": sealed["blob"]}),
    ):
        _, status, message = refusal(call, **given)
        assert status in (400, 403)
        assert f"kms:Decrypt on resource: {sealed['key']} because" in message


def test_a_denial_may_be_for_all_regions_but_one(user):
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}
    clients = user(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Condition": elsewhere})
    assert refusal(clients("ec2").run_instances, **MACHINES)[0] == "DryRunOperation"
    there = clients("ec2", region="eu-north-1")
    code, _, message = refusal(there.run_instances, **MACHINES)
    assert code == "UnauthorizedOperation" and "explicit deny" in message


@pytest.mark.parametrize("year", [2000, 2100])
def test_a_denial_may_begin_at_a_time(user, year):
    later = {"DateGreaterThan": {"aws:CurrentTime": f"{year}-01-01T00:00:00Z"}}
    iam = user(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Condition": later})("iam")
    if year == 2100:
        assert iam.list_users()["Users"]
    else:
        assert "explicit deny" in refusal(iam.list_users)[2]


def test_an_explicit_denial_wins_and_says_so(user):
    denial = {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}
    iam = user(EVERYTHING, denial)("iam")
    assert iam.list_users()["Users"]
    code, status, message = refusal(iam.create_user, UserName="x")
    assert (code, status) == ("AccessDenied", 403)
    assert "with an explicit deny in an identity-based" in message


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "words"),
    [
        ("logs", "describe_log_groups", {}, "AccessDeniedException", "logs:Describe"),
        ("cloudwatch", "list_metrics", {}, "AccessDeniedException", "cloudwatch:List"),
        ("lambda", "list_functions", {}, "AccessDeniedException", "lambda:ListFunct"),
        ("sns", "list_topics", {}, "AccessDenied", "sns:ListTopics"),
        (
            "cloudwatch",
            "delete_alarms",
            {"AlarmNames": ["a"]},
            "AccessDeniedException",
            "cloudwatch:DeleteAlarms on resource: arn:aws:cloudwatch:us-east-1:"
            "123456789012:alarm:a because",
        ),
        ("sagemaker", "list_apps", {}, "AccessDeniedException", "sagemaker:ListApps"),
        (
            "sagemaker-featurestore-runtime",
            "get_record",
            {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "1"},
            "AccessDeniedException",
            "sagemaker:GetRecord",
        ),
        ("codebuild", "list_builds", {}, "AccessDeniedException", "codebuild:ListB"),
        # What would be refused in any case is refused for this reason first.
        ("glue", "start_crawler", {"Name": "c"}, "AccessDeniedException", "glue:Start"),
        ("cloudformation", "create_stack", STACK, "AccessDenied", ":CreateStack"),
        (
            "stepfunctions",
            "start_execution",
            MACHINE,
            "AccessDeniedException",
            "states:",
        ),
        ("emr", "add_job_flow_steps", STEPS, "AccessDeniedException", "elasticmapred"),
        (
            "resourcegroupstaggingapi",
            "get_resources",
            {"ResourceTypeFilters": ["sagemaker"]},
            "AccessDeniedException",
            "tag:GetResources",
        ),
        ("events", "put_rule", SCHEDULE, "AccessDeniedException", "events:PutRule"),
        ("iam", "get_role", {"RoleName": "r"}, "AccessDenied", ":role/r because"),
        ("ec2", "run_instances", MACHINES, "UnauthorizedOperation", "ec2:RunInst"),
        (
            "sagemaker-runtime",
            "invoke_endpoint",
            {"EndpointName": "e", "Body": b"x"},
            "AccessDeniedException",
            "sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:us-east-1:"
            "123456789012:endpoint/e because",
        ),
    ],
)
def test_each_service_refuses_in_its_own_shape(
    user, service, operation, parameters, code, words
):
    call = getattr(user()(service), operation)
    found, status, message = refusal(call, **parameters)
    assert (found, status in (400, 403), words in message) == (code, True, True)


def test_who_may_is_told_what_is_not_done_here(admin):
    code, _, message = refusal(admin("stepfunctions").start_execution, **MACHINE)
    assert code == "NotImplementedException"
    assert "does not emulate StartExecution of stepfunctions" in message
    assert refusal(admin("sagemaker").list_apps)[0] == "UnknownOperationException"


def test_a_key_that_nobody_has_is_refused(keyed):
    found = [
        refusal(getattr(keyed(service, "AKIANOBODY", "x"), operation))[0]
        for service, operation in [
            ("s3", "list_buckets"),
            ("sts", "get_caller_identity"),
            ("sagemaker", "list_models"),
        ]
    ]
    assert found == [
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    ]


def test_a_role_is_assumed_by_whom_it_trusts(admin, user, keyed):
    iam, clients = admin("iam"), user()
    sts = clients("sts")
    arn = sts.get_caller_identity()["Arn"]
    mine = {**TRUST, "Principal": {"AWS": arn}}
    open_role = make_role(iam, "open", allow("s3:ListAllMyBuckets"), trust=mine)
    closed = make_role(iam, "closed", EVERYTHING)
    code, status, message = refusal(
        sts.assume_role, RoleArn=closed, RoleSessionName="me"
    )
    assert (code, status) == ("AccessDenied", 403), message
    keys = sts.assume_role(RoleArn=open_role, RoleSessionName="me")["Credentials"]
    session = keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    assert keyed("s3", *session).list_buckets()["Buckets"]
    message = refusal(keyed("iam", *session).list_users)[2]
    assert "assumed-role/open/me is not authorized to perform: iam:ListUsers" in message


def test_a_boundary_limits_what_policies_allow(admin, user):
    iam = admin("iam")
    text = document(allow("s3:*"))
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=text)["Policy"]
    name = user()("sts").get_caller_identity()["Arn"]
    trust = {**TRUST, "Principal": {"AWS": name}}
    role = make_role(iam, "bounded", EVERYTHING, trust=trust)
    iam.put_role_permissions_boundary(
        RoleName="bounded", PermissionsBoundary=boundary["Arn"]
    )
    rows = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["s3:GetObject", "iam:ListUsers"]
    )["EvaluationResults"]
    assert [row["EvalDecision"] for row in rows] == ["allowed", "implicitDeny"]
