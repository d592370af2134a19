"""Topics and their subscriptions are there again, with what they were told to heed."""

import json

from moto.sns.models import sns_backends

from localaws.persistence.topics import Topics

REGION = "eu-west-1"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:q"


def test_a_topic_is_kept_with_its_subscriptions_and_delivers(context, tmp_path):
    kept = Topics(tmp_path / "kept", context.account, REGION)
    sns, sqs = (context.clients.get(name, REGION) for name in ("sns", "sqs"))
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sns.create_topic(Name="t", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"kind": ["good"]})}
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=QUEUE, Attributes=policy)
    sns.publish(TopicArn=arn, Message="before")
    kept.keep({})
    assert "before" not in (tmp_path / "kept" / "sns.json").read_text()

    backend = sns_backends[context.account][REGION]
    backend.topics.clear()
    backend.subscriptions.clear()
    Topics(tmp_path / "kept", context.account, REGION).load()
    [row] = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    assert row["Endpoint"] == QUEUE
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]
    for kind in ("good", "bad"):
        value = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=arn, Message=kind, MessageAttributes=value)
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(one["Body"])["Message"] for one in found] == ["good"]
