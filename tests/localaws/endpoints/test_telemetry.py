"""Endpoints write their log and their metrics to CloudWatch."""

import boto3
import pytest
from deployed import SAY, invoke, log, total
from waiting import until


def test_the_log_has_the_traceback_and_the_metrics_count_the_calls(runtime, say):
    say("counted", "fine", script=SAY.replace("return model", "return data['good']"))
    names = {"EndpointName": "counted", "VariantName": "variant-0"}
    for _ in range(3):
        with pytest.raises(runtime.exceptions.ModelError):
            invoke(runtime, "counted")
    until(lambda: total("Invocations", names) == 3)
    assert total("Invocation5XXErrors", names) == 3
    assert total("Invocation4XXErrors", names) == 0
    assert total("InvocationModelErrors", names) == 3
    assert total("ModelLatency", names) > 0 and total("OverheadLatency", names) > 0
    until(lambda: log("counted").count("Traceback (most recent") == 3)
    assert 'File "/opt/ml/model/code/inference.py", line 4' in log("counted")


def test_the_log_group_may_be_deleted_while_the_endpoint_lives(runtime, say):
    say("logged", "x", script=SAY.replace("return model", "print(data); return model"))
    assert "The model server is ready." in log("logged")
    invoke(runtime, "logged", b"first")
    until(lambda: "first" in log("logged"))
    group = "/aws/sagemaker/Endpoints/logged"
    boto3.client("logs").delete_log_group(logGroupName=group)
    invoke(runtime, "logged", b"second")
    until(lambda: log("logged", missing="") == "second")
