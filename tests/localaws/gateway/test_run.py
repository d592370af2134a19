"""APIs answer at a server, to everyone, and after a restart too."""

import http.client
import json
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from apis_made import asked, deployed, echo, method, permit, rest
from apis_made import http as http_apis
from botocore.exceptions import ClientError
from functions_made import create, lambdas
from restarts import Restartable

from localaws.gateway.parts import MOST


@pytest.fixture(scope="module")
def function(connection):
    return echo()


@pytest.fixture(scope="module")
def address(connection, function):
    """The address of a stage with two methods."""
    api = rest().create_rest_api(name="pets")["id"]
    method(api, "/pets/{id}", "ANY", function)
    headers = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    mock = {"requestTemplates": {"application/json": '{"statusCode": 204}'}}
    place = method(api, "/pets/{id}", "OPTIONS", integration=mock)
    names = dict.fromkeys(headers, False)
    status = {"statusCode": "204"}
    rest().put_method_response(**place, **status, responseParameters=names)
    rest().put_integration_response(**place, **status, responseParameters=headers)
    deployed(api)
    return f"{connection.url}/_apis/{api}/prod"


def test_a_function_answers_through_an_api(address):
    headers = {"Authorization": "Bearer token", "x-case": "kept"}
    status, _, event = asked(f"{address}/pets/7?Signature=a", "POST", b"in", headers)
    assert status == 200 and event["pathParameters"] == {"id": "7"}
    assert event["headers"]["Authorization"] == "Bearer token"
    assert event["headers"]["X-Case"] == "kept"  # as urllib writes it
    assert event["queryStringParameters"] == {"Signature": "a"}
    signed = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request"
    assert asked(f"{address}/pets/7", headers={"Authorization": signed})[0] == 200
    broken = {"message": "Internal server error"}
    assert asked(f"{address}/pets/7?fail=no")[::2] == (502, broken)
    assert asked(f"{address}/none")[0] == 403


def test_pages_of_other_origins_come_in(address, connection):
    there = {"Origin": "https://a.example"}
    status, headers, _ = asked(f"{address}/pets/7", "OPTIONS", None, there)
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, "*")
    status, headers, _ = asked(f"{address}/pets/7", headers=there)
    assert status == 200 and "sandbox" in headers["Content-Security-Policy"]
    assert asked(f"{connection.url}/_localaws/console", headers=there)[0] == 403


def test_an_api_answers_at_a_host_of_its_own(address):
    parts = urlsplit(address)
    name = parts.path.split("/")[2]
    host = f"{name}.execute-api.localhost:{parts.port}"
    url = f"http://127.0.0.1:{parts.port}/prod/pets/7"
    status, _, event = asked(url, headers={"Host": host})
    assert status == 200 and event["requestContext"]["domainName"] == host
    assert event["path"] == "/pets/7"


def test_a_function_has_to_let_the_api_call_it(connection):
    name = create("def handler(event, context):\n    return {'statusCode': 204}")
    api = rest().create_rest_api(name="a")["id"]
    method(api, "/a/{id}", "GET", name)
    deployed(api)
    url = f"{connection.url}/_apis/{api}/prod/a/1"
    assert asked(url)[::2] == (500, {"message": "Internal server error"})
    permit(name, api, "*/POST/a/*")
    assert asked(url)[0] == 500
    permit(name, api, "prod/GET/a/*")
    assert asked(url)[0] == 204
    lambdas().put_function_concurrency(
        FunctionName=name, ReservedConcurrentExecutions=0
    )
    assert asked(url)[0] == 500


def test_a_method_is_tested_before_it_is_deployed(function, connection):
    api = rest().create_rest_api(name="a")["id"]
    place = method(api, "/a/{id}", "GET", function)
    ask = rest().test_invoke_method
    answer = ask(**place, pathWithQueryString="/a/7?q=1", headers={"X-A": "b"})
    event = json.loads(answer["body"])
    assert answer["status"] == 200 and event["pathParameters"] == {"id": "7"}
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert event["queryStringParameters"] == {"q": "1"}
    assert "completed with status: 200" in answer["log"]
    answer = ask(**place, pathWithQueryString="/a/7?fail=oops")
    assert answer["status"] == 502 and "oops" in answer["log"]
    with pytest.raises(ClientError, match="Invalid Method"):
        ask(**{**place, "httpMethod": "PUT"})


