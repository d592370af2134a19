"""What happens elsewhere reaches functions: topics, buckets, logs, rules."""

import base64
import gzip
import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from functions_made import allow, ask, create, lambdas, said

TELL = """
import json

def handler(event, context):
    print("event", json.dumps(event))
"""
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6-cpu"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:{}"


def told(name):
    """Return the event that a function was told."""
    line = next(x for x in said(name, "event") if x.startswith("event"))
    return json.loads(line.removeprefix("event "))


def test_a_topic_tells_a_function_what_was_published(connection):
    sns, name = boto3.client("sns"), create(TELL)
    topic = sns.create_topic(Name="news")["TopicArn"]
    allow(name, "sns", topic)
    other = create(TELL)
    allow(other, "sns", f"{topic}-other")
    place = {"TopicArn": topic, "Protocol": "lambda"}
    sns.subscribe(**place, Endpoint=ARN.format(other))
    place = {"TopicArn": topic, "Protocol": "lambda", "Endpoint": ARN.format(name)}
    arn = sns.subscribe(**place)["SubscriptionArn"]
    kind = {"kind": {"DataType": "String", "StringValue": "x"}}
    number = sns.publish(
        TopicArn=topic, Message="hello", Subject="s", MessageAttributes=kind
    )["MessageId"]
    [record] = told(name)["Records"]
    assert record["EventSource"] == "aws:sns" and record["EventSubscriptionArn"] == arn
    given = {"Message": "hello", "Subject": "s", "MessageId": number, "TopicArn": topic}
    assert given.items() <= record["Sns"].items()
    attributes = {"kind": {"Type": "String", "Value": "x"}}
    assert record["Sns"]["MessageAttributes"] == attributes
    assert said(other, "event", seconds=0.5) == []  # it does not let the topic call it


def test_a_bucket_tells_a_function_of_an_object(connection, s3):
    name = create(TELL)
    wished = {"LambdaFunctionArn": ARN.format(name), "Events": ["s3:ObjectCreated:*"]}
    filters = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}
    config = {"LambdaFunctionConfigurations": [{**wished, "Filter": filters}]}
    given = {"Bucket": connection.bucket, "NotificationConfiguration": config}
    with pytest.raises(ClientError, match="Unable to validate"):
        s3.put_bucket_notification_configuration(**given)
    allow(name, "s3", f"arn:aws:s3:::{connection.bucket}")
    s3.put_bucket_notification_configuration(**given)
    s3.put_object(Bucket=connection.bucket, Key="out/a", Body=b"x")
    s3.put_object(Bucket=connection.bucket, Key="in/a b", Body=b"xyz")
    [record] = told(name)["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["object"]["key"] == "in/a+b"
    assert record["s3"]["object"]["size"] == 3
    s3.put_bucket_notification_configuration(
        Bucket=connection.bucket, NotificationConfiguration={}
    )


def test_lines_of_a_log_reach_a_function(connection):
    logs, name = boto3.client("logs"), create(TELL)
    logs.create_log_group(logGroupName="watched")
    logs.create_log_stream(logGroupName="watched", logStreamName="s")
    given = {"logGroupName": "watched", "filterName": "all", "filterPattern": ""}
    given["destinationArn"] = ARN.format(name)
    with pytest.raises(ClientError, match="permission to execute"):
        logs.put_subscription_filter(**given)
    allow(name, "logs", "arn:aws:logs:us-east-1:123456789012:log-group:watched:*")
    logs.put_subscription_filter(**given)
    line = {"timestamp": int(time.time() * 1000), "message": "a line"}
    logs.put_log_events(logGroupName="watched", logStreamName="s", logEvents=[line])
    data = base64.b64decode(told(name)["awslogs"]["data"])
    found = json.loads(gzip.decompress(data))
    assert [event["message"] for event in found["logEvents"]] == ["a line"]
    assert found["logGroup"] == "watched"


def test_a_rule_on_sagemaker_reaches_a_function(connection, sagemaker):
    events, name = boto3.client("events"), create(TELL)
    events.put_rule(Name="models", EventPattern='{"source": ["aws.sagemaker"]}')
    rule = "arn:aws:events:us-east-1:123456789012:rule/models"
    allow(name, "events", rule)
    events.put_targets(Rule="models", Targets=[{"Id": "1", "Arn": ARN.format(name)}])
    sagemaker.create_model(
        ModelName="one",
        ExecutionRoleArn=connection.role_arn,
        PrimaryContainer={"Image": IMAGE},
    )
    event = told(name)
    assert event["detail-type"] == "SageMaker Model State Change"
    assert event["detail"]["ModelName"] == "one"


def test_an_event_is_taken_at_once_and_its_failure_goes_to_a_queue(connection):
    sqs, code = (
        boto3.client("sqs"),
        "def handler(event, context):\n    1 / event['n']\n",
    )
    urls = {n: sqs.create_queue(QueueName=n)["QueueUrl"] for n in ("dead", "failed")}
    arns = {n: f"arn:aws:sqs:us-east-1:123456789012:{n}" for n in urls}
    name = create(code, DeadLetterConfig={"TargetArn": arns["dead"]})
    shown = lambdas().get_function_configuration(FunctionName=name)
    assert shown["DeadLetterConfig"] == {"TargetArn": arns["dead"]}
    lambdas().put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arns["failed"]}},
    )
    answer = ask(name, {"n": 0}, InvocationType="Event")
    assert answer["StatusCode"] == 202 and answer["Payload"] is None
    number = answer["ResponseMetadata"]["RequestId"]
    place = {"WaitTimeSeconds": 10, "MessageAttributeNames": ["All"]}
    [dead] = sqs.receive_message(QueueUrl=urls["dead"], **place)["Messages"]
    assert json.loads(dead["Body"]) == {"n": 0}
    assert dead["MessageAttributes"]["RequestID"]["StringValue"] == number
    [failed] = sqs.receive_message(QueueUrl=urls["failed"], **place)["Messages"]
    record = json.loads(failed["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responsePayload"]["errorType"] == "ZeroDivisionError"
    assert record["requestPayload"] == {"n": 0}
