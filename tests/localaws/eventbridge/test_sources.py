"""Events of buckets, jobs and customers reach their targets, over a restart as well."""

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import boto3
import pytest
from functions_made import ROLE, allow, create, packed, said
from moto.s3 import notifications
from waiting import until

from localaws.eventbridge import sources

TELL = """
def handler(event, context):
    detail = event["detail"]
    print("told", detail["object"]["key"] if "object" in detail else detail.get("n"))
"""
PLACE = "us-east-1:123456789012"
CLIENTS, EACH = 8, 25


def put(events, number, count):
    """Put events of one client, ten at once; return how many were accepted."""
    rows = [{"n": f"{number}-{n}"} for n in range(count)]
    entries = [
        {"Source": "mine", "DetailType": "d", "Detail": json.dumps(one)} for one in rows
    ]
    answers = [
        events.put_events(Entries=entries[n : n + 10]) for n in range(0, count, 10)
    ]
    return sum(len(one["Entries"]) - one["FailedEntryCount"] for one in answers)


def all_put(events):
    with ThreadPoolExecutor(CLIENTS) as threads:
        counts = threads.map(lambda n: put(events, n, EACH), range(CLIENTS))
        assert sum(counts) == CLIENTS * EACH


EXPECTED = sorted(f"told {n}-{k}" for n in range(CLIENTS) for k in range(EACH))


def told(lines):
    return sorted(line.strip() for line in lines if line.startswith("told"))


def test_each_event_of_many_clients_reaches_its_function_once(connection):
    events, name = boto3.client("events"), create(TELL, Timeout=20)
    rule = events.put_rule(Name=name, EventPattern='{"source": ["mine"]}')["RuleArn"]
    allow(name, "events", rule)
    arn = f"arn:aws:lambda:{PLACE}:function:{name}"
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
    all_put(events)
    until(lambda: len(told(said(name, seconds=0))) >= len(EXPECTED), 60)
    assert told(said(name, seconds=0)) == EXPECTED


def test_the_chains_of_events_survive_the_death_of_the_server(restartable):
    names = ("events", "lambda", "s3", "iam", "sagemaker", "logs")
    aws = SimpleNamespace(**{name: restartable.client(name) for name in names})
    make_function(aws, restartable)
    make_pipeline(aws)
    start_job(aws)
    all_put(aws.events)
    restartable.kill()
    aws = SimpleNamespace(**{name: restartable.client(name) for name in names})
    aws.s3.put_object(Bucket="uploads", Key="new.csv", Body=b"1")

    def heard():
        found = aws.logs.filter_log_events(logGroupName="/aws/lambda/f")["events"]
        return set(told(row["message"] for row in found))

    until(lambda: heard() >= {*EXPECTED, "told new.csv"}, 60)
    executions = until(
        lambda: aws.sagemaker.list_pipeline_executions(PipelineName="p")[
            "PipelineExecutionSummaries"
        ]
    )
    assert len(executions) == 1
    given = aws.sagemaker.list_pipeline_parameters_for_execution(
        PipelineExecutionArn=executions[0]["PipelineExecutionArn"]
    )["PipelineParameters"]
    assert given == [{"Name": "job", "Value": "j"}]


