"""What a client gets for a request to an endpoint."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from botocore.exceptions import ClientError
from deployed import (
    IMAGE,
    SAY,
    attempt,
    deploy,
    encode,
    invoke,
    make_model,
    own_answer,
    servers,
    upload,
)
from waiting import until


@pytest.mark.parametrize("kind", ["application/json", "text/csv", "application/x-npy"])
def test_the_endpoint_answers_what_the_model_itself_computes(
    runtime, endpoint, digits, kind
):
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, ContentType=kind, Body=encode(digits["x"], kind)
    )
    found = json.loads(answer["Body"].read())
    expected = own_answer(digits)
    assert found["probabilities"] == expected.tolist()
    assert found["labels"] == expected.argmax(dim=1).tolist()


def test_a_bad_request_is_a_readable_model_error(connection, runtime, endpoint):
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        invoke(runtime, endpoint, b"[[1, 2]]")
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"].startswith("Images have shape (1, 2)")
    group = f"/aws/sagemaker/Endpoints/{endpoint}"
    assert response["LogStreamArn"].endswith(f"log-group:{group}")
    message = response["Error"]["Message"]
    assert message.startswith("Received server error (500) from primary with message")
    assert message.endswith(f"in account {connection.account} for more information.")


@pytest.mark.parametrize(
    ("name", "size", "status", "message"),
    [
        ("absent", 1, 400, "Endpoint absent of account 123456789012 not found."),
        ("absent", 26214401, 413, "HTTP content length exceeded 26214400 bytes."),
    ],
)
def test_a_request_that_reaches_no_model_says_why(runtime, name, size, status, message):
    with pytest.raises(ClientError) as caught:
        invoke(runtime, name, bytes(size))
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"]["Message"] == message


def test_an_error_is_read_whatever_the_type_of_the_data_is(runtime):
    kind = "application/x-www-form-urlencoded"
    with pytest.raises(ClientError, match="Endpoint absent of account") as caught:
        invoke(runtime, "absent", b"a=1", ContentType=kind)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_headers_reach_the_model_and_come_back(runtime, say):
    script = """
NAME = "X-Amzn-SageMaker-Custom-Attributes"
def model_fn(model_dir): return 0
def transform_fn(model, body, content_type, accept, context):
    context.set_response_header(0, NAME, context.get_request_header(0, NAME) + "!")
    return f"{content_type} {accept}", "text/x-own"
