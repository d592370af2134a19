"""An event reaches the targets of a rule, each in the form that it asked for."""

import json
from unittest.mock import ANY

import pytest
from functions_made import packed
from moto.events.models import events_backends

from localaws.eventbridge import buses
from localaws.eventbridge.deliveries import Deliveries

REGION, ACCOUNT = "eu-west-1", "123456789012"
EVENT = {
    "id": "1",
    "source": "aws.sagemaker",
    "detail-type": "SageMaker Training Job State Change",
    "time": "2026-11-26T09:00:00Z",
    "resources": ["arn:job"],
    "detail": {"TrainingJobName": 'a "job"', "TrainingJobStatus": "Failed", "n": [1]},
}


def arn(service, resource):
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@pytest.fixture(autouse=True)
def deliveries(context):
    made = context.add(Deliveries(context))
    made.start()
    yield made
    context.closing.set()
    made.close()


def deliver(context, region, event):
    """Deliver an event, and wait until that is done."""
    buses.deliver(context, region, event)
    assert context.part(Deliveries).idle(10)


@pytest.fixture
def rule(context):
    """Return a function that makes a rule of SageMaker's events with targets."""

    def made(*targets, bus="default", **members):
        backend = events_backends[ACCOUNT][REGION]
        pattern = json.dumps({"source": ["aws.sagemaker"]})
        name = f"r{len(backend.event_buses[bus].rules)}"
        backend.put_rule(name, event_pattern=pattern, event_bus_arn=bus, **members)
        numbered = [{"Id": str(n), **target} for n, target in enumerate(targets)]
        backend.put_targets(name, bus, numbered)

    return made


@pytest.fixture
def queue(context):
    """Return a function that makes a queue, and one that reads what is in it."""
    sqs = context.clients.get("sqs", REGION)

    def made(name, **attributes):
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

        def read():
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
            return [one["Body"] for one in found.get("Messages", [])]

        return arn("sqs", name), read

    return made


