"""Alarms on a real server: asked by boto3, in all protocols, and they act."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from functions_made import ROLE, allow, create, packed, said
from waiting import until

REGION = "us-east-1"
CALLER = "lambda.alarms.cloudwatch"
SAY = "def handler(event, context):\n    print('told', event)\n"


@pytest.fixture(scope="module")
def cloudwatch(connection):
    return boto3.client("cloudwatch")


def put(cloudwatch, name, **members):
    given = {
        "Namespace": "N",
        "MetricName": name,
        "Statistic": "Sum",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        **members,
    }
    cloudwatch.put_metric_alarm(AlarmName=name, **given)


def alarm(cloudwatch, name):
    [found] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found


def test_an_alarm_is_described_as_it_was_put(cloudwatch):
    topic = f"arn:aws:sns:{REGION}:123456789012:none"
    put(cloudwatch, "p", AlarmDescription="d", AlarmActions=[topic], Unit="Count")
    found = alarm(cloudwatch, "p")
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert (found["AlarmDescription"], found["Unit"]) == ("d", "Count")
    assert found["AlarmActions"] == [topic] and found["OKActions"] == []
    assert found["ActionsEnabled"] is True and found["Dimensions"] == []
    age = datetime.now(UTC) - found["AlarmConfigurationUpdatedTimestamp"]
    assert abs(age) < timedelta(seconds=30)
    assert not {"LastModifiedTime", "CreationTime", "_tags"} & found.keys()


def test_alarms_are_found_by_what_they_are(cloudwatch):
    for name in ("find-a", "find-b", "find-c"):
        put(cloudwatch, name, TreatMissingData="ignore")
    cloudwatch.put_composite_alarm(AlarmName="find-d", AlarmRule="ALARM('find-a')")
    cloudwatch.set_alarm_state(AlarmName="find-b", StateValue="OK", StateReason="x")

    def names(**members):
        asked = {"AlarmNamePrefix": "find", **members}
        pages = cloudwatch.get_paginator("describe_alarms").paginate(**asked)
        return [
            row["AlarmName"]
            for page in pages
            for row in page["MetricAlarms"] + page["CompositeAlarms"]
        ]

    assert names() == ["find-a", "find-b", "find-c"]
    assert names(PaginationConfig={"PageSize": 2}) == ["find-a", "find-b", "find-c"]
    assert names(AlarmTypes=["CompositeAlarm"]) == ["find-d"]
    assert names(StateValue="OK") == ["find-b"]
    assert names(ActionPrefix="arn:aws:sns") == []
    by_metric = cloudwatch.describe_alarms_for_metric(
        Namespace="N", MetricName="find-c", Period=10
    )
    assert [row["AlarmName"] for row in by_metric["MetricAlarms"]] == ["find-c"]
    with pytest.raises(cloudwatch.exceptions.InvalidNextToken):
        cloudwatch.describe_alarms(NextToken="x")


def test_deleting_is_all_or_nothing(cloudwatch):
    for name in ("gone-a", "gone-b"):
        put(cloudwatch, name)
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.delete_alarms(AlarmNames=["gone-a", "none"])
    assert alarm(cloudwatch, "gone-a")
    rule = {"AlarmName": "gone-c", "AlarmRule": "OK(gone-a)"}
    cloudwatch.put_composite_alarm(**rule)
    with pytest.raises(ClientError, match="depending on it: gone-c"):
        cloudwatch.delete_alarms(AlarmNames=["gone-a", "gone-b"])
    cloudwatch.delete_alarms(AlarmNames=["gone-a", "gone-b", "gone-c"])
    found = cloudwatch.describe_alarm_history(AlarmName="gone-a")["AlarmHistoryItems"]
    assert [row["HistorySummary"] for row in found] == [
        'Alarm "gone-a" deleted',
        'Alarm "gone-a" created',
    ]


def test_tags_are_those_of_the_alarm(cloudwatch):
    put(cloudwatch, "tagged", Tags=[{"Key": "a", "Value": "b"}])
    arn = alarm(cloudwatch, "tagged")["AlarmArn"]
    [tag] = cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
    assert tag == {"Key": "a", "Value": "b"}
    groups = boto3.client("resourcegroupstaggingapi")
    found = groups.get_resources(TagFilters=[{"Key": "a"}])["ResourceTagMappingList"]
    assert [row["ResourceARN"] for row in found] == [arn]
    cloudwatch.delete_alarms(AlarmNames=["tagged"])
    put(cloudwatch, "tagged")
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


def test_a_reason_that_is_no_json_and_a_missing_alarm_have_their_errors(cloudwatch):
    put(cloudwatch, "errors")
    asked = {"StateValue": "OK", "StateReason": "x"}
    with pytest.raises(cloudwatch.exceptions.InvalidFormatFault):
        cloudwatch.set_alarm_state(AlarmName="errors", StateReasonData="{", **asked)
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="none", **asked)


@pytest.mark.parametrize(
    ("kind", "target", "body", "words"),
    [
        (
            "application/x-www-form-urlencoded",
            "",
            "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=old",
            b"<AlarmName>old</AlarmName>",
        ),
        (
            "application/x-amz-json-1.0",
            "GraniteServiceVersion20100801.DescribeAlarms",
            '{"AlarmNames": ["old"]}',
            b'"AlarmName": "old"',
        ),
    ],
)
def test_older_clients_are_answered_in_their_protocols(
    connection, cloudwatch, kind, target, body, words
):
    put(cloudwatch, "old")
    headers = {"Content-Type": kind, **({"X-Amz-Target": target} if target else {})}
    request = AWSRequest("POST", connection.url, headers, body)
    credentials = boto3.Session().get_credentials()
    SigV4Auth(credentials, "monitoring", REGION).add_auth(request)
    sent = urllib.request.Request(
        connection.url, body.encode(), dict(request.headers), method="POST"
    )
    with urllib.request.urlopen(sent) as answer:
        assert words in answer.read()


def test_a_function_is_called_by_an_alarm_that_it_lets_in(cloudwatch):
    name = create(SAY)
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:{name}"
    put(cloudwatch, "direct", AlarmActions=[arn])
    allow(name, CALLER, alarm(cloudwatch, "direct")["AlarmArn"])
    cloudwatch.set_alarm_state(
        AlarmName="direct", StateValue="ALARM", StateReason="a test"
    )
    text = "\n".join(said(name, "told", "alarmData", seconds=15))
    assert "'reason': 'a test'" in text and "'alarmName': 'direct'" in text


def test_a_rule_is_told_of_a_change_of_state(cloudwatch):
    events, sqs = boto3.client("events"), boto3.client("sqs")
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"state": {"value": ["ALARM"]}, "alarmName": ["ruled"]},
    }
    url = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    events.put_rule(Name="alarms", EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:123456789012:alarms"
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
    put(cloudwatch, "ruled")
    cloudwatch.set_alarm_state(AlarmName="ruled", StateValue="ALARM", StateReason="x")
    [message] = until(
        lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages")
    )
    detail = json.loads(message["Body"])["detail"]
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"


def test_a_metric_of_an_endpoint_starts_a_function_within_a_period(
    cloudwatch, say, runtime
):
    say("watched", "hello")
    name, sns = create(SAY), boto3.client("sns")
    topic = sns.create_topic(Name="busy")["TopicArn"]
    arn = f"arn:aws:lambda:{REGION}:123456789012:function:{name}"
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    allow(name, "sns", topic)
    variant = {"EndpointName": "watched"}
    variants = boto3.client("sagemaker").describe_endpoint(EndpointName="watched")
    variant["VariantName"] = variants["ProductionVariants"][0]["VariantName"]
    put(
        cloudwatch,
        "watched",
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[{"Name": k, "Value": v} for k, v in variant.items()],
        AlarmActions=[topic],
    )
    asked = datetime.now(UTC)
    runtime.invoke_endpoint(EndpointName="watched", Body=b"x")
    lines = said(name, "told", "NewStateValue", seconds=40)
    assert any("watched" in line for line in lines)
    items = cloudwatch.describe_alarm_history(
        AlarmName="watched", HistoryItemType="Action", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    took = items[0]["Timestamp"] - asked
    # A period, and until then the half second in which metrics are gathered.
    assert took < timedelta(seconds=10 + 2)
    print(f"the action after {took.total_seconds():.1f} s")


def test_a_chain_goes_on_after_a_restart(restartable):
    def clients():
        return map(restartable.client, ("cloudwatch", "sns", "lambda", "logs"))

    cloudwatch, sns, functions, logs = clients()
    topic = sns.create_topic(Name="t")["TopicArn"]
    arn = _function(functions, topic)
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    put(cloudwatch, "kept", AlarmActions=[topic], Tags=[{"Key": "a", "Value": "b"}])
    state = {"AlarmName": "kept", "StateValue": "OK", "StateReason": "x"}
    cloudwatch.set_alarm_state(**state)
    restartable.kill()
    cloudwatch, sns, functions, logs = clients()
    found = alarm(cloudwatch, "kept")
    assert found["AlarmActions"] == [topic]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    row = {"MetricName": "kept", "Value": 1}
    cloudwatch.put_metric_data(Namespace="N", MetricData=[row])
    place = {"logGroupName": "/aws/lambda/f", "filterPattern": "NewStateValue"}
    until(lambda: logs.filter_log_events(**place)["events"], 40)
    found = cloudwatch.describe_alarm_history(AlarmName="kept")["AlarmHistoryItems"]
    assert f"Successfully executed action {topic}" in [
        item["HistorySummary"] for item in found
    ]


def _function(functions, topic):
    given = {"Runtime": "python3.11", "Role": ROLE, "Handler": "app.handler"}
    code = {"ZipFile": packed({"app.py": SAY})}
    made = functions.create_function(FunctionName="f", Code=code, **given)
    functions.add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    return made["FunctionArn"]
