"""The kinds of targets: which there are, what each must bring, and how it is told."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.api.registry import Context
from localaws.eventbridge import inputs
from localaws.eventbridge.inputs import BadTarget, Target
from localaws.iam.invokers import may_invoke
from localaws.iam.roles import require

RULES, SCHEDULER = "events.amazonaws.com", "scheduler.amazonaws.com"

# What a role must be allowed, by the service of the target.
ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "logs": "logs:PutLogEvents",
    "lambda": "lambda:InvokeFunction",
    "sagemaker": "sagemaker:StartPipelineExecution",
    "kinesis": "kinesis:PutRecord",
    "firehose": "firehose:PutRecord",
}
# Those that a rule tells in the name of a role; the others have policies of their own.
BY_ROLE = ("sagemaker", "kinesis", "firehose")
# Members of a target that nothing here would follow.
UNKEPT = (
    *("RunCommandParameters", "EcsParameters", "BatchParameters", "HttpParameters"),
    *("RedshiftDataParameters", "AppSyncParameters"),
)


def service_of(arn: str) -> tuple[str, str, str]:
    """Return service, region and resource of an ARN; all empty where it is none."""
    parts = arn.split(":", 5)
    return (parts[2], parts[3], parts[5]) if len(parts) == 6 else ("", "", "")


def check_target(target: Target, region: str) -> None:
    """Raise ServiceError for a target of a rule that would not be told as it wants.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    """
    arn = target["Arn"]
    service, place, resource = service_of(arn)
    bus = service == "events" and resource.startswith("event-bus/")
    check_kind(arn, (*SENDERS, *(["events"] if bus else ())))
    if place != region and not bus:
        words = f"only event buses may be in another Region than the rule ({region})"
        raise invalid(f"Parameter {arn} is not valid. Reason: {words}.")
    for name in UNKEPT:
        if target.get(name):
            raise _refused(f"localaws does not emulate {name} of targets.")
    if service in BY_ROLE and not target.get("RoleArn"):
        raise invalid(f"RoleArn is required for target {arn}.")
    letters = target.get("DeadLetterConfig", {}).get("Arn", "")
    if letters and (service_of(letters)[0] != "sqs" or letters.endswith(".fifo")):
        raise invalid(f"Invalid DeadLetterConfig of target {target['Id']}: {letters}")
    try:
        inputs.check(target)
    except BadTarget as error:
        raise invalid(str(error)) from None


def check_kind(arn: str, services: tuple[str, ...]) -> None:
    """Raise ServiceError for a target of a kind that nothing is sent to."""
    service, _, resource = service_of(arn)
    if not service:
        words = "Reason: Provided Arn is not in correct format."
        raise invalid(f"Parameter {arn} is not valid. {words}")
    pipeline = service != "sagemaker" or resource.startswith("pipeline/")
    if service not in services or not pipeline:
        raise _refused(
            f'localaws delivers no events to "{arn}": it sends them to event buses, '
            f"pipelines of SageMaker, and {', '.join(sorted(SENDERS))}."
        )


def send(context: Context, target: Target, text: str, source: str, who: str) -> None:
    """Give a target what it is to receive, on behalf of a rule or a schedule.

    Raises PermissionError where it may not, ClientError where the target does not take
    it. `who` is the service that sends.
    """
    arn = target["Arn"]
    service, region, resource = service_of(arn)
    if who == SCHEDULER or service in BY_ROLE:
        require(context, target["RoleArn"], who, ACTIONS[service], arn)
    elif service == "lambda" and not may_invoke(context.account, arn, source, who):
        raise PermissionError(f"{arn} does not let {source} call it: AddPermission")
    client = context.clients.get(service, region)
    SENDERS[service](client, resource, target, text)


def to_queue(client: Any, arn: str, text: str, **members: Any) -> None:
    """Send a message to a queue of SQS."""
    url = client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody=text, **members)


def typed(attributes: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Return the attributes of a message of SQS or SNS: by name, kind and value."""
    return {
        name: {"DataType": kind, "StringValue": value}
        for name, (kind, value) in attributes.items()
    }


def _to_queue(client: Any, resource: str, target: Target, text: str) -> None:
    to_queue(client, target["Arn"], text, **target.get("SqsParameters", {}))


def _to_topic(client: Any, resource: str, target: Target, text: str) -> None:
    client.publish(TopicArn=target["Arn"], Message=text)


def _to_log(client: Any, resource: str, target: Target, text: str) -> None:
    group = resource.removeprefix("log-group:").removesuffix(":*")
    place = {"logGroupName": group, "logStreamName": str(uuid.uuid4())}
    client.create_log_stream(**place)
    line = {"timestamp": int(time.time() * 1000), "message": text}
    client.put_log_events(**place, logEvents=[line])


def _to_function(client: Any, resource: str, target: Target, text: str) -> None:
    place = {"FunctionName": target["Arn"], "InvocationType": "Event"}
    client.invoke(**place, Payload=text.encode())


def _to_pipeline(client: Any, resource: str, target: Target, text: str) -> None:
    given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList")
    event = json.loads(text) if not target.get("_literal") else {}
    values = [
        # A value may be a path into the event.
        {"Name": row["Name"], "Value": _value(event, row["Value"], target)}
        for row in given or ()
    ]
    client.start_pipeline_execution(
        PipelineName=resource.partition("/")[2],
        PipelineParameters=values,
        ClientRequestToken=target["_once"],
    )


def _value(event: Any, text: str, target: Target) -> str:
    if target.get("_literal") or not text.startswith("$."):
        return text
    found = inputs.at(event, text)
    return found if isinstance(found, str) else json.dumps(found)


def _to_stream(client: Any, resource: str, target: Target, text: str) -> None:
    path = target.get("KinesisParameters", {}).get("PartitionKeyPath")
    key = str(inputs.at(json.loads(text), path)) if path else str(uuid.uuid4())
    name = resource.partition("/")[2]
    client.put_record(StreamName=name, Data=text.encode(), PartitionKey=key)


def _to_delivery(client: Any, resource: str, target: Target, text: str) -> None:
    name = resource.partition("/")[2]
    client.put_record(DeliveryStreamName=name, Record={"Data": text.encode()})


SENDERS: dict[str, Callable[[Any, str, Target, str], None]] = {
    "sqs": _to_queue,
    "sns": _to_topic,
    "logs": _to_log,
    "lambda": _to_function,
    "sagemaker": _to_pipeline,
    "kinesis": _to_stream,
    "firehose": _to_delivery,
}


def _refused(words: str) -> ServiceError:
    return ServiceError("NotImplementedException", words)
