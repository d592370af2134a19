"""moto's own pages: for who opened the door, where they do all that they say."""

import json
import time
import urllib.error
import urllib.request

import boto3
import pytest

from localaws import client

ANY_KEY = True


def asked(url, path, body=None):
    """Return status and body of one of moto's pages."""
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url + path, body))
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode()


def test_a_reset_leaves_the_role_and_the_keys_that_a_process_has(connection, s3):
    s3.create_bucket(Bucket="mine")
    status, body = asked(connection.url, "/moto-api/reset", b"")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert [row["Name"] for row in s3.list_buckets()["Buckets"]] != ["mine"]
    arn = boto3.client("sts").get_caller_identity()["Arn"]
    assert arn.endswith("SageMakerExecutionRole/localaws")


def test_a_reset_does_not_leave_half_of_what_is_there(connection, sagemaker, s3):
    s3.create_bucket(Bucket="models")
    s3.put_object(Bucket="models", Key="k", Body=b"")
    sagemaker.create_model(
        ModelName="kept",
        ExecutionRoleArn=connection.role_arn,
        PrimaryContainer={"Image": "x", "ModelDataUrl": "s3://models/k"},
    )
    status, body = asked(connection.url, "/moto-api/reset", b"")
    assert status == 400 and "model kept" in body
    sagemaker.delete_model(ModelName="kept")
    api = boto3.client("apigateway").create_rest_api(name="mine")["id"]
    status, body = asked(connection.url, "/moto-api/reset", b"")
    assert status == 400 and "Delete the APIs" in body and "mine" in body
    boto3.client("apigateway").delete_rest_api(restApiId=api)
    assert asked(connection.url, "/moto-api/reset", b"")[0] == 200


def test_a_reset_forgets_alarms_and_metrics(connection):
    cloudwatch, names = boto3.client("cloudwatch"), {"Namespace": "N"}
    given = {**names, "MetricName": "m", "Statistic": "Sum", "Period": 60}
    limit = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1}
    for _ in range(2):
        cloudwatch.put_metric_alarm(
            AlarmName="a", EvaluationPeriods=1, **given, **limit
        )
        cloudwatch.put_metric_data(
            **names, MetricData=[{"MetricName": "m", "Value": 3}]
        )
        now = time.time()
        [point] = cloudwatch.get_metric_statistics(
            **names,
            MetricName="m",
            StartTime=now - 600,
            EndTime=now + 60,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        assert point["Sum"] == 3
        assert asked(connection.url, "/moto-api/reset", b"")[0] == 200
        assert cloudwatch.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize("path", ["/moto-api/", "/moto-api/data.json"])
def test_the_pages_of_moto_are_shown(connection, path):
    assert asked(connection.url, path)[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/moto-api/static/sagemaker/endpoint-results",
        "/moto-api/recorder/start-recording",
        "/moto-api/proxy/passthrough",
        "/moto-api/x",
    ],
)
def test_what_would_answer_in_our_place_is_refused(connection, path):
    status, body = asked(connection.url, path, b"{}")
    assert status == 400 and "does not serve" in body


def test_a_server_that_keeps_its_state_is_not_reset_by_half(restartable):
    restartable.localaws("stop")
    restartable.start("--open")
    status, body = asked(restartable.url, "/moto-api/reset", b"")
    assert status == 400 and "undone by the next start" in body


def test_a_closed_server_has_no_such_pages():
    closed = client.fresh()
    try:
        assert asked(closed.url, "/moto-api/reset", b"")[0] in (400, 403)
        status, body = asked(closed.url, "/moto-api/data.json")
        assert status in (400, 403) and "Bucket" not in body
    finally:
        closed.stop()