def make_function(aws, server):
    """Make a function that hears of uploads and of a customer's events."""
    aws.lambda_ = server.client("lambda")
    aws.lambda_.create_function(
        FunctionName="f",
        Code={"ZipFile": packed({"app.py": TELL})},
        Runtime="python3.11",
        Role=ROLE,
        Handler="app.handler",
    )
    aws.s3.create_bucket(Bucket="uploads")
    aws.s3.put_bucket_notification_configuration(
        Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    created = {
        "source": ["aws.s3"],
        "detail": {"object": {"key": [{"suffix": ".csv"}]}},
    }
    for name, pattern in (("r1", created), ("r2", {"source": ["mine"]})):
        rule = aws.events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        aws.lambda_.add_permission(
            FunctionName="f",
            StatementId=name,
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule["RuleArn"],
        )
        target = {"Id": "1", "Arn": f"arn:aws:lambda:{PLACE}:function:f"}
        aws.events.put_targets(Rule=name, Targets=[target])


def make_pipeline(aws):
    """Make a pipeline that starts when a job fails."""
    allowed = {"Effect": "Allow"}
    service = {"Service": ["events.amazonaws.com", "sagemaker.amazonaws.com"]}
    trust = {**allowed, "Principal": service, "Action": "sts:AssumeRole"}
    policy = {**allowed, "Action": "sagemaker:*", "Resource": "*"}
    texts = [
        json.dumps({"Version": "2012-10-17", "Statement": [one]})
        for one in (trust, policy)
    ]
    aws.iam.create_role(RoleName="starts", AssumeRolePolicyDocument=texts[0])
    aws.iam.put_role_policy(RoleName="starts", PolicyName="p", PolicyDocument=texts[1])
    role = {"RoleArn": "arn:aws:iam::123456789012:role/starts"}
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "job", "Type": "String"}],
        "Steps": [{"Name": "s", "Type": "Fail", "Arguments": {"ErrorMessage": "e"}}],
    }
    aws.sagemaker.create_pipeline(
        PipelineName="p", PipelineDefinition=json.dumps(definition), **role
    )
    kind = "SageMaker Training Job State Change"
    failed = {"source": ["aws.sagemaker"], "detail-type": [kind]}
    failed["detail"] = {"TrainingJobStatus": ["Failed"]}
    aws.events.put_rule(Name="r3", EventPattern=json.dumps(failed))
    values = [{"Name": "job", "Value": "$.detail.TrainingJobName"}]
    target = {"Id": "1", "Arn": f"arn:aws:sagemaker:{PLACE}:pipeline/p", **role}
    target["SageMakerPipelineParameters"] = {"PipelineParameterList": values}
    aws.events.put_targets(Rule="r3", Targets=[target])


def start_job(aws):
    """Start a job that would run for long."""
    aws.sagemaker.create_training_job(
        TrainingJobName="j",
        AlgorithmSpecification={
            "TrainingImage": "pytorch-training:2.6-cpu-py312",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["sleep", "1000"],
        },
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": "s3://uploads/j"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        StoppingCondition={"MaxRuntimeInSeconds": 2000},
    )


@pytest.mark.parametrize(
    ("happened", "kind", "more"),
    [
        ("s3:ObjectCreated:Put", "Object Created", {"reason": "PutObject"}),
        (
            "s3:ObjectCreated:CompleteMultipartUpload",
            "Object Created",
            {"reason": "CompleteMultipartUpload"},
        ),
        (
            "s3:ObjectRemoved:DeleteMarkerCreated",
            "Object Deleted",
            {"deletion-type": "Delete Marker Created"},
        ),
        ("s3:ObjectTagging:Put", "Object Tags Added", {}),
    ],
)
def test_what_happens_to_an_object_is_told_as_s3_tells_it(
    context, monkeypatch, happened, kind, more
):
    sent = []
    monkeypatch.setattr(sources, "deliver", lambda *given: sent.append(given))
    bucket = SimpleNamespace(name="b", arn="arn:aws:s3:::b", region_name="eu-west-1")
    bucket.is_versioned = True
    key = SimpleNamespace(name="a b/c", size=3, etag='"e"', version_id="v")
    sources._of_bucket(context, "123456789012", bucket, happened, key)
    [(_, region, event)] = sent
    assert region == event["region"] == "eu-west-1"
    assert event["detail-type"] == kind and event["resources"] == [bucket.arn]
    detail = event["detail"]
    assert detail["object"]["key"] == "a b/c" and detail["object"]["version-id"] == "v"
    assert more.items() <= detail.items() and detail["bucket"] == {"name": "b"}


def test_an_upload_in_parts_is_told_of_once(context, monkeypatch):
    sent = []
    monkeypatch.setattr(sources, "deliver", lambda *given: sent.append(given[2]))
    for name in ("send_event", "_send_event_bridge_message"):
        monkeypatch.setattr(notifications, name, getattr(notifications, name))
    sources.setup(context)
    s3 = context.clients.get("s3", "us-east-1")
    s3.create_bucket(Bucket="parts")
    s3.put_bucket_notification_configuration(
        Bucket="parts", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    found = s3.get_bucket_notification_configuration(Bucket="parts")
    assert found["EventBridgeConfiguration"] == {}  # moto leaves it out
    place = {"Bucket": "parts", "Key": "k"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(
        **place, UploadId=upload, MultipartUpload={"Parts": parts}
    )
    s3.put_object_tagging(**place, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    told = [(row["detail-type"], row["detail"].get("reason")) for row in sent]
    assert told == [
        ("Object Created", "CompleteMultipartUpload"),
        ("Object Tags Added", None),
    ]
