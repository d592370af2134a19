"""The server on the wire: routing, errors, connections."""

import http.client
import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localaws.api import protocol
from localaws.app import Application, is_open

ANY_KEY = True  # what is behind the door is tested
ONCE = Config(retries={"total_max_attempts": 1})
ROLE = "arn:aws:iam::123456789012:role/SageMakerExecutionRole"
METRIC = {"MetricName": "m", "Timestamp": 1795680000, "Value": 1.0}
SCOPE = "Credential=x/20260101/us-east-1/sagemaker/aws4_request"


@pytest.fixture
def wire(connection):
    address = connection.url.removeprefix("http://")
    opened = http.client.HTTPConnection(address, timeout=10)
    yield opened
    opened.close()


def post(wire, target, body, **headers):
    fixed = {"X-Amz-Target": target, "Authorization": f"AWS4-HMAC-SHA256 {SCOPE}"}
    wire.request("POST", "/", body, {**fixed, **headers})
    response = wire.getresponse()
    return response.status, json.loads(response.read())


@pytest.mark.parametrize("name", ["CreateApp", "NoSuchThing"])
def test_an_operation_that_is_not_emulated_is_named(wire, name):
    status, body = post(wire, f"SageMaker.{name}", b"{}")
    assert (status, body["__type"]) == (400, "UnknownOperationException")
    assert f'"{name}"' in body["message"]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"MaxResults": NaN}']
)
def test_a_broken_body_is_answered_and_the_server_goes_on(wire, body):
    status, answer = post(wire, "SageMaker.ListTrainingJobs", body)
    assert status == 400 and answer["__type"].endswith("Exception")
    assert post(wire, "SageMaker.ListTrainingJobs", b"{}")[0] == 200


def test_a_huge_control_request_is_refused(wire):
    status, _ = post(wire, "SageMaker.ListModels", b" " * 5_000_000)
    assert status in (400, 413)


def test_one_connection_serves_many_requests(wire):
    assert post(wire, "SageMaker.ListTrainingJobs", b"{}")[0] == 200
    socket = wire.sock
    assert post(wire, "SageMaker.ListTrainingJobs", b"{}")[0] == 200
    assert socket is not None and wire.sock is socket


def test_a_page_of_another_name_is_refused(wire):
    status, _ = post(wire, "SageMaker.ListTrainingJobs", b"{}", Host="evil.example")
    assert status == 403


def test_what_moto_lacks_is_a_readable_error(connection):
    with pytest.raises(ClientError) as caught:
        boto3.client("iam").generate_service_last_accessed_details(
            Arn=connection.role_arn
        )
    metadata = caught.value.response["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 400 and metadata["RetryAttempts"] == 0


def test_tags_are_added_listed_and_removed(sagemaker, submit):
    name = submit("pass", Tags=[{"Key": "a", "Value": "1"}])
    arn = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def asked(service, operation, **members):
    """Return what a service answers, or the response of its error."""
    try:
        return getattr(boto3.client(service, config=ONCE), operation)(**members)
    except ClientError as error:
        return error.response


@pytest.mark.parametrize(
    ("service", "operation", "members"),
    [
        ("sagemaker", "list_models", {}),
        ("sagemaker", "describe_model", {"ModelName": "none"}),
        ("sagemaker", "list_apps", {}),
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "e", "Body": b""}),
        ("iam", "simulate_custom_policy", {"PolicyInputList": [], "ActionNames": []}),
        ("iam", "generate_service_last_accessed_details", {"Arn": ROLE}),
        ("s3", "head_bucket", {"Bucket": "there-is-none"}),
        ("ec2", "describe_vpcs", {}),
        ("lambda", "get_account_settings", {}),
        ("kendra", "list_indices", {}),
    ],
)
def test_each_answer_and_error_has_an_identifier_of_its_own(
    connection, service, operation, members
):
    found = [asked(service, operation, **members) for _ in range(2)]
    numbers = {answer["ResponseMetadata"].get("RequestId") for answer in found}
    assert len(numbers) == 2 and all(len(str(number)) >= 36 for number in numbers)


def test_the_log_names_the_request_that_failed(caplog):
    application, started = Application.__new__(Application), []  # nothing is set up
    application._answer = lambda environ: 1 / 0
    environ = {"HTTP_X_AMZ_TARGET": "SageMaker.ListModels", "REQUEST_METHOD": "POST"}
    body = b"".join(application(environ, lambda *answer: started.append(answer)))
    number = protocol.request_id(environ)
    assert number in caplog.text and number in body.decode()
    assert started[0][0].startswith("500") and dict(started[0][1])["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("service", "operation", "members", "words"),
    [
        (
            "sagemaker-featurestore-runtime",
            "get_record",
            {"FeatureGroupName": "g", "RecordIdentifierValueAsString": "1"},
            'sagemaker-featurestore-runtime\'s operation "GetRecord"',
        ),
        ("sagemaker-a2i-runtime", "describe_human_loop", {"HumanLoopName": "x"}, "a2i"),
        (
            "sagemaker-metrics",
            "batch_put_metrics",
            {"TrialComponentName": "t", "MetricData": [METRIC]},
            'operation "BatchPutMetrics"',
        ),
        ("sagemaker-geospatial", "list_earth_observation_jobs", {}, "geospatial"),
        ("sagemaker-edge", "get_device_registration", {}, "edge"),
        ("lambda", "get_account_settings", {}, "account-settings of lambda"),
        ("polly", "list_speech_synthesis_tasks", {}, "of polly"),
        ("kendra", "list_indices", {}, 'the service "kendra"'),
        ("mediaconvert", "list_jobs", {}, 'the service "mediaconvert"'),
        ("eventbridgev2", "list_event_buses", {}, "ListEventBuses of events"),
    ],
)
def test_what_nobody_serves_is_said_in_the_protocol_of_its_service(
    connection, service, operation, members, words
):
    needed = {"DeviceName": "d", "DeviceFleetName": "f"} if "edge" in service else {}
    error = asked(service, operation, **members, **needed)["Error"]
    assert error["Code"].endswith("Exception") and words in error["Message"]
    assert "does not emulate" in error["Message"] and "<" not in error["Message"]
    assert "run this part on AWS" in error["Message"]


