"""A request is seen as it was written, without what is this server's own."""

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from localaws.gateway import inbound
from localaws.gateway.inbound import RAW


def came(path="/_apis/abcdefgh/a", raw=None, headers=(), **ways):
    environ = EnvironBuilder(path, **ways).get_environ()
    environ |= {RAW: list(headers), "RAW_URI": raw or path, "SERVER_PORT": "7"}
    below = inbound.below(environ, "abcdefgh")
    return inbound.inbound(Request(environ), b"", below)


def test_headers_are_as_they_were_written():
    headers = [("x-OWN", "1"), ("X-Own", "2"), ("Connection", "close")]
    headers += [("X-Localaws-Key", "secret"), ("cookie", "localaws=secret")]
    found = came(headers=headers)
    assert found.headers[:2] == [("x-OWN", "1"), ("X-Own", "2")]
    names = [name for name, _ in found.headers[2:]]
    assert names == [
        *("X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"),
        "X-Amzn-Trace-Id",
    ]
    assert "secret" not in str(found.headers) and found.header("x-own") == "2"
    found = came(headers=[("Cookie", "a=1; localaws=secret;b=2")])
    assert found.cookies == ["a=1", "b=2"] and found.header("cookie") == "a=1; b=2"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/_apis/abcdefgh/a%2Fb//c?x=1", "/a%2Fb//c"),
        ("/_apis/abcdefgh", "/"),
        ("http://127.0.0.1:1/_apis/abcdefgh/a?b", "/a"),
        ("/%5Fapis/abcdefgh/a", "/a"),
        ("/_apis/abcdefgh/\xc3\xa9", "/é"),
    ],
)
def test_the_path_is_as_it_came(raw, path):
    assert came(raw=raw).path == path


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("abcdefgh.execute-api.localhost:80", "/_apis/abcdefgh/a"),
        ("ABCDEFGH12.execute-api.us-east-1.amazonaws.com", "/_apis/abcdefgh12/a"),
        ("127.0.0.1:80", "/a"),
        ("bucket.localhost", "/a"),
    ],
)
def test_an_apis_own_host_is_its_address(host, path):
    environ = {"HTTP_HOST": host, "PATH_INFO": "/a", "RAW_URI": "/a?b=1"}
    inbound.locate(environ)
    assert environ["PATH_INFO"] == path
    assert environ["RAW_URI"].partition("?")[0] == path


def test_the_media_type_is_without_its_parameters():
    assert came(headers=[("content-type", "A/B; c=d")]).kind == "a/b"
    assert came().kind == "application/json"