def test_an_http_api_tells_its_address(function, connection):
    arn = lambdas().get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    made = http_apis().create_api(Name="h", ProtocolType="HTTP", Target=arn)
    status, _, event = asked(f"{made['ApiEndpoint']}/a/b?q=1")
    assert (status, event["rawPath"]) == (200, "/a/b")
    found = http_apis().get_api(ApiId=made["ApiId"])
    assert found["ApiEndpoint"] == made["ApiEndpoint"]
    assert found["CreatedDate"].timestamp() == pytest.approx(time.time(), abs=60)
    key = parse_qs(urlsplit(connection.console).query)["key"][0]
    place = f"{connection.url}/_localaws/console"
    page = asked(place, headers={"X-Localaws-Key": key})[2].decode()
    assert made["ApiEndpoint"] in page and "h (HTTP, us-east-1)" in page


def test_the_function_may_take_longer_than_the_api_waits(connection):
    name = echo(Timeout=60)
    api = rest().create_rest_api(name="a")["id"]
    method(api, "/a", "GET", name, integration={"timeoutInMillis": 200})
    deployed(api)
    url = f"{connection.url}/_apis/{api}/prod/a"
    begun = time.monotonic()
    late = {"message": "Endpoint request timed out"}
    assert asked(f"{url}?sleep=30")[::2] == (504, late)
    assert time.monotonic() - begun < 10


def test_other_requests_of_api_gateway_are_refused_in_words(connection):
    for client, name, members in (
        (rest(), "create_domain_name", {"domainName": "a.example"}),
        (rest(), "import_rest_api", {"body": b"{}"}),
        (http_apis(), "create_vpc_link", {"Name": "a", "SubnetIds": ["a"]}),
        (http_apis(), "import_api", {"Body": "{}"}),
    ):
        with pytest.raises(ClientError, match="localaws does not emulate"):
            getattr(client, name)(**members)


def test_no_request_of_many_at_once_is_lost(address):
    def ask(number):
        _, _, event = asked(f"{address}/pets/{number}", "POST", b"%d" % number)
        return event["pathParameters"]["id"] == event["body"] == str(number)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(100)))


def test_an_api_adds_few_milliseconds_to_a_call(address, function):
    connected = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port)
    client, took = lambdas(), {"Invoke": [], "API": []}

    def ask():
        connected.request("GET", f"{urlsplit(address).path}/pets/7")
        connected.getresponse().read()

    def invoke():
        client.invoke(FunctionName=function, Payload=b"{}")["Payload"].read()

    for _ in range(25):
        for name, call in (("Invoke", invoke), ("API", ask)):
            begun = time.perf_counter()
            call()
            took[name].append(time.perf_counter() - begun)
    assert statistics.median(took["API"]) < statistics.median(took["Invoke"]) + 0.01


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /%b HTTP/1.1\r\nHost: localhost\r\nX: %b\r\n\r\n", b"4"),
        (b"POST /%b HTTP/1.1\r\nHost: x.example\r\nX: %0.1b\r\n\r\n", b"403"),
        (
            b"POST /%b HTTP/1.1\r\nHost: localhost\r\nX: %0.1b\r\n"
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"400",
        ),
    ],
)
def test_garbage_is_answered_with_an_error(address, request_, status):
    parts = urlsplit(address)
    with socket.create_connection(("127.0.0.1", parts.port), 20) as connected:
        path = f"{parts.path[1:]}/pets/7".encode()
        connected.sendall(request_ % (path, b"y" * 70_000))
        assert connected.recv(100).split(b" ")[1].startswith(status)
    assert asked(f"{address}/pets/7")[0] == 200


def test_a_body_may_have_ten_megabytes_and_an_event_six(address):
    url = f"{address}/pets/7"
    assert asked(f"{url}?raw={{}}", "POST", b"x" * (5 * 2**20))[0] == 200
    for size in (6 * 2**20, MOST + 1):
        found = asked(url, "POST", b"x" * size)
        assert found[::2] == (413, {"message": "Request Too Long"})


def test_apis_outlive_a_server(elsewhere):
    server = Restartable(elsewhere).start()
    try:
        client = server.client("apigateway")
        api = client.create_rest_api(name="a")["id"]
        root = client.get_resources(restApiId=api)["items"][0]["id"]
        place = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        client.put_method(**place, authorizationType="NONE")
        mock = {"application/json": '{"statusCode": 200}'}
        client.put_integration(**place, type="MOCK", requestTemplates=mock)
        client.put_method_response(**place, statusCode="200")
        client.put_integration_response(
            **place,
            statusCode="200",
            responseTemplates={"application/json": '{"a": 1}'},
        )
        client.create_deployment(restApiId=api, stageName="prod")
        client.delete_method(**place)
        other = server.client("apigatewayv2").create_api(Name="h", ProtocolType="HTTP")
        server.kill()
        assert asked(f"{server.url}/_apis/{api}/prod")[::2] == (200, {"a": 1})
        found = server.client("apigatewayv2").get_api(ApiId=other["ApiId"])
        assert found["ApiEndpoint"] == f"{server.url}/_apis/{other['ApiId']}"
    finally:
        server.localaws("stop")
