"""The AWS CLI alone builds a chain of services, which goes on after `kill -9`.

An API calls a function; an alarm tells a topic, which calls another function, and a
rule, which fills a queue; a schedule fills it too.
"""

import json
import os
import subprocess
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from functions_made import packed
from restarts import Restartable

from localaws import client

BIN = Path(__file__).parents[2] / ".venv-sdk2" / "bin"
OWN = ("AWS_", "LOCALAWS_", "PYTHONPATH")
PLACE = "us-east-1:123456789012"
TOPIC, QUEUE = f"arn:aws:sns:{PLACE}:told", f"arn:aws:sqs:{PLACE}:heard"
ALARM, RULE = (
    f"arn:aws:cloudwatch:{PLACE}:alarm:busy",
    f"arn:aws:events:{PLACE}:rule/rung",
)
API = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": "hello " + event["queryStringParameters"]["who"]}
"""
EAR = """
import json, time

def handler(event, context):
    told = json.loads(event["Records"][0]["Sns"]["Message"])
    print("heard", json.dumps([told["NewStateValue"], time.time()]))
"""
SOON = 15  # seconds of real time in which an alarm with a period of ten acts


class Cli:
    """The AWS CLI in a terminal that is connected to the server of a folder.

    The environment of a connection matters: version 1 of the CLI asks SQS at
    queue.amazonaws.com, whatever AWS_ENDPOINT_URL says.
    """

    def __init__(self, server):
        self.server = server
        self.connect()

    def connect(self):
        """Have the address of the server as it is now."""
        self.connection = client.open_connection(self.server.url, client.REGION)
        self.environment = {**os.environ, **self.connection.environment}

    def kill(self):
        """End the server as the kernel would, start the next one, and connect to it."""
        self.connection.stop()
        self.server.kill()
        self.connect()

    def __call__(self, *words, **options):
        """Run a command; return what it printed, as JSON if it printed anything."""
        for name, value in options.items():
            value = value if isinstance(value, str) else json.dumps(value)
            words += (f"--{name.replace('_', '-')}", value)
        done = subprocess.run(
            [BIN / "python", BIN / "aws", *words],
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout) if done.stdout else {}

    def make_role(self):
        services = ["lambda.amazonaws.com", "scheduler.amazonaws.com"]
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        trust["Principal"] = {"Service": services}
        allow = {"Effect": "Allow", "Action": ["sqs:*", "logs:*"], "Resource": "*"}
        documents = [
            {"Version": "2012-10-17", "Statement": [row]} for row in (trust, allow)
        ]
        made = self(
            *("iam", "create-role"),
            role_name="chain",
            assume_role_policy_document=documents[0],
        )
        self(
            *("iam", "put-role-policy"),
            role_name="chain",
            policy_name="own",
            policy_document=documents[1],
        )
        return made["Role"]["Arn"]

    def make_function(self, name, code, service, source, folder):
        """Create a function that a service may call; return its ARN."""
        path = folder / f"{name}.zip"
        path.write_bytes(packed({"app.py": code}))
        made = self(
            *("lambda", "create-function"),
            function_name=name,
            runtime="python3.11",
            role="arn:aws:iam::123456789012:role/chain",
            handler="app.handler",
            zip_file=f"fileb://{path}",
        )
        self(
            *("lambda", "add-permission"),
            function_name=name,
            statement_id=service,
            action="lambda:InvokeFunction",
            principal=f"{service}.amazonaws.com",
            source_arn=source,
        )
        return made["FunctionArn"]

    def make_api(self, function):
        """Deploy a REST API with a function behind its root; return its path."""
        made = self("apigateway", "create-rest-api", name="chain")
        place = {"rest_api_id": made["id"], "resource_id": made["rootResourceId"]}
        place["http_method"] = "GET"
        self("apigateway", "put-method", **place, authorization_type="NONE")
        path = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
        self(
            *("apigateway", "put-integration"),
            **place,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=f"{path}/{function}/invocations",
        )
        self(
            *("apigateway", "create-deployment"),
            rest_api_id=made["id"],
            stage_name="prod",
        )
        return f"/_apis/{made['id']}/prod"

    def make_alarm(self):
        """Let an alarm tell a topic and, by a rule, a queue."""
        pattern = {"source": ["aws.cloudwatch"], "resources": [ALARM]}
        self("events", "put-rule", name="rung", event_pattern=pattern)
        targets = [{"Id": "queue", "Arn": QUEUE}]
        put = self("events", "put-targets", rule="rung", targets=targets)
        assert put["FailedEntryCount"] == 0
        self(
            *("cloudwatch", "put-metric-alarm"),
            alarm_name="busy",
            namespace="Chain",
            metric_name="load",
            statistic="Maximum",
            period="10",
            evaluation_periods="1",
            threshold="3",
            comparison_operator="GreaterThanThreshold",
            alarm_actions=TOPIC,
            ok_actions=TOPIC,
        )

    def put(self, value):
        """Put a value of the metric; return the time before."""
        before = time.time()
        self(
            *("cloudwatch", "put-metric-data"),
            namespace="Chain",
            metric_name="load",
            value=str(value),
            storage_resolution="1",
        )
        return before

    def queue(self):
        return self("sqs", "create-queue", queue_name="heard")["QueueUrl"]

    def receive(self, url, count):
        """Wait for so many messages, delete each as it comes; return their bodies."""
        found, end = [], time.monotonic() + 40
        while len(found) < count and time.monotonic() < end:
            said = self(
                *("sqs", "receive-message"),
                queue_url=url,
                wait_time_seconds="20",
                max_number_of_messages="10",
            )
            for row in said.get("Messages", []):
                found.append(json.loads(row["Body"]))
                handle = row["ReceiptHandle"]
                self("sqs", "delete-message", queue_url=url, receipt_handle=handle)
        return found

    def heard(self, count):
        """Return what the second function was told, and when, as soon as it was."""
        end = time.monotonic() + 20
        while True:
            said = self(
                *("logs", "filter-log-events"),
                log_group_name="/aws/lambda/ear",
                filter_pattern="heard",
            )
            rows = [row["message"].partition("heard ")[2] for row in said["events"]]
            if len(rows) >= count or time.monotonic() > end:
                return [json.loads(row) for row in rows]


def asked(url):
    with urllib.request.urlopen(f"{url}?who=you", timeout=30) as answer:
        return answer.read().decode()


def events(bodies):
    """Return the states that events of an alarm tell."""
    return [body["detail"]["state"]["value"] for body in bodies if "detail" in body]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the services told, before the server was killed and after it."""
    if not (BIN / "aws").exists():
        stop = pytest.fail if "CI" in os.environ else pytest.skip
        stop("'.venv-sdk2' is missing: `make test` sets it up")
    folder = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(OWN)]:
            patch.delenv(name)
        patch.setenv("LOCALAWS_FOLDER", str(folder / "state"))
        server = Restartable(None).start()
        try:
            aws = Cli(server)
            yield built(aws, folder)
            aws.connection.stop()
        finally:
            server.localaws("stop")