@pytest.fixture
def role(context):
    """Return a function that makes a role which events may assume for some actions."""
    iam = context.clients.get("iam", REGION)

    def made(service, trusted="events.amazonaws.com"):
        allow = {"Effect": "Allow"}
        trust = {**allow, "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        policy = {**allow, "Action": f"{service}:*", "Resource": "*"}
        name = f"{service}-{trusted}"
        found = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(
            RoleName=name, PolicyName="p", PolicyDocument=document(policy)
        )
        return {"RoleArn": found["Role"]["Arn"]}

    return made


def document(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_queue_receives_the_event(context, rule, queue):
    target, read = queue("q")
    rule({"Arn": target})
    deliver(context, REGION, EVENT)
    assert [json.loads(body) for body in read()] == [EVENT]


def test_a_queue_in_order_receives_it_in_its_group(context, rule, queue):
    order = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    target, read = queue("q.fifo", **order)
    rule({"Arn": target, "SqsParameters": {"MessageGroupId": "g"}})
    deliver(context, REGION, EVENT)
    assert len(read()) == 1


def test_a_topic_passes_it_on(context, rule, queue):
    target, read = queue("q")
    sns = context.clients.get("sns", REGION)
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=target)
    rule({"Arn": topic})
    deliver(context, REGION, EVENT)
    assert [json.loads(json.loads(body)["Message"]) for body in read()] == [EVENT]


def test_a_log_group_keeps_it(context, rule):
    logs = context.clients.get("logs", REGION)
    logs.create_log_group(logGroupName="/aws/events/jobs")
    rule({"Arn": arn("logs", "log-group:/aws/events/jobs:*")})
    deliver(context, REGION, EVENT)
    found = logs.filter_log_events(logGroupName="/aws/events/jobs")["events"]
    assert [json.loads(line["message"]) for line in found] == [EVENT]


def test_a_stream_has_it_under_its_key(context, rule, role):
    kinesis = context.clients.get("kinesis", REGION)
    kinesis.create_stream(StreamName="s", ShardCount=1)
    key = {"PartitionKeyPath": "$.detail.TrainingJobStatus"}
    rule(
        {"Arn": arn("kinesis", "stream/s"), "KinesisParameters": key, **role("kinesis")}
    )
    deliver(context, REGION, EVENT)
    shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    start = kinesis.get_shard_iterator(StreamName="s", **shard)["ShardIterator"]
    [record] = kinesis.get_records(ShardIterator=start)["Records"]
    assert json.loads(record["Data"]) == EVENT and record["PartitionKey"] == "Failed"


def test_a_delivery_stream_writes_it_to_its_bucket(context, rule, role):
    s3, firehose = (context.clients.get(name, REGION) for name in ("s3", "firehose"))
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    s3.create_bucket(Bucket="delivered", **place)
    into = {
        "RoleARN": "arn:aws:iam::123456789012:role/r",
        "BucketARN": "arn:aws:s3:::delivered",
    }
    firehose.create_delivery_stream(
        DeliveryStreamName="d", ExtendedS3DestinationConfiguration=into
    )
    rule({"Arn": arn("firehose", "deliverystream/d"), **role("firehose")})
    deliver(context, REGION, EVENT)
    [key] = [row["Key"] for row in s3.list_objects_v2(Bucket="delivered")["Contents"]]
    body = s3.get_object(Bucket="delivered", Key=key)["Body"].read()
    assert json.loads(body) == EVENT


def test_another_bus_passes_it_to_its_own_rules(context, rule, queue):
    target, read = queue("q")
    events_backends[ACCOUNT][REGION].create_event_bus("mine")
    rule({"Arn": target}, bus="mine")
    deliver(context, REGION, EVENT)
    assert read() == []
    rule({"Arn": arn("events", "event-bus/mine")})
    deliver(context, REGION, EVENT)
    assert len(read()) == 1


def test_buses_that_pass_it_to_each_other_do_so_once(context, rule, queue):
    target, read = queue("q")
    events_backends[ACCOUNT][REGION].create_event_bus("mine")
    rule({"Arn": arn("events", "event-bus/mine")})
    rule({"Arn": arn("events", "event-bus/default")}, {"Arn": target}, bus="mine")
    deliver(context, REGION, EVENT)
    assert len(read()) == 1


def test_an_archive_keeps_it(context):
    backend = events_backends[ACCOUNT][REGION]
    bus = backend.event_buses["default"].arn
    backend.create_archive("a", bus, "", '{"source": ["aws.sagemaker"]}', 0)
    deliver(context, REGION, EVENT)
    deliver(context, REGION, {**EVENT, "source": "mine"})
    found = backend.archives["a"].events
    assert [event["detail"] for event in found] == [EVENT["detail"]]


def test_a_replay_sends_what_an_archive_kept_in_its_time(context, rule, queue):
    buses.setup(context)
    events = context.clients.get("events", REGION)
    backend = events_backends[ACCOUNT][REGION]
    bus = backend.event_buses["default"].arn
    archive = events.create_archive(ArchiveName="a", EventSourceArn=bus)["ArchiveArn"]
    began = context.clock.now()
    buses.deliver(context, REGION, EVENT)
    context.clock.advance(3600)
    buses.deliver(context, REGION, {**EVENT, "id": "2"})
    target, read = queue("q")
    rule({"Arn": target})
    rule({"Arn": target})
    given = {"EventSourceArn": archive, "EventStartTime": began - 5}
    wished = backend.event_buses["default"].rules["r1"].arn
    events.start_replay(
        ReplayName="again",
        EventEndTime=began + 60,
        Destination={"Arn": bus, "FilterArns": [wished]},
        **given,
    )
    context.part(Deliveries).start()
    assert context.part(Deliveries).idle(10)
    [body] = read()
    assert json.loads(body) == {**EVENT, "replay-name": "again", "id": ANY}


@pytest.mark.parametrize(
    ("wish", "body"),
    [
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.n[0]"}, "1"),
        ({"InputPath": "$.resources[0]"}, '"arn:job"'),
        (
            {"InputTemplate": '"Job <job> is <status>, <missing>."'},
            '"Job a \\"job\\" is Failed, ."',
        ),
        (
            {"InputTemplate": '{"job": <job>, "n": <n>, "<aws.events.rule-name>": 1}'},
            '{"job": "a \\"job\\"", "n": [1], "r0": 1}',
        ),
    ],
)
def test_a_target_receives_what_it_asks_for(context, rule, queue, wish, body):
    paths = {"job": "TrainingJobName", "status": "TrainingJobStatus", "n": "n"}
    paths = {name: f"$.detail.{path}" for name, path in paths.items()}
    if "InputTemplate" in wish:
        paths = {"InputPathsMap": {**paths, "missing": "$.detail.no"}}
        wish = {"InputTransformer": {**paths, **wish}}
    target, read = queue("q")
    rule({"Arn": target, **wish})
    deliver(context, REGION, EVENT)
    assert read() == [body]


def test_a_rule_that_is_disabled_or_of_another_source_sends_nothing(
    context, rule, queue
):
    target, read = queue("q")
    rule({"Arn": target}, state="DISABLED")
    rule({"Arn": target})
    deliver(context, REGION, {**EVENT, "source": "mine"})
    deliver(context, "us-west-2", EVENT)
    assert read() == []


def test_what_cannot_be_delivered_is_logged_and_kept_apart(
    context, rule, queue, caplog
):
    target, read = queue("q")
    dead, read_dead = queue("dead")
    gone = {"Arn": arn("sqs", "gone"), "DeadLetterConfig": {"Arn": dead}}
    rule(gone, {"Arn": target})
    deliver(context, REGION, EVENT)
    assert len(read()) == len(read_dead()) == 1
    assert f"no event for {arn('sqs', 'gone')}" in caplog.text


def test_a_pipeline_starts_with_values_of_the_event_in_the_name_of_a_role(
    context, rule, role, monkeypatch, caplog
):
    sagemaker, started = context.clients.get("sagemaker", REGION), []
    monkeypatch.setattr(
        sagemaker, "start_pipeline_execution", lambda **given: started.append(given)
    )
    rows = {"fixed": "x", "job": "$.detail.TrainingJobName", "n": "$.detail.n"}
    values = [{"Name": name, "Value": value} for name, value in rows.items()]
    wish = {"SageMakerPipelineParameters": {"PipelineParameterList": values}}
    wish["Arn"] = arn("sagemaker", "pipeline/p")
    for roles in (role("sagemaker", "lambda.amazonaws.com"), role("s3")):
        rule({**wish, **roles})
    deliver(context, REGION, EVENT)
    assert started == [] and "not authorized" in caplog.text
    assert "does not trust events.amazonaws.com" in caplog.text
    rule({**wish, **role("sagemaker")})
    deliver(context, REGION, EVENT)
    [given] = started
    found = {row["Name"]: row["Value"] for row in given["PipelineParameters"]}
    assert found == {"fixed": "x", "job": 'a "job"', "n": "[1]"}
    assert given["PipelineName"] == "p" and len(given["ClientRequestToken"]) == 32


def test_a_function_is_invoked_where_it_lets_the_rule_call_it(
    context, rule, monkeypatch, caplog
):
    iam, lambdas = (context.clients.get(name, REGION) for name in ("iam", "lambda"))
    trust = '{"Version": "2012-10-17", "Statement": []}'
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]
    given = {"Runtime": "python3.12", "Handler": "a.f", "Role": role["Arn"]}
    code = {"ZipFile": packed({"a.py": ""})}
    lambdas.create_function(FunctionName="f", Code=code, **given)
    called = []
    monkeypatch.setattr(lambdas, "invoke", lambda **given: called.append(given))
    rule({"Arn": arn("lambda", "function:f")})
    deliver(context, REGION, EVENT)
    assert called == [] and "AddPermission" in caplog.text
    lambdas.add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    deliver(context, REGION, EVENT)
    [given] = called
    assert given["FunctionName"] == arn("lambda", "function:f")
    assert json.loads(given["Payload"]) == EVENT
    assert given["InvocationType"] == "Event"