"""
    say("headers", "any", script=script)
    answer = runtime.invoke_endpoint(
        EndpointName="headers",
        Body=b"\x00",
        ContentType="image/png",
        Accept="text/plain",
        CustomAttributes="trace=7",
    )
    assert answer["Body"].read() == b"image/png text/plain"
    assert answer["ContentType"] == "text/x-own"
    assert answer["CustomAttributes"] == "trace=7!"
    assert answer["InvokedProductionVariant"] == "variant-0"


def test_weights_share_the_requests_and_a_target_overrides_them(
    sagemaker, runtime, say
):
    say("shares", "a", "b", weights=[1, 3])
    answers = [invoke(runtime, "shares") for _ in range(200)]
    assert 20 < answers.count(b"a") < 80  # 50 expected, five standard deviations
    wishes = [{"VariantName": "variant-1", "DesiredWeight": 0}]
    sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="shares", DesiredWeightsAndCapacities=wishes
    )
    assert {invoke(runtime, "shares") for _ in range(20)} == {b"a"}
    assert invoke(runtime, "shares", TargetVariant="variant-1") == b"b"
    with pytest.raises(ClientError, match='no variant "variant-9"'):
        invoke(runtime, "shares", TargetVariant="variant-9")


def test_containers_of_a_pipeline_are_asked_one_after_the_other(
    connection, sagemaker, runtime
):
    script = SAY.replace("return model", "return data + ' ' + model")
    containers = []
    for number, word in enumerate(["twice", "and again"]):
        files = {"code/inference.py": script.replace("{word!r}", repr(word))}
        url = upload(connection, f"pipe-{number}/model.tar.gz", files)
        containers.append({"Image": IMAGE, "ModelDataUrl": url})
    sagemaker.create_model(
        ModelName="pipe", ExecutionRoleArn=connection.role_arn, Containers=containers
    )
    deploy(sagemaker, "pipe", ["pipe"])
    assert invoke(runtime, "pipe", b"once") == b"once twice and again"
    sagemaker.delete_endpoint(EndpointName="pipe")


def test_a_direct_model_is_asked_by_the_name_of_its_container(
    connection, sagemaker, runtime
):
    containers = []
    for word in ("first", "second"):
        files = {"code/inference.py": SAY.replace("{word!r}", repr(word))}
        url = upload(connection, f"direct-{word}/model.tar.gz", files)
        row = {"Image": IMAGE, "ModelDataUrl": url, "ContainerHostname": word}
        containers.append(row)
    sagemaker.create_model(
        ModelName="direct",
        ExecutionRoleArn=connection.role_arn,
        Containers=containers,
        InferenceExecutionConfig={"Mode": "Direct"},
    )
    deploy(sagemaker, "direct", ["direct"])
    for word in ("second", "first"):
        found = invoke(runtime, "direct", TargetContainerHostname=word)
        assert found == word.encode()
    with pytest.raises(ClientError, match="TargetContainerHostname is required"):
        invoke(runtime, "direct")
    with pytest.raises(ClientError, match='"third" is not one of its own'):
        invoke(runtime, "direct", TargetContainerHostname="third")
    sagemaker.delete_endpoint(EndpointName="direct")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"CustomAttributes": "x" * 1025}, "'customAttributes' .* equal to 1024"),
        ({"InferenceId": "x" * 65}, "'inferenceId' .* equal to 64"),
        ({"TargetVariant": "not_a_name"}, "'targetVariant' .* pattern"),
        ({"TargetModel": "m.tar.gz"}, "is not a multi-model endpoint"),
        ({"TargetContainerHostname": "a"}, "is not Direct"),
        ({"SessionId": "NEW_SESSION"}, "does not support sessions"),
    ],
)
def test_headers_are_checked_against_the_service_model(
    runtime, endpoint, members, message
):
    with pytest.raises(runtime.exceptions.ValidationError, match=message) as caught:
        invoke(runtime, endpoint, **members)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_serverless_variant_limits_requests_and_payload(runtime, say):
    script = SAY.replace("return model", "import time; time.sleep(1); return model")
    limits = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
    say("serverless", "done", script=script, serverless=limits)

    def one(_):
        try:
            return invoke(runtime, "serverless")
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(4)))
    assert sorted(answers, key=str) == ["ThrottlingException"] * 2 + [b"done"] * 2
    with pytest.raises(ClientError, match="exceeded 4194304 bytes"):
        invoke(runtime, "serverless", bytes(4194305))
    assert invoke(runtime, "serverless") == b"done"


def test_scripts_may_lie_in_an_archive_of_their_own(connection, sagemaker, runtime):
    script = SAY.replace("{word!r}", "open(model_dir + '/word.txt').read()")
    code = upload(connection, "apart/sourcedir.tar.gz", {"serve.py": script})
    url = upload(connection, "apart/model.tar.gz", {"word.txt": "apart"})
    variables = {"SAGEMAKER_PROGRAM": "serve.py", "SAGEMAKER_SUBMIT_DIRECTORY": code}
    make_model(connection, sagemaker, "apart", url, variables)
    deploy(sagemaker, "apart", ["apart"])
    found = invoke(runtime, "apart")
    sagemaker.delete_endpoint(EndpointName="apart")
    assert found == b"apart"


def test_a_model_server_that_dies_is_unavailable_and_is_restarted(
    connection, runtime, say
):
    die = "import os; os.kill(os.getpid(), 9) if data == 'die' else 0; return model"
    say("dies", "alive", script=SAY.replace("return model", die))
    [process] = servers(connection, "dies")
    with pytest.raises(ClientError) as caught:
        invoke(runtime, "dies", b"die")
    assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert invoke(runtime, "dies") == b"alive"  # it waits for the restart
    assert len(servers(connection, "dies")) == 1
    assert servers(connection, "dies") != [process]


def test_a_model_that_takes_too_long_is_a_model_error_and_is_restarted(runtime, say):
    script = SAY.replace(
        "return model", "import time; time.sleep(int(data)); return model"
    )
    limit = {"SAGEMAKER_MODEL_SERVER_TIMEOUT": "1"}
    say("slow", "done", script=script, environment=limit)
    with pytest.raises(runtime.exceptions.ModelError, match="invocation timed out"):
        invoke(runtime, "slow", b"30")
    assert until(lambda: attempt(runtime, "slow", b"0")) == b"done"


def test_a_saved_model_is_served_by_a_tensorflow_image(
    connection, sagemaker, runtime, tmp_path
):
    tf = pytest.importorskip("tensorflow")
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.export(tmp_path / "net" / "1", verbose=False)
    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in paths}
    url = upload(connection, "tf/model.tar.gz", files)
    make_model(connection, sagemaker, "tf", url, image="tensorflow-inference:2.19-cpu")
    deploy(sagemaker, "tf", ["tf"])
    [[found]] = json.loads(invoke(runtime, "tf", b"[[1, 2]]"))["predictions"]
    with pytest.raises(runtime.exceptions.ModelError, match="Unsupported Media Type"):
        invoke(runtime, "tf", b"", ContentType="image/png")
    sagemaker.delete_endpoint(EndpointName="tf")
    assert found == pytest.approx(float(model(np.array([[1.0, 2.0]]))[0, 0]), rel=1e-6)


def test_the_model_sees_its_aws_paths_and_services(connection, runtime, say, mode):
    script = """
import boto3, json, os
def model_fn(model_dir):
    return open("/opt/ml/model/code/inference.py").read()[:1]
def transform_fn(model, body, content_type, accept):
    buckets = [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]]
    caller = boto3.client("sts").get_caller_identity()["Arn"]
    return json.dumps([model, os.environ["OWN"], caller, buckets])
"""
    variables = {"OWN": "yes", "LOCALAWS_PATHS": mode}
    say("paths", "any", script=script, environment=variables)
    first, own, caller, buckets = json.loads(invoke(runtime, "paths"))
    assert (first, own) == ("\n", "yes")
    assert "assumed-role/SageMakerExecutionRole/SageMaker" in caller
    assert connection.bucket in buckets


LONG = """
def model_fn(folder): return None
def transform_fn(model, data, kind, accept): return bytes(int(data)), "text/plain"
"""


def test_a_response_has_a_limit_and_the_model_goes_on(runtime, say):
    say("long", "x", script=LONG)
    limit = 25 * 1024 * 1024
    assert len(invoke(runtime, "long", b"%d" % limit)) == limit
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        invoke(runtime, "long", b"%d" % (limit + 1))
    said = caught.value.response["OriginalMessage"]
    assert said == "The response has more than 26,214,400 bytes: no more is passed on."
    assert len(invoke(runtime, "long", b"3")) == 3
