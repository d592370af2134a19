"""A server that is killed keeps what it confirmed, and bad items stop no start.

More kills: `KILLS=20 python -m pytest -n 0 tests/localaws/test_kills.py`.
"""

import itertools
import os
import random
import threading
import time

from botocore.exceptions import BotoCoreError, ClientError
from processing_jobs import request
from waiting import until

KILLS = int(os.environ.get("KILLS", "4"))
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
DONE = ("Completed", "Failed", "Stopped")


def job(name, command):
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": "any",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["sh", "-c", command],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://kills/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }


class Writer(threading.Thread):
    """Writes until its server is gone, and notes what was asked for and confirmed."""

    numbers = itertools.count()

    def __init__(self, server):
        super().__init__(daemon=True)
        self.s3, self.logs = server.client("s3"), server.client("logs")
        self.sagemaker, self.sqs = server.client("sagemaker"), server.client("sqs")
        self.queue = self.sqs.get_queue_url(QueueName="kills")["QueueUrl"]
        self.confirmed, self.asked = {}, {}
        self.jobs, self.processing, self.events, self.sent = [], [], [], 0

    def run(self):
        try:
            while True:
                self.write(next(self.numbers))
        except (BotoCoreError, ClientError):  # it was killed
            return

    def write(self, number):
        key, body = f"k{number % 7}", b"%d" % number * 1000
        self.asked[key] = body
        self.s3.put_object(Bucket="kills", Key=key, Body=body)
        self.confirmed[key] = body
        event = {"timestamp": int(time.time() * 1000), "message": f"event {number}"}
        self.logs.put_log_events(
            logGroupName="/g", logStreamName="s", logEvents=[event]
        )
        self.events.append(f"event {number}")
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=f"{number}")
        self.sent += 1
        if number % 5 == 0:
            self.sagemaker.create_training_job(**job(f"job-{number}", "sleep 0.05"))
            self.jobs.append(f"job-{number}")
            short = {"ImageUri": "any", "ContainerEntrypoint": ["sleep", "0.05"]}
            asked = request(f"processing-{number}", AppSpecification=short)
            self.sagemaker.create_processing_job(**asked)
            self.processing.append(f"processing-{number}")


def read(server, key):
    return server.client("s3").get_object(Bucket="kills", Key=key)["Body"].read()


def messages(server):
    logs, found, token = server.client("logs"), [], {}
    while True:
        page = logs.get_log_events(
            logGroupName="/g", logStreamName="s", startFromHead=True, **token
        )
        found += [event["message"] for event in page["events"]]
        if token.get("nextToken") == page["nextForwardToken"]:
            return found
        token = {"nextToken": page["nextForwardToken"]}


def sealed_object(server):
    """Put an object under a key of KMS; return its name."""
    key = server.client("kms").create_key()["KeyMetadata"]["KeyId"]
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    server.client("s3").put_object(Bucket="kills", Key="s", Body=b"sealed", **sealed)
    return "s"


def waiting(server):
    """Return how many messages are in the queue."""
    sqs, name = server.client("sqs"), "ApproximateNumberOfMessages"
    url = sqs.get_queue_url(QueueName="kills")["QueueUrl"]
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(asked["Attributes"][name])


def test_what_was_confirmed_survives_each_kill(restartable):
    draw, jobs, processing, events, sent = random.Random(0), [], [], [], 0
    restartable.client("s3").create_bucket(Bucket="kills")
    restartable.client("sqs").create_queue(QueueName="kills")
    sealed = sealed_object(restartable)
    logs = restartable.client("logs")
    logs.create_log_group(logGroupName="/g")
    logs.create_log_stream(logGroupName="/g", logStreamName="s")
    for _ in range(KILLS):
        writer = Writer(restartable)
        writer.start()
        until(lambda writer=writer: writer.events)
        time.sleep(draw.uniform(0, 1))  # the moment is any
        restartable.kill()
        writer.join(30)
        jobs += writer.jobs
        processing += writer.processing
        events += writer.events
        for key, body in writer.confirmed.items():
            assert read(restartable, key) in (body, writer.asked[key])
        assert set(events) <= set(messages(restartable))
        sent += writer.sent
        assert waiting(restartable) >= sent
        assert read(restartable, sealed) == b"sealed"
    sagemaker = restartable.client("sagemaker")
    for name in jobs:
        row = sagemaker.describe_training_job(TrainingJobName=name)
        assert row["TrainingJobStatus"] in DONE
    for name in processing:
        row = sagemaker.describe_processing_job(ProcessingJobName=name)
        assert row["ProcessingJobStatus"] in DONE


def test_no_bad_item_prevents_a_start_and_each_is_named(restartable):
    s3, sagemaker = restartable.client("s3"), restartable.client("sagemaker")
    for bucket in ("kills", "other"):
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    restartable.client("iam").create_user(UserName="u")
    container = {"PrimaryContainer": {"Image": "any"}, "ExecutionRoleArn": ROLE}
    for name in ("good", "bad"):
        sagemaker.create_model(ModelName=name, **container)
    folder = restartable.folder
    restartable.localaws("stop")
    bad = [
        os.path.join(folder, "state/us-east-1/Model/bad.json"),
        os.path.join(folder, "moto/s3/aws/other/bucket.json"),
        os.path.join(folder, "moto/iam/aws/iam.json"),
    ]
    for path in bad:
        with open(path, "w") as file:
            file.write('{"torn')
    os.makedirs(os.path.join(folder, "moto/s3/aws/.hidden/.deep"))
    os.makedirs(os.path.join(folder, "moto/logs/us-east-1/.hidden"))
    said = restartable.started_with_words()
    assert all(name in said for name in ("bad.json", '/other"', "iam.json"))
    s3, sagemaker = restartable.client("s3"), restartable.client("sagemaker")
    assert read(restartable, "k") == b"x" and "other" not in str(s3.list_buckets())
    models = sagemaker.list_models()["Models"]
    assert [model["ModelName"] for model in models] == ["good"]
    assert restartable.client("iam").list_users()["Users"] == []
    restartable.localaws("stop")
    assert restartable.started_with_words() == ""  # they are told of once
