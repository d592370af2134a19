"""MOCK integrations answer what was written down: a preflight, above all."""

import json

import pytest

JSON = "application/json"
NAMES = {
    "Access-Control-Allow-Origin": "'*'",
    "Access-Control-Allow-Methods": "'GET,OPTIONS'",
    "X-From": "method.request.querystring.from",
}


def mocked(gateway, template='{"statusCode": 200}', responses=(), **members):
    """Make an API whose OPTIONS are mocked; return its address."""
    api = gateway.api()
    given = {"type": "MOCK", "requestTemplates": {JSON: template}, **members}
    place = gateway.method(api, "/a", "OPTIONS", given)
    for each in responses:
        names = dict.fromkeys(each.get("responseParameters", {}), False)
        status = {"statusCode": each["statusCode"]}
        gateway.rest("PutMethodResponse", **place, **status, responseParameters=names)
        gateway.rest("PutIntegrationResponse", **place, **each)
    gateway.deploy(api)
    return f"{api}/prod/a"


def test_a_preflight_is_answered_as_the_tutorials_write_it(gateway):
    headers = {f"method.response.header.{name}": text for name, text in NAMES.items()}
    each = {"statusCode": "200", "responseParameters": headers}
    each["responseTemplates"] = {JSON: ""}
    response = gateway.ask(f"{mocked(gateway, responses=[each])}?from=me", "OPTIONS")
    assert response.status_code == 200 and response.data == b""
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET,OPTIONS"
    assert response.headers["X-From"] == "me" and gateway.functions.asked == []


def test_the_status_chooses_the_answer(gateway):
    template = "{\"statusCode\": $input.params('s')}"
    responses = [
        {
            "statusCode": "200",
            "responseTemplates": {JSON: '{"stage": "$context.stage"}'},
        },
        {"statusCode": "404", "selectionPattern": "4\\d{2}"},
    ]
    place = mocked(gateway, template, responses)
    response = gateway.ask(f"{place}?s=200", "OPTIONS")
    assert json.loads(response.data) == {"stage": "prod"}
    assert gateway.ask(f"{place}?s=418", "OPTIONS").status_code == 404
    assert gateway.ask(f"{place}?s=x", "OPTIONS").status_code == 500


@pytest.mark.parametrize(
    ("behaviour", "kind", "status"),
    [
        ("WHEN_NO_MATCH", "text/plain", 200),
        ("WHEN_NO_TEMPLATES", "text/plain", 415),
        ("NEVER", "text/plain", 415),
        ("NEVER", JSON, 200),
    ],
)
def test_a_body_of_another_type_is_passed_on_or_not(gateway, behaviour, kind, status):
    given = {"passthroughBehavior": behaviour, "responses": [{"statusCode": "200"}]}
    place = mocked(gateway, **given)
    data = b'{"statusCode": 200}'
    response = gateway.ask(place, "OPTIONS", data=data, content_type=kind)
    assert response.status_code == status


def test_a_mock_without_an_answer_is_an_error(gateway):
    assert gateway.ask(mocked(gateway), "OPTIONS").status_code == 500


def test_a_header_that_a_request_brings_cannot_be_two(gateway):
    name = "method.response.header.X-From"
    headers = {name: "method.request.querystring.from"}
    place = mocked(
        gateway, responses=[{"statusCode": "200", "responseParameters": headers}]
    )
    response = gateway.ask(f"{place}?from=a%0d%0aX-B:1", "OPTIONS")
    assert "X-B" not in response.headers and "X-B:1" in response.headers["X-From"]
