"""Transform jobs through boto3 and the unmodified SageMaker Python SDK v3."""

import io
import pickle
import re
import tarfile
import time

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError
from deployed import make_model, upload
from roles import allow, make_role
from sklearn.linear_model import LogisticRegression
from transform_jobs import ECHO, request
from waiting import until

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"


@pytest.fixture(scope="module")
def iris(connection):
    """A classifier in scikit-learn's container, its data, and what it answers."""
    draw = np.random.default_rng(0)
    x = draw.normal(size=(40, 3)).round(3)
    model = LogisticRegression().fit(x, x[:, 0] > 0)
    code = "import pathlib, pickle\n"
    code += "def model_fn(d): return pickle.loads(pathlib.Path(d, 'm').read_bytes())\n"
    files = {"m": pickle.dumps(model), "inference.py": code}
    url = upload(connection, "iris/model.tar.gz", files)
    variables = {"SAGEMAKER_PROGRAM": "inference.py"}
    variables["SAGEMAKER_SUBMIT_DIRECTORY"] = "/opt/ml/model"
    make_model(connection, boto3.client("sagemaker"), "iris", url, variables, SKLEARN)
    rows = [f"id{number}," + ",".join(map(str, row)) for number, row in enumerate(x)]
    return rows, model.predict(x)


def test_the_sdk_joins_predictions_with_the_rows(connection, s3, iris, place, outputs):
    from sagemaker.core.transformer import Transformer

    rows, predicted = iris
    body = "\n".join(rows).encode()
    s3.put_object(Bucket=connection.bucket, Key=f"{place}in/rows.csv", Body=body)
    uri = f"s3://{connection.bucket}/{place}"
    transformer = Transformer(
        model_name="iris",
        instance_count=1,
        instance_type="ml.m5.large",
        strategy="MultiRecord",
        assemble_with="Line",
        accept="text/csv",
        output_path=f"{uri}out",
        max_payload=1,
        tags=[{"Key": "k", "Value": "v"}],
    )
    transformer.transform(
        f"{uri}in/rows.csv",
        content_type="text/csv",
        split_type="Line",
        input_filter="$[1:]",
        join_source="Input",
        output_filter="$[0,-1]",
        logs=True,
    )
    kept = outputs()["rows.csv.out"].decode().split()
    expected = [
        f"{row.partition(',')[0]},{answer}"
        for row, answer in zip(rows, predicted, strict=True)
    ]
    assert kept == expected
    name = transformer.latest_transform_job.get_name()
    attached = Transformer.attach(name)
    assert (attached.model_name, attached.accept) == ("iris", "text/csv")
    arn = boto3.client("sagemaker").describe_transform_job(TransformJobName=name)
    tags = boto3.client("sagemaker").list_tags(ResourceArn=arn["TransformJobArn"])
    assert {"Key": "k", "Value": "v"} in tags["Tags"]


def test_a_job_is_listed_and_described_with_what_it_was_given(start, ended, sagemaker):
    name = start({"a": b"1"}, Environment={"WORD": "x"}, MaxPayloadInMB=3)
    job = ended(name)
    assert job["TransformJobArn"].endswith(f":transform-job/{name}")
    assert (job["ModelName"], job["MaxPayloadInMB"]) == ("echo", 3)
    assert job["Environment"] == {"WORD": "x"}
    assert job["TransformInput"]["SplitType"] == "None"
    assert job["TransformOutput"]["AssembleWith"] == "None"
    assert job["DataProcessing"]["InputFilter"] == "$"
    found = sagemaker.list_transform_jobs(NameContains=name)["TransformJobSummaries"]
    assert [row["TransformJobStatus"] for row in found] == ["Completed"]
    found = sagemaker.list_transform_jobs(NameContains=name, StatusEquals="Failed")
    assert found["TransformJobSummaries"] == []


def test_what_is_absent_or_taken_or_ended_is_refused(start, ended, sagemaker):
    with pytest.raises(ClientError, match='Could not find model "arn'):
        start({"a": b"1"}, model="absent")
    for verb in ("describe", "stop"):
        with pytest.raises(ClientError, match="Requested resource not found"):
            getattr(sagemaker, f"{verb}_transform_job")(TransformJobName="absent")
    name = start({"a": b"1"})
    ended(name)
    with pytest.raises(ClientError, match="transform job is in status Completed"):
        sagemaker.stop_transform_job(TransformJobName=name)
    with pytest.raises(ClientError, match="already exists") as caught:
        start({"a": b"1"}, TransformJobName=name)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"


