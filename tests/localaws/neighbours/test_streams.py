"""Events are those of the streams whose names begin as asked."""

import time

import boto3
import pytest
from botocore.exceptions import ClientError


def test_a_prefix_leaves_other_streams_out(connection):
    logs, group = boto3.client("logs"), f"/g-{time.time_ns()}"
    logs.create_log_group(logGroupName=group)
    for name in ("a/1", "a/2", "b/1"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
        event = {"timestamp": int(time.time() * 1000), "message": f"from {name}"}
        logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=[event])

    def said(**asked):
        found = logs.filter_log_events(logGroupName=group, **asked)
        return sorted(event["message"] for event in found["events"])

    assert said(logStreamNamePrefix="a/") == ["from a/1", "from a/2"]
    assert said(logStreamNamePrefix="a/", limit=1, filterPattern="2") == ["from a/2"]
    assert said(logStreamNamePrefix="c") == []
    assert len(said()) == 3
    with pytest.raises(ClientError, match="together"):
        said(logStreamNamePrefix="a", logStreamNames=["a/1"])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        logs.filter_log_events(logGroupName="none", logStreamNamePrefix="a")
