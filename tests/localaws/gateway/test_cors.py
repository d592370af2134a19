"""Pages of other origins are told what they may do, and nobody else."""

import pytest
from werkzeug.wrappers import Response

from localaws.gateway import cors
from localaws.gateway.inbound import Inbound

RULES = {
    "AllowOrigins": ["https://a.example", "http://*"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["*"],
    "ExposeHeaders": ["X-A"],
    "AllowCredentials": True,
    "MaxAge": 0,
}
ASKS = [("Access-Control-Request-Method", "GET")]


def request(origin, method="OPTIONS", headers=()):
    given = [("Origin", origin)] if origin else []
    return Inbound(method, "/", [*given, *headers], [], b"")


def test_a_preflight_is_told_all():
    headers = cors.preflight(
        RULES, request("https://a.example", "OPTIONS", ASKS)
    ).headers
    assert headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert headers["Access-Control-Allow-Methods"] == "GET,POST"
    assert headers["Access-Control-Allow-Headers"] == "*"
    assert headers["Access-Control-Max-Age"] == "0"
    assert headers["Access-Control-Allow-Credentials"] == "true"
    assert headers["Access-Control-Expose-Headers"] == "X-A"


def test_others_are_told_nothing():
    found = cors.preflight(RULES, request("https://b.example", "OPTIONS", ASKS))
    assert found.status_code == 204
    assert "Access-Control-Allow-Origin" not in found.headers


def test_what_is_no_preflight_goes_on():
    asked = [request("https://a.example"), request("", "OPTIONS", ASKS)]
    asked.append(request("https://a.example", "GET", ASKS))
    assert [cors.preflight(RULES, one) for one in asked] == [None] * 3
    assert cors.preflight(None, request("https://a", "OPTIONS", ASKS)) is None


@pytest.mark.parametrize(
    ("rules", "origin", "allowed"),
    [
        (RULES, "http://any.example", "http://any.example"),
        (RULES, "https://a.example.evil", None),
        (RULES, "", None),
        ({"AllowOrigins": ["*"]}, "https://x", "*"),
        ({"AllowOrigins": ["*"]}, "", None),
        ({"AllowMethods": ["GET"]}, "https://x", None),
    ],
)
def test_an_answer_says_who_may_read_it(rules, origin, allowed):
    own = {"Access-Control-Allow-Origin": "https://own", "X-A": "1"}
    response = Response("", headers=own)
    cors.mark(response, rules, request(origin, "GET"))
    assert response.headers.get("Access-Control-Allow-Origin") == allowed
    assert response.headers["X-A"] == "1"