def test_a_model_that_cannot_load_fails_the_job_with_its_last_words(
    connection, sagemaker, start, ended, outputs
):
    code = "def model_fn(d): raise ValueError('no weights in ' + d)"
    url = upload(connection, "broken/model.tar.gz", {"code/inference.py": code})
    make_model(connection, sagemaker, "broken", url)
    job = ended(start({"a": b"1"}, model="broken"))
    assert job["TransformJobStatus"] == "Failed" and outputs() == {}
    reason = job["FailureReason"]
    assert reason.startswith("AlgorithmError: The primary container of the transform")
    assert "ValueError: no weights in /opt/ml/model" in reason


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (["s3:GetObject"], "ClientError: Data download failed: .*ListBucket"),
        (["s3:GetObject", "s3:ListBucket"], "ClientError: Upload to .*PutObject"),
    ],
)
def test_what_the_models_role_may_not_do_fails_the_job(
    connection, sagemaker, start, ended, outputs, actions, words
):
    name = f"role-{time.time_ns()}"
    role = make_role(boto3.client("iam"), name, allow(*actions))
    code = "def model_fn(d): return 0\ndef transform_fn(m, b, t, a): return 'x', 'y/z'"
    url = upload(connection, "limited/model.tar.gz", {"code/inference.py": code})
    make_model(connection, sagemaker, "limited", url, role=role)
    job = ended(start({"a": b"1"}, model="limited"))
    assert job["TransformJobStatus"] == "Failed" and outputs() == {}
    assert re.match(words, job["FailureReason"], re.DOTALL), job["FailureReason"]


def test_a_pipeline_of_containers_is_asked_in_turn(
    connection, sagemaker, start, ended, outputs, log_of, echo
):
    model = sagemaker.describe_model(ModelName=echo)
    first, last = (
        {**model["PrimaryContainer"], "Environment": {"WORD": word}} for word in "ab"
    )
    sagemaker.create_model(
        ModelName="pipeline",
        ExecutionRoleArn=connection.role_arn,
        Containers=[first, last],
    )
    name = start(
        {"x": b"1"}, model="pipeline", ContentType="text/csv", Accept="text/csv"
    )
    assert ended(name)["TransformJobStatus"] == "Completed"
    assert outputs() == {"x.out": b"<<1a>b>\n"}
    ends = sorted(stream.rpartition("/")[2] for stream in log_of(name))
    assert ends == ["container-1", "container-2", "data-log"]


def test_a_restart_fails_what_ran_and_leaves_nothing(restartable):
    s3, sagemaker = restartable.client("s3"), restartable.client("sagemaker")
    s3.create_bucket(Bucket="bucket")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("code/inference.py")
        info.size = len(ECHO)
        tar.addfile(info, io.BytesIO(ECHO.encode()))
    s3.put_object(Bucket="bucket", Key="m.tar.gz", Body=buffer.getvalue())
    for key, body in {"a": b"1", "b": b"slow"}.items():
        s3.put_object(Bucket="bucket", Key=f"in/{key}", Body=body)
    sagemaker.create_model(
        ModelName="echo",
        ExecutionRoleArn="arn:aws:iam::123456789012:role/SageMakerExecutionRole",
        PrimaryContainer={
            "Image": "pytorch-inference:2.6",
            "ModelDataUrl": "s3://bucket/m.tar.gz",
        },
    )
    sagemaker.create_transform_job(**request("job"))
    stored = {"Bucket": "bucket", "Prefix": "out/"}
    until(lambda: s3.list_objects_v2(**stored)["KeyCount"])
    restartable.kill()
    job = restartable.client("sagemaker").describe_transform_job(TransformJobName="job")
    assert job["TransformJobStatus"] == "Failed"
    assert "the localaws server ended while the job ran" in job["FailureReason"]
    listed = restartable.client("s3").list_objects_v2(**stored)["Contents"]
    assert [row["Key"] for row in listed] == ["out/a.out"]
