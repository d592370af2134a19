"""Requests that AWS refuses are refused, with the member named."""

import io

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session
from werkzeug.exceptions import BadRequest, InternalServerError

from localaws.api import validation
from localaws.api.errors import ServiceError
from localaws.api.validation import check
from localaws.bounds import Malformed, TooLong

CREATE = get_session().get_service_model("sagemaker").operation_model("CreateModel")
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
GOOD = {"ModelName": "m", "ExecutionRoleArn": ROLE}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ModelName": None}, "'modelName' failed.*must not be null"),
        ({"ModelName": 3}, "'modelName' failed.*must be of type string"),
        ({"ModelName": "m" * 64}, "'modelName' failed.*less than or equal to 63"),
        ({"ModelName": "under_score"}, "'modelName' failed.*regular expression"),
        ({"ExecutionRoleArn": "role"}, "'executionRoleArn' failed"),
        ({"Extra": 1}, "Unknown member 'extra'"),
        ({"Containers": {}}, "'containers' failed.*type list"),
        ({"Containers": [{"Mode": "x"}]}, r"containers\.1\.member\.mode.*enum"),
        ({"EnableNetworkIsolation": 1}, "'enableNetworkIsolation'.*type boolean"),
        ({"Tags": [{"Key": "a"}]}, r"tags\.1\.member\.value.*must not be null"),
    ],
)
def test_what_is_wrong_is_named(change, words):
    with pytest.raises(ServiceError, match=words) as caught:
        check(CREATE, {**GOOD, **change})
    assert caught.value.code == "ValidationException"


def test_a_good_request_passes():
    check(CREATE, {**GOOD, "Tags": [{"Key": "a", "Value": ""}]})


def test_every_problem_is_counted():
    with pytest.raises(ServiceError, match=r"^2 validation errors detected"):
        check(CREATE, {"ModelName": "_", "ExecutionRoleArn": 1})


def test_boto3_reads_the_error(sagemaker):
    with pytest.raises(ClientError) as caught:
        sagemaker.describe_training_job(TrainingJobName="_" * 70)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "2 validation errors detected" in error["Message"]


MULTIPART = "multipart/form-data; boundary=x"


def environ(method="POST", body=b"", **more):
    return {"REQUEST_METHOD": method, "wsgi.input": io.BytesIO(body), **more}


@pytest.mark.parametrize(
    ("method", "signed", "more", "limit"),
    [
        ("PUT", "s3", {}, validation.MAX_OBJECT),
        ("PUT", "", {}, validation.MAX_OBJECT),
        ("POST", "", {"CONTENT_TYPE": MULTIPART}, validation.MAX_OBJECT),
        ("POST", "s3", {}, validation.MAX_OTHER),
        ("PUT", "lambda", {}, validation.MAX_OTHER),
        ("PUT", "", {"HTTP_X_AMZ_TARGET": "Logs.X"}, validation.MAX_OTHER),
    ],
)
def test_an_object_may_be_large_and_nothing_else(method, signed, more, limit):
    for length, fits in ((limit, True), (limit + 1, False)):
        asked = environ(method, CONTENT_LENGTH=str(length), **more)
        if fits:
            validation.bound(asked, signed)
        else:
            with pytest.raises(ServiceError, match="too large"):
                validation.bound(asked, signed)
    assert (validation.kept({**asked, "CONTENT_LENGTH": "0"}) is None) == (
        limit == validation.MAX_OBJECT
    )


def test_a_body_without_a_length_is_bounded_where_it_is_read(monkeypatch):
    monkeypatch.setattr(validation, "MAX_OTHER", 100)
    asked = environ(body=b"x" * 101, **{"wsgi.input_terminated": True})
    validation.bound(asked, "logs")
    with pytest.raises(TooLong):
        asked["wsgi.input"].read()
    asked = environ(body=b"x" * 100, **{"wsgi.input_terminated": True})
    validation.bound(asked, "logs")
    assert validation.read(asked, 100) == validation.read(asked, 100) == b"x" * 100


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e400", "1" * 400 + ".0"])
def test_a_number_that_is_none_does_not_reach_moto(text):
    body = f'{{"a": [{text}]}}'.encode()
    target = {"HTTP_X_AMZ_TARGET": "Logs.X", validation.LIMIT: validation.MAX_OTHER}
    with pytest.raises(ServiceError, match="not valid JSON"):
        validation.decoded(body)
    if "." not in text:
        with pytest.raises(ServiceError, match="not valid JSON"):
            validation.kept(environ(body=body, CONTENT_LENGTH=str(len(body)), **target))
    good = b'{"message": "loss is NaN at 1e400", "a": 1e300}'
    asked = environ(body=good, CONTENT_LENGTH=str(len(good)), **target)
    assert validation.kept(asked) == asked["wsgi.input"].read() == good


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (TooLong(7), "RequestEntityTooLarge", 413),
        (Malformed("a chunk"), "BadRequest", 400),
        (BadRequest("a form"), "BadRequest", 400),
        (InternalServerError(), "BadRequest", 400),
    ],
)
def test_what_cannot_be_read_is_an_error_of_the_request(error, code, status):
    found = validation.unreadable(error)
    assert (found.code, found.status) == (code, status)
    assert found.message


@pytest.mark.parametrize(
    "text", [rb"\ud800", rb"a\uDFFFb", rb"\udc00\ud800", b"\xed\xa0\x80"]
)
def test_half_a_letter_does_not_reach_moto(text):
    body = b'{"MessageBody": "%b"}' % text
    target = {"HTTP_X_AMZ_TARGET": "AmazonSQS.SendMessage"}
    target[validation.LIMIT] = validation.MAX_OTHER
    with pytest.raises(ServiceError, match="not valid JSON"):
        validation.decoded(body)
    with pytest.raises(ServiceError, match="not valid JSON"):
        validation.kept(environ(body=body, CONTENT_LENGTH=str(len(body)), **target))
    whole = b'{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}'
    assert validation.decoded(whole) == {"a": "\U0001f600", "b": "\\ud800"}
