"""What moto would only pretend to do is refused in words, at the earliest call."""

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localaws.neighbours.refusals import PRETENDED

ONCE = Config(
    retries={"total_max_attempts": 1},
    parameter_validation=False,
    inject_host_prefix=False,
)
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
TASK = {"Type": "Task", "End": True}


def filled(shape):
    """Return a value of a shape, with all that it must have."""
    if shape.type_name == "structure":
        return {name: filled(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [filled(shape.member)]
    plain = {"map": {}, "boolean": True, "blob": b"x", "timestamp": 0, "string": "abc"}
    return plain.get(shape.type_name, 1)


def refusal(service, operation, /, **members):
    client = boto3.client(service, config=ONCE, endpoint_url=None)
    method = {name: key for key, name in client.meta.method_to_api_mapping.items()}
    with pytest.raises(ClientError) as caught:
        getattr(client, method[operation])(**members)
    return caught.value.response


# S3 Control puts the account before the host's name: no client reaches a number so.
@pytest.mark.parametrize("service", [name for name in PRETENDED if name != "s3control"])
def test_an_operation_that_would_be_pretended_is_refused(connection, service, patched):
    model = boto3.client(service).meta.service_model
    for operation in PRETENDED[service][1]:
        members = filled(model.operation_model(operation).input_shape)
        found = refusal(service, operation, **members)
        assert found["Error"]["Code"] == "NotImplementedException"
        assert f"{operation} of {service}" in found["Error"]["Message"]
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.fixture
def patched(monkeypatch):
    """botocore finds Timestream's address by a request, unless it is given one."""
    monkeypatch.setenv("AWS_ENABLE_ENDPOINT_DISCOVERY", "false")


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "arn:aws:states:::sagemaker:createEndpoint",
        "arn:aws:states:::aws-sdk:sagemaker:createModel",
        "arn:aws-cn:states:::sagemaker:createTransformJob.sync:2",
    ],
)
def test_a_state_machine_that_would_train_is_refused(connection, resource):
    inner = {"StartAt": "A", "States": {"A": {**TASK, "Resource": resource}}}
    loop = {"Type": "Map", "ItemProcessor": inner, "End": True}
    fork = {"Type": "Parallel", "Branches": [inner], "End": True}
    outer = [{"StartAt": "L", "States": {"L": state}} for state in (loop, fork)]
    for definition in (inner, *outer):
        given = {"name": "m", "definition": json.dumps(definition), "roleArn": ROLE}
        found = refusal("stepfunctions", "CreateStateMachine", **given)
        assert resource in found["Error"]["Message"]
    machines = boto3.client("stepfunctions")
    assert machines.list_state_machines()["stateMachines"] == []


def test_a_service_of_ecs_never_says_that_tasks_run(connection):
    ecs = boto3.client("ecs")
    ecs.create_cluster(clusterName="c")
    container = {"name": "a", "image": "a", "memory": 1}
    ecs.register_task_definition(family="t", containerDefinitions=[container])
    given = {"cluster": "c", "serviceName": "s", "taskDefinition": "t"}
    made = ecs.create_service(**given, desiredCount=2)["service"]
    assert (made["runningCount"], made["pendingCount"]) == (0, 2)
    members = {"cluster": "c", "service": "s", "desiredCount": 3}
    assert "PENDING" in refusal("ecs", "UpdateService", **members)["Error"]["Message"]
    ecs.update_service(cluster="c", service="s", desiredCount=0)
    [kept] = ecs.describe_services(cluster="c", services=["s"])["services"]
    assert kept["runningCount"] == 0


def test_another_state_machine_is_recorded_and_not_changed_to_train(connection):
    machines = boto3.client("stepfunctions")
    queue = {**TASK, "Resource": "arn:aws:states:::sqs:sendMessage"}
    states = {"StartAt": "A", "States": {"A": queue}}
    given = {"definition": json.dumps(states), "roleArn": ROLE}
    arn = machines.create_state_machine(name="other", **given)["stateMachineArn"]
    changed = given["definition"].replace("sqs:sendMessage", "sagemaker:createModel")
    assert refusal(
        "stepfunctions", "UpdateStateMachine", stateMachineArn=arn, definition=changed
    )
    found = machines.describe_state_machine(stateMachineArn=arn)
    assert "sqs" in found["definition"]
    machines.delete_state_machine(stateMachineArn=arn)


def test_a_function_does_not_stream_its_answer(connection):
    found = refusal("lambda", "InvokeWithResponseStream", FunctionName="f")
    assert "use Invoke" in found["Error"]["Message"]


def test_a_query_of_logs_is_not_answered_as_if_it_had_no_filter(connection):
    """moto passes over the commands that it does not know: all lines were found."""
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="queried")
    asked = {"logGroupName": "queried", "startTime": 0, "endTime": 2**31}
    text = "fields @message | filter @message like /ERROR/ | limit 3"
    found = refusal("logs", "StartQuery", **asked, queryString=text)
    assert '"filter"' in found["Error"]["Message"]
    assert logs.start_query(**asked, queryString="fields @message | limit 3")["queryId"]


def test_a_bucket_tells_a_queue(connection, s3):
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="objects")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:objects"
    told = {"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    wished = {"QueueConfigurations": [told]}
    s3.put_bucket_notification_configuration(
        Bucket=connection.bucket, NotificationConfiguration=wished
    )
    s3.put_object(Bucket=connection.bucket, Key="notification", Body=b"x")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert "ObjectCreated" in found[-1]["Body"]
    s3.put_bucket_notification_configuration(
        Bucket=connection.bucket, NotificationConfiguration={}
    )