@pytest.mark.parametrize(
    ("path", "signed"),
    [
        ("/moto-api/static/sagemaker/endpoint-results", ""),
        ("/moto-api/recorder/start-recording", ""),
        ("/", "sagemaker"),
        ("/other/e/invocations", "sagemaker"),
    ],
)
def test_no_path_leads_to_what_moto_would_say_for_sagemaker(wire, path, signed):
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE}"} if signed else {}
    wire.request("POST", path, b"{}", headers)
    response = wire.getresponse()
    assert response.status == 400 and json.loads(response.read())["__type"]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e400", "-1e+999"])
@pytest.mark.parametrize("target", ["SageMaker.CreateEndpointConfig", "AWSEvents.X"])
def test_a_number_that_json_does_not_have_is_refused(wire, target, text):
    row = f'{{"VariantName": "a", "ModelName": "m", "InitialVariantWeight": {text}}}'
    body = f'{{"EndpointConfigName": "c", "ProductionVariants": [{row}]}}'
    signed = SCOPE.replace("sagemaker", "events") if "Events" in target else SCOPE
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {signed}"}
    status, answer = post(wire, target, body, **headers)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    ("chunk", "code"), [(b"zz", "BadRequest"), (b"F" * 16, "RequestEntityTooLarge")]
)
def test_bad_chunks_are_an_error_of_the_request(wire, connection, chunk, code):
    target = {"X-Amz-Target": "SageMaker.ListModels", "Transfer-Encoding": "chunked"}
    wire.putrequest("POST", "/")
    for name, value in {**target, "Authorization": f"AWS4 {SCOPE}"}.items():
        wire.putheader(name, value)
    wire.endheaders(chunk + b"\r\n")
    answer = wire.getresponse()
    assert answer.status in (400, 413)
    assert json.loads(answer.read())["__type"] == code
    assert answer.headers["x-amzn-RequestId"]


def test_what_moto_stumbles_over_is_blamed_on_the_request(wire):
    """moto takes a number for a text here, and fails with an AttributeError."""
    signed = SCOPE.replace("sagemaker", "logs")
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {signed}"}
    body = json.dumps({"logGroupName": 7})
    status, answer = post(wire, "Logs_20140328.CreateLogGroup", body, **headers)
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert "'7' at 'logGroupName'" in answer["message"]


@pytest.mark.parametrize("region", ["___", "-", "US-EAST-1", "x" * 70])
def test_what_cannot_be_a_region_is_refused(wire, region):
    headers = {"Authorization": f"AWS4 {SCOPE.replace('us-east-1', region)}"}
    status, answer = post(wire, "SageMaker.ListModels", b"{}", **headers)
    assert (status, answer["__type"]) == (400, "InvalidSignatureException")
    assert region in answer["message"]


def test_an_object_comes_in_chunks_and_other_bodies_have_a_bound(connection, wire):
    s3 = boto3.client("s3")
    wire.request(
        "PUT",
        f"/{connection.bucket}/chunked",
        iter([b"x" * 1_000_000] * 9),
        {"Authorization": f"AWS4-HMAC-SHA256 {SCOPE.replace('sagemaker', 's3')}"},
        encode_chunked=True,
    )
    answer = wire.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    head = s3.head_object(Bucket=connection.bucket, Key="chunked")
    assert head["ContentLength"] == 9_000_000
    signed = f"AWS4-HMAC-SHA256 {SCOPE.replace('sagemaker', 'logs')}"
    wire.putrequest("POST", "/")
    target = {"X-Amz-Target": "Logs_20140328.PutLogEvents", "Authorization": signed}
    for name, value in {**target, "Content-Length": str(10**9)}.items():
        wire.putheader(name, value)
    wire.endheaders()
    answer = wire.getresponse()
    assert (answer.status, answer.headers["Connection"]) == (413, None)
    answer.read()
    assert wire.sock is None or wire.sock.recv(1) == b""


def test_pages_that_see_themselves_who_may_ask_are_open():
    paths = ("/_apis/abcdefgh/prod/a\0b", "/_functions/us-east-1/f/", "/_apis/abcdefgh")
    assert all(is_open({"PATH_INFO": path}) for path in paths)
    others = ("/", "/_localaws/console", "/_apis", "/bucket/_apis/abcdefgh/a")
    assert not any(is_open({"PATH_INFO": path}) for path in others)
