"""Requests are read as botocore writes them, and answers as botocore reads them."""

import io
import time
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from inside import client_of
from werkzeug.wrappers import Response

from localaws.api import protocol
from localaws.api.errors import Refused, ServiceError
from localaws.api.protocol import Asked
from localaws.api.validation import service_model

JOB = {
    "TrainingJobName": "job",
    "AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": "a/b:c"},
    "RoleArn": "arn:aws:iam::123456789012:role/r",
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/ü"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    "HyperParameters": {"a b": "1", "c": "[1, 2]"},
    "EnableNetworkIsolation": False,
}
SIMULATION = {
    "PolicySourceArn": "arn:aws:iam::123456789012:role/r",
    "ActionNames": ["s3:GetObject", "iam:*"],
    "ContextEntries": [
        {"ContextKeyName": "aws:x", "ContextKeyValues": ["a&b", "c"]},
        {"ContextKeyName": "aws:y", "ContextKeyType": "string"},
    ],
    "MaxItems": 7,
}
WAITING = {
    "EndpointName": "an-endpoint",
    "InputLocation": "s3://bucket/a%20key",
    "ContentType": "text/csv",
    "RequestTTLSeconds": 60,
}


@pytest.fixture(params=["Asia/Tokyo", "America/New_York"])
def zone(request, monkeypatch):
    """A machine whose clock is not set to UTC."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    assert time.timezone != 0
    yield
    monkeypatch.undo()
    time.tzset()


class Noted(Exception):
    """Ends a request that has been looked at."""


def sent(service, operation, **members):
    """Return the environ of a request that boto3 sends."""
    found = []

    def note(environ):
        found.append(environ)
        raise Noted

    with pytest.raises(Noted):
        getattr(client_of(note, service), operation)(**members)
    return found[0]


def form(body, **more):
    """Return the environ of an IAM request with this body."""
    kind = {"CONTENT_TYPE": protocol.FORM, "CONTENT_LENGTH": str(len(body))}
    plain = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": io.BytesIO(body)}
    return {**plain, **kind, "wsgi.url_scheme": "http", "HTTP_HOST": "x", **more}


@pytest.mark.parametrize(
    ("service", "operation", "name", "members"),
    [
        ("sagemaker", "create_training_job", "CreateTrainingJob", JOB),
        ("iam", "simulate_principal_policy", "SimulatePrincipalPolicy", SIMULATION),
        ("sagemaker-runtime", "invoke_endpoint_async", "InvokeEndpointAsync", WAITING),
    ],
)
def test_a_request_of_each_protocol_is_read_as_boto3_sent_it(
    service, operation, name, members
):
    environ = sent(service, operation, **members)
    assert protocol.scope(environ)[1] == "eu-west-1"
    ours = ["sagemaker", "sagemaker-runtime", "iam"]
    assert protocol.candidates(environ, ours) == [service]
    asked = protocol.asked(environ, service)
    assert asked.operation == name
    assert asked.members() == members


def test_a_body_that_is_data_is_left_to_the_handler():
    members = {"EndpointName": "an-endpoint", "Accept": "text/csv"}
    environ = sent("sagemaker-runtime", "invoke_endpoint", Body=b"\xff[", **members)
    asked = protocol.asked(environ, "sagemaker-runtime")
    assert asked.members() == members
    assert asked.request.get_data() == b"\xff["


@pytest.mark.parametrize("kind", [protocol.FORM, "application/x-amz-json-1.1", ""])
def test_the_content_type_of_data_is_the_senders_own(kind):
    members = (
        {"EndpointName": "e", "ContentType": kind} if kind else {"EndpointName": "e"}
    )
    body = b"Action=Nothing&x=" + b"1" * protocol.MAX_BODY
    environ = sent("sagemaker-runtime", "invoke_endpoint", Body=body, **members)
    asked = protocol.asked(environ, "sagemaker-runtime")
    assert asked.operation == "InvokeEndpoint"
    assert asked.members().get("ContentType", "") in (kind, "application/octet-stream")
    assert asked.request.get_data() == body


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", protocol.FORM])
def test_a_target_says_what_is_asked_whatever_the_content_type(kind):
    environ = sent("sagemaker", "describe_model", ModelName="m")
    environ["CONTENT_TYPE"] = kind
    asked = protocol.asked(environ, "sagemaker")
    assert asked.operation == "DescribeModel" and asked.members() == {"ModelName": "m"}


def test_an_unsigned_form_is_for_no_service_that_takes_forms():
    environ = {"CONTENT_TYPE": protocol.FORM, "PATH_INFO": "/bucket/key"}
    ours = ["sagemaker", "sagemaker-runtime", "iam"]
    assert protocol.candidates(environ, ours) == ["sagemaker-runtime"]


def test_a_time_is_the_same_moment_in_every_zone(zone):
    moment = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    environ = sent("sagemaker", "list_models", CreationTimeAfter=moment)
    members = protocol.asked(environ, "sagemaker").members()
    assert members == {"CreationTimeAfter": moment.timestamp()}


@pytest.mark.parametrize(
    ("service", "operation", "given", "answer"),
    [
        (
            "sagemaker",
            "describe_endpoint_config",
            {"EndpointConfigName": "c"},
            {
                "EndpointConfigName": "c",
                "EndpointConfigArn": "arn:aws:sagemaker:eu-west-1:1:endpoint-config/c",
                "ProductionVariants": [
                    {"VariantName": "v", "ModelName": "ü", "InitialVariantWeight": 0.5}
                ],
                "CreationTime": 1782909000.25,
            },
        ),
        (
            "iam",
            "get_role",
            {"RoleName": "r"},
            {
                "Role": {
                    "Path": "/",
                    "RoleName": "a<b&c",
                    "RoleId": "AROA",
                    "Arn": "arn:aws:iam::1:role/r",
                    "CreateDate": 1782909000,
                    "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": ""}],
                }
            },
        ),
        (
            "sagemaker-runtime",
            "invoke_endpoint_async",
            {"EndpointName": "e", "InputLocation": "s3://b/k"},
            {"InferenceId": "i", "OutputLocation": "s3://b/out"},
        ),
    ],
)
def test_boto3_reads_an_answer_as_it_was_given(zone, service, operation, given, answer):
    def application(environ):
        asked = protocol.asked(environ, service)
        return protocol.answer(asked, answer)

    found = getattr(client_of(application, service), operation)(**given)
    accepted = 202 if operation.endswith("async") else 200
    assert found.pop("ResponseMetadata")["HTTPStatusCode"] == accepted
    assert seconds(found) == answer


def seconds(value):
    """Return a value with its times as seconds since 1970."""
    if isinstance(value, dict):
        return {name: seconds(member) for name, member in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value


def test_a_form_is_left_to_be_read_again():
    body = b"Action=GetUser&Version=2010-05-08&UserName=me"
    environ = form(body)
    assert protocol.asked(environ, "iam").members() == {"UserName": "me"}
    assert protocol.read(environ, 100) == body
    assert protocol.read(environ, 100) == body


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused(chunked):
    body = b"Action=GetUser&Version=2010-05-08"
    environ = form(body)
    if chunked:
        del environ["CONTENT_LENGTH"]
        environ |= {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    again = {**environ, "wsgi.input": io.BytesIO(body)}
    assert protocol.asked(again, "iam", limit=len(body)).operation == "GetUser"
    with pytest.raises(ServiceError, match="too large") as caught:
        protocol.asked(environ, "iam", limit=len(body) - 1)
    assert (caught.value.code, caught.value.status) == ("RequestEntityTooLarge", 413)


def test_a_json_body_over_the_limit_is_refused(monkeypatch):
    asked = protocol.asked(sent("sagemaker", "list_models", MaxResults=5), "sagemaker")
    monkeypatch.setattr(protocol, "MAX_BODY", 5)
    with pytest.raises(ServiceError, match="too large"):
        asked.members()


@pytest.mark.parametrize(
    "body", [b"{", b'{"MaxResults": NaN}', b'{"a": ' * 100_000, b"\xff", b"1 2"]
)
def test_a_body_that_is_no_json_is_a_serialization_exception(body):
    environ = sent("sagemaker", "list_models")
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    with pytest.raises(ServiceError) as caught:
        protocol.asked(environ, "sagemaker").members()
    assert caught.value.code == "SerializationException"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ("&MaxItems=many", "cannot be read"),
        ("&MaxItems=0", "'maxItems' failed to satisfy constraint: .* equal to 1"),
        ("", None),
    ],
)
def test_a_form_that_is_wrong_is_a_validation_error(members, words):
    body = f"Action=ListUsers&Version=2010-05-08{members}".encode()
    asked = protocol.asked(form(body), "iam")
    if words is None:
        assert asked.members() == {}
        return
    with pytest.raises(ServiceError, match=words) as caught:
        asked.members()
    assert caught.value.code == "ValidationError"


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("sagemaker", "list_models", "AccessDeniedException", 400),
        ("iam", "list_users", "AccessDenied", 403),
        ("s3", "list_buckets", "AccessDenied", 403),
        ("sagemaker-runtime", "invoke_endpoint", "AccessDeniedException", 403),
    ],
)
def test_a_refusal_has_the_code_and_the_status_of_its_service(
    service, operation, code, status
):
    def application(environ):
        refused = Refused("AccessDeniedException", "not <you> & nobody")
        return protocol.failure(environ, refused)

    given = {"EndpointName": "e", "Body": b""} if "runtime" in service else {}
    with pytest.raises(ClientError, match="not <you> & nobody") as caught:
        getattr(client_of(application, service), operation)(**given)
    error = caught.value.response
    assert error["Error"]["Code"] == code
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sagemaker", "list_models", "UnrecognizedClientException"),
        ("iam", "list_users", "InvalidClientTokenId"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
    ],
)
def test_an_unknown_key_is_called_what_its_service_calls_it(service, operation, code):
    def application(environ):
        refused = Refused("UnrecognizedClientException", "nobody")
        return protocol.failure(environ, refused)

    with pytest.raises(ClientError) as caught:
        getattr(client_of(application, service), operation)()
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sagemaker", "list_models"),
        ("lambda", "list_functions"),
        ("codebuild", "list_builds"),
        ("cloudwatch", "list_metrics"),
        ("sts", "get_caller_identity"),
        ("ec2", "describe_vpcs"),
        ("s3", "list_buckets"),
        ("route53", "list_hosted_zones"),
        ("cloudfront", "list_distributions"),
        ("eventbridgev2", "list_event_buses"),
    ],
)
def test_an_error_is_read_in_the_protocol_of_each_service(service, operation):
    numbers = []

    def application(environ):
        error = ServiceError("NotHere", "not <you> & nobody", 400)
        numbers.append(protocol.request_id(environ))
        return protocol.identify(protocol.failure(environ, error), environ)

    with pytest.raises(ClientError) as caught:
        getattr(client_of(application, service), operation)()
    found = caught.value.response
    assert found["Error"]["Code"] == "NotHere"
    assert found["Error"]["Message"] == "not <you> & nobody"
    assert found["ResponseMetadata"]["RequestId"] == numbers[0]


def test_a_path_is_matched_once_and_its_members_belong_to_each_request():
    path = "/endpoints/{}/invocations"
    given = {"wsgi.url_scheme": "http", "HTTP_HOST": "x", "REQUEST_METHOD": "POST"}
    names = ["kept", "kept", "other", "a%20b", "n" * protocol.LONG]
    found = []
    for name in names:
        given["RAW_URI"] = given["PATH_INFO"] = path.format(name)
        found.append(protocol.asked(given, "sagemaker-runtime"))
        found[-1].uri["changed"] = "by its user"
    assert [one.uri["EndpointName"] for one in found] == [*names[:3], "a b", names[4]]
    assert (
        protocol._by_path.cache_info().currsize <= protocol._by_path.cache_info().misses
    )
    given["REQUEST_METHOD"] = "GET"
    assert protocol.asked(given, "sagemaker-runtime") is None


def test_a_path_whose_operation_needs_a_header_or_a_query_is_matched_with_it():
    environ = sent("sagemaker-runtime", "invoke_endpoint_async", **WAITING)
    for _ in range(2):
        asked = protocol.asked(environ, "sagemaker-runtime")
        assert asked.operation == "InvokeEndpointAsync"
    record = {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "1"}
    service = "sagemaker-featurestore-runtime"
    assert protocol.asked(sent(service, "get_record", **record), service)


@pytest.mark.parametrize("service", ["codebuild", "textract", "cloudwatch"])
def test_an_operation_is_found_where_a_service_has_several_protocols(service):
    calls = {"codebuild": "list_builds", "cloudwatch": "list_metrics"}
    operation = calls.get(service, "list_adapters")
    asked = protocol.asked(sent(service, operation), service)
    assert asked.operation == operation.title().replace("_", "")


@pytest.mark.parametrize(
    ("signed", "service"),
    [("states", "stepfunctions"), ("tagging", "resourcegroupstaggingapi")],
)
def test_a_service_is_known_by_what_it_signs(signed, service):
    assert protocol.named(signed) == (service,)
    assert protocol.named(service) == (service,)


@pytest.mark.parametrize("signed", protocol.SIGNED)
def test_the_names_of_signatures_are_those_of_botocore(signed):
    found = {service_model(name).signing_name for name in protocol.named(signed)}
    assert found == {signed}


def test_two_requests_have_two_identifiers_and_one_keeps_its_own():
    one, other = {}, {}
    assert protocol.request_id(one) == protocol.request_id(one)
    assert protocol.request_id(one) != protocol.request_id(other)


def test_an_identifier_that_an_answer_has_is_kept():
    given = Response(headers={"x-amzn-requestid": "motos"})
    found = protocol.identify(given, {}).headers
    assert found.getlist("x-amzn-RequestId") == ["motos"]
    assert found["x-amz-request-id"] == "motos"


def test_a_response_of_a_handler_is_sent_as_it_is():
    model = service_model("sagemaker-runtime").operation_model("InvokeEndpoint")
    response = Response(b"data", 418)
    asked = Asked("sagemaker-runtime", model, None, {})
    assert protocol.answer(asked, response) is response


def test_the_region_is_that_of_the_signature_in_header_or_address():
    text = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-3/s3/aws4_request, x"
    assert protocol.scope({"HTTP_AUTHORIZATION": text}) == ("s3", "eu-west-3")
    address = "X-Amz-Credential=AKIA%2F20260101%2Feu-west-3%2Fs3%2Faws4_request&a=b"
    assert protocol.scope({"QUERY_STRING": address}) == ("s3", "eu-west-3")
    assert protocol.scope({}) == ("", "us-east-1")