def built(aws, folder):
    """Build the chain, follow it, kill the server and follow it again."""
    role, url = aws.make_role(), aws.queue()
    at = datetime.fromtimestamp(time.time() + 15, UTC)
    aws(
        *("scheduler", "create-schedule"),
        name="soon",
        schedule_expression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        flexible_time_window={"Mode": "OFF"},
        target={"Arn": QUEUE, "RoleArn": role, "Input": json.dumps({"soon": 1})},
    )
    source = f"arn:aws:execute-api:{PLACE}:*"
    path = aws.make_api(aws.make_function("hello", API, "apigateway", source, folder))
    ear = aws.make_function("ear", EAR, "sns", TOPIC, folder)
    aws("sns", "create-topic", name="told")
    aws(
        "sns",
        "subscribe",
        topic_arn=TOPIC,
        protocol="lambda",
        notification_endpoint=ear,
    )
    aws.make_alarm()
    found = {"answer": asked(aws.server.url + path), "rung": aws.put(9)}
    found["queued"] = aws.receive(url, 2)
    found["heard"] = aws.heard(1)
    aws.kill()
    found["answer again"] = asked(aws.server.url + path)
    url = aws.queue()  # the same queue, at the address of the next server
    found["quiet"] = aws.put(0)
    found["queued again"] = aws.receive(url, 1)
    found["heard again"] = aws.heard(2)
    targets = ("application-autoscaling", "describe-scalable-targets")
    found["targets"] = aws(*targets, service_namespace="sagemaker")
    return found


def test_an_api_answers_with_its_function(told):
    assert told["answer"] == "hello you"


def test_an_alarm_calls_a_function_through_a_topic(told):
    [[state, at]] = told["heard"]
    assert state == "ALARM"
    assert at - told["rung"] < SOON


def test_a_rule_brings_the_alarm_to_a_queue(told):
    assert events(told["queued"]) == ["ALARM"]


def test_a_schedule_fills_the_queue_once(told):
    assert [body for body in told["queued"] if "detail" not in body] == [{"soon": 1}]
    assert not [body for body in told["queued again"] if "detail" not in body]


def test_the_api_answers_after_the_server_was_killed(told):
    assert told["answer again"] == "hello you"


def test_the_alarm_acts_after_the_server_was_killed(told):
    assert events(told["queued again"]) == ["OK"]
    [_, [state, at]] = told["heard again"]
    assert state == "OK"
    assert at - told["quiet"] < SOON


def test_what_is_scaled_is_listed(told):
    assert told["targets"] == {"ScalableTargets": []}
