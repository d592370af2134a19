"""The bodies of requests: bounded by what they are for, and read once."""

import io

import pytest
from werkzeug.exceptions import BadRequest, InternalServerError

from localaws.api import bodies
from localaws.api.errors import ServiceError
from localaws.bounds import Malformed, TooLong

MULTIPART = "multipart/form-data; boundary=x"


def environ(method="POST", body=b"", **more):
    return {"REQUEST_METHOD": method, "wsgi.input": io.BytesIO(body), **more}


@pytest.mark.parametrize(
    ("method", "signed", "more", "limit"),
    [
        ("PUT", "s3", {}, bodies.MAX_OBJECT),
        ("PUT", "", {}, bodies.MAX_OBJECT),
        ("POST", "", {"CONTENT_TYPE": MULTIPART}, bodies.MAX_OBJECT),
        ("POST", "s3", {}, bodies.MAX_OTHER),
        ("PUT", "lambda", {}, bodies.MAX_OTHER),
        ("PUT", "", {"HTTP_X_AMZ_TARGET": "Logs.X"}, bodies.MAX_OTHER),
    ],
)
def test_an_object_may_be_large_and_nothing_else(method, signed, more, limit):
    for length, fits in ((limit, True), (limit + 1, False)):
        asked = environ(method, CONTENT_LENGTH=str(length), **more)
        if fits:
            bodies.bound(asked, signed)
        else:
            with pytest.raises(ServiceError, match="too large"):
                bodies.bound(asked, signed)
    assert (bodies.kept({**asked, "CONTENT_LENGTH": "0"}) is None) == (
        limit == bodies.MAX_OBJECT
    )


def test_a_body_without_a_length_is_bounded_where_it_is_read(monkeypatch):
    monkeypatch.setattr(bodies, "MAX_OTHER", 100)
    asked = environ(body=b"x" * 101, **{"wsgi.input_terminated": True})
    bodies.bound(asked, "logs")
    with pytest.raises(TooLong):
        asked["wsgi.input"].read()
    asked = environ(body=b"x" * 100, **{"wsgi.input_terminated": True})
    bodies.bound(asked, "logs")
    assert bodies.read(asked, 100) == bodies.read(asked, 100) == b"x" * 100


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e400", "1" * 400 + ".0"])
def test_a_number_that_is_none_does_not_reach_moto(text):
    body = f'{{"a": [{text}]}}'.encode()
    target = {"HTTP_X_AMZ_TARGET": "Logs.X", bodies.LIMIT: bodies.MAX_OTHER}
    with pytest.raises(ServiceError, match="not valid JSON"):
        bodies.decoded(body)
    if "." not in text:
        with pytest.raises(ServiceError, match="not valid JSON"):
            bodies.kept(environ(body=body, CONTENT_LENGTH=str(len(body)), **target))
    good = b'{"message": "loss is NaN at 1e400", "a": 1e300}'
    asked = environ(body=good, CONTENT_LENGTH=str(len(good)), **target)
    assert bodies.kept(asked) == asked["wsgi.input"].read() == good


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
    found = bodies.unreadable(error)
    assert (found.code, found.status) == (code, status)
    assert found.message
