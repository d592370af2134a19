"""Roles, functions, an API, rules and a queue of tickets, made with boto3."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from course.cloud.functions import created
from course.cloud.permissions import document
from course.packages import of_script

Statement = Mapping[str, Any]
RUNTIME = "python3.12"
SETTLES = 15  # seconds until all of AWS knows a role


class Wiring:
    """What connects services, each named by the prefix; `clean_up` removes it all.

    `account` is region and number, such as "us-east-1:123456789012"; `slow` waits
    until the real AWS knows a role that was made.
    """

    def __init__(self, prefix: str, account: str, slow: bool = False) -> None:
        self.prefix, self.account, self.slow = prefix, account, slow

    def role(self, name: str, service: str, statements: Sequence[Statement]) -> str:
        """Make a role that a service may assume, with one policy; return its ARN."""
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": f"{service}.amazonaws.com"},
        }
        iam, named = boto3.client("iam"), {"RoleName": f"{self.prefix}-{name}"}
        made = iam.create_role(**named, AssumeRolePolicyDocument=document(trust))
        policy = document(*map(dict, statements))
        iam.put_role_policy(**named, PolicyName=name, PolicyDocument=policy)
        time.sleep(SETTLES * self.slow)
        return made["Role"]["Arn"]

    def function(
        self, script: Path, role: str, settings: Mapping[str, str] | None = None
    ) -> str:
        """Make a function of Lambda of a script with a `handler`; return its ARN."""
        return created(
            FunctionName=f"{self.prefix}-{script.stem}",
            Runtime=RUNTIME,
            Handler=f"{script.stem}.handler",
            Role=role,
            Code={"ZipFile": of_script(script)},
            Environment={"Variables": dict(settings or {})},
            Timeout=60,
        )

    def api(self, function: str) -> str:
        """Make an HTTP API that hands all to a function; return its address."""
        what = {"Name": self.prefix, "ProtocolType": "HTTP", "Target": function}
        made = boto3.client("apigatewayv2").create_api(**what)
        source = f"arn:aws:execute-api:{self.account}:{made['ApiId']}/*"
        self.let_call(function, "apigateway", source)
        return made["ApiEndpoint"]

    def let_call(self, function: str, service: str, source: str) -> None:
        """Let a service call a function on behalf of a source, both given by ARN."""
        boto3.client("lambda").add_permission(
            FunctionName=function,
            StatementId=service,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source,
        )

    def rule(self, name: str, pattern: Any, target: Mapping[str, Any]) -> str:
        """Make a rule of EventBridge; return its ARN. A function lets it call."""
        events, full = boto3.client("events"), f"{self.prefix}-{name}"
        arn = events.put_rule(Name=full, EventPattern=json.dumps(pattern))["RuleArn"]
        if ":function:" in target["Arn"]:
            self.let_call(target["Arn"], "events", arn)
        events.put_targets(Rule=full, Targets=[{"Id": "1", **target}])
        return arn

    def let_tell(self, bucket: str) -> Callable[[], None]:
        """Let a bucket tell EventBridge of its objects; what is returned undoes it.

        Whom the bucket tells already, it goes on telling.
        """
        s3 = boto3.client("s3")
        told: dict[str, Any] = dict(
            s3.get_bucket_notification_configuration(Bucket=bucket)
        )
        told.pop("ResponseMetadata", None)

        def put(configuration: dict[str, Any]) -> None:
            s3.put_bucket_notification_configuration(
                Bucket=bucket, NotificationConfiguration=configuration
            )

        put(told | {"EventBridgeConfiguration": {}})
        return partial(put, told)

    def tickets(self, name: str, patterns: Mapping[str, Any]) -> str:
        """Make a queue, and a rule for each pattern that fills it; return its URL."""
        sqs, full = boto3.client("sqs"), f"{self.prefix}-{name}"
        url = sqs.create_queue(QueueName=full)["QueueUrl"]
        arn = f"arn:aws:sqs:{self.account}:{full}"
        rules = [self.rule(each, p, {"Arn": arn}) for each, p in patterns.items()]
        may = {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": rules}},
        }
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(may)})
        return url

    def next_ticket(self, url: str) -> dict[str, Any]:
        """Take the next event out of a queue; TimeoutError after 20 seconds."""
        sqs = boto3.client("sqs")
        for row in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get(
            "Messages", ()
        ):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=row["ReceiptHandle"])
            return json.loads(row["Body"])
        raise TimeoutError(f"no ticket has come into {url}")
