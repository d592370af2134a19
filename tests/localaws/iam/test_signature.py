"""A signature is checked as botocore makes it, and no other is taken."""

import hashlib
import io
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import botocore.auth
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localaws.api.errors import Refused
from localaws.iam import signature

KEY, SECRET, TOKEN = "ASIANOTAREALKEYAAAAA", "made-up-secret", "made-up-token"
HOST = "127.0.0.1:4566"


def environ_of(request) -> dict:
    """What a server makes of a prepared request of botocore."""
    parts = urlsplit(request.url)
    raw = parts.path + (f"?{parts.query}" if parts.query else "")
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    environ = {"REQUEST_METHOD": request.method, "PATH_INFO": parts.path}
    environ |= {"RAW_URI": raw, "QUERY_STRING": parts.query, "HTTP_HOST": parts.netloc}
    environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    for name, value in request.headers.items():
        value = value.decode() if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        plain = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        environ[key if plain else f"HTTP_{key}"] = value
    return environ


def signed(
    service="sagemaker",
    method="POST",
    path="/",
    body=b"{}",
    headers=(),
    signer=None,
    token=None,
    **more,
):
    """A request that botocore signs."""
    kinds = {"s3": botocore.auth.S3SigV4Auth}
    kind = signer or kinds.get(service, botocore.auth.SigV4Auth)
    request = AWSRequest(method, f"http://{HOST}{path}", dict(headers), body)
    given = [] if kind is botocore.auth.HmacV1QueryAuth else [service, "eu-west-1"]
    kind(Credentials(KEY, SECRET, token), *given, **more).add_auth(request)
    return environ_of(request.prepare())


def payload_of(environ, service="sagemaker"):
    body = environ["wsgi.input"].getvalue()
    known = hashlib.sha256(body).hexdigest()
    return environ.get("HTTP_X_AMZ_CONTENT_SHA256", known)


def check(environ, payload=None, secret=SECRET):
    found = signature.read(environ)
    signature.check(environ, found, secret, payload or payload_of(environ))
    return found


PATHS = [
    "/",
    "/a/b",
    "/a%20b/%E2%82%AC",
    "/a//b/../c",
    "/~tilde/a+b",
    "/a%2Fb",
    "/x;y=1",
]
QUERIES = ["", "?list-type=2&prefix=a%2Fb", "?acl", "?b=2&a=1&a=0", "?x=%20&y=a+b"]
HEADERS = [
    {},
    {"X-Amz-Target": "SageMaker.ListModels"},
    {"x-amz-meta-a": "  two   words "},
]


@pytest.mark.parametrize("service", ["s3", "sagemaker", "iam"])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", QUERIES)
def test_what_botocore_signs_is_taken(service, path, query):
    for number, headers in enumerate(HEADERS):
        method = ("POST", "GET", "PUT")[number]
        environ = signed(service, method, path + query, headers=headers)
        found = check(environ)
        assert (found.key, found.service, found.region) == (KEY, service, "eu-west-1")


def test_a_session_is_named_by_its_token():
    assert check(signed(token=TOKEN)).token == TOKEN
    environ = signed("s3", "GET", "/b/k", token=TOKEN, signer=PRESIGNED, expires=60)
    assert check(environ, "UNSIGNED-PAYLOAD").token == TOKEN


PRESIGNED = botocore.auth.S3SigV4QueryAuth


@pytest.mark.parametrize("path", ["/bucket/key", "/b/a%20b?versionId=3", "/b/a//b"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_presigned_address_is_taken_until_it_expires(method, path, monkeypatch):
    environ = signed("s3", method, path, b"", signer=PRESIGNED, expires=60)
    assert check(environ, "UNSIGNED-PAYLOAD").expires == 60
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Refused, match="expired"):
        check(environ, "UNSIGNED-PAYLOAD")


@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("query", ["", "?versionId=3&response-content-type=a%2Fb"])
def test_an_address_of_version_2_is_taken_until_it_expires(query, token, monkeypatch):
    kind = botocore.auth.HmacV1QueryAuth
    environ = signed(
        "s3", "GET", f"/b/k{query}", b"", signer=kind, token=token, expires=9
    )
    assert check(environ, "x").token == (token or "")
    with pytest.raises(Refused, match="does not match"):
        check({**environ, "RAW_URI": environ["RAW_URI"].replace("/b/k", "/b/l")}, "x")
    with pytest.raises(Refused, match="does not match"):
        check(environ, "x", secret="another")
    later = time.time() + 11
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(Refused, match="expired"):
        check(environ, "x")


def test_an_address_as_boto3_makes_it_is_taken():
    session = botocore.session.get_session()
    client = session.create_client(
        "s3",
        "us-east-1",
        endpoint_url=f"http://{HOST}",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        aws_session_token=TOKEN,
    )
    given = {"Bucket": "b", "Key": "a b/c", "ContentType": "text/csv"}
    url = client.generate_presigned_url("put_object", given)
    request = AWSRequest("PUT", url, {"Content-Type": "text/csv"}).prepare()
    assert check(environ_of(request), "UNSIGNED-PAYLOAD").token == TOKEN


CHANGES = {
    "another method": {"REQUEST_METHOD": "PUT"},
    "another path": {"RAW_URI": "/other"},
    "another query": {"RAW_URI": "/?a=1"},
    "another host": {"HTTP_HOST": "127.0.0.1:1"},
    "another target": {"HTTP_X_AMZ_TARGET": "SageMaker.DeleteModel"},
    "another date": {"HTTP_X_AMZ_DATE": None},
    "an added header": {"HTTP_X_AMZ_COPY_SOURCE": "b/secret"},
    "another token": {"HTTP_X_AMZ_SECURITY_TOKEN": "taken from somebody"},
}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_what_is_changed_afterwards_is_refused(change):
    environ = signed(headers={"X-Amz-Target": "SageMaker.ListModels"}, token=TOKEN)
    for name, value in CHANGES[change].items():
        moved = datetime.now(UTC) + timedelta(seconds=61)
        environ[name] = value or moved.strftime("%Y%m%dT%H%M%SZ")
    with pytest.raises(Refused):
        check(environ)


def test_another_body_and_another_secret_are_refused():
    environ = signed()
    with pytest.raises(Refused, match="does not match"):
        check(environ, hashlib.sha256(b"[]").hexdigest())
    with pytest.raises(Refused, match="does not match"):
        check(environ, secret="another")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_request_of_another_time_is_refused(minutes, monkeypatch):
    environ = signed()
    moved = time.time() + 60 * minutes
    monkeypatch.setattr(time, "time", lambda: moved)
    with pytest.raises(Refused, match=r"expired|not yet current"):
        check(environ)


GOOD = signed()["HTTP_AUTHORIZATION"]
SECOND = GOOD.replace(KEY, "ASIASOMEBODYELSE").removeprefix("AWS4-HMAC-SHA256 ")
BAD = {
    "two scopes": f"{GOOD}, {SECOND}",
    "two headers": f"{GOOD},{GOOD}",
    "another credential in front": GOOD.replace("Credential", f"{SECOND}, Credential"),
    "no signature": GOOD.partition(", Signature")[0],
    "no host": GOOD.replace("host;", ""),
    "version 2": f"AWS {KEY}:c2lnbmF0dXJl",
    "asymmetric": GOOD.replace("HMAC-SHA256", "ECDSA-P256-SHA256"),
    "another day": GOOD.replace("/20", "/19", 1),
    "bearer": "Bearer abc",
    "nothing": "",
    "a region with a slash": GOOD.replace("eu-west-1", "eu/west"),
    "upper case": GOOD.replace("aws4_request", "AWS4_REQUEST"),
}


@pytest.mark.parametrize("kind", sorted(BAD))
def test_a_header_of_another_form_is_incomplete(kind):
    with pytest.raises(Refused) as caught:
        signature.read(signed() | {"HTTP_AUTHORIZATION": BAD[kind]})
    assert caught.value.code == "IncompleteSignatureException"


QUERY_TRICKS = {
    "twice": lambda query: f"{query}&X-Amz-Credential=other",
    "in other letters": lambda query: f"{query}&x-amz-credential=other",
    "of two versions": lambda query: f"{query}&AWSAccessKeyId=other",
    "for ever": lambda query: query.replace("Expires=60", "Expires=99999999"),
    "negative": lambda query: query.replace("Expires=60", "Expires=-1"),
    "without a date": lambda query: query.replace("X-Amz-Date", "X-Date"),
}


@pytest.mark.parametrize("trick", sorted(QUERY_TRICKS))
def test_an_address_with_odd_parameters_is_refused(trick):
    environ = signed("s3", "GET", "/b/k", b"", signer=PRESIGNED, expires=60)
    query = QUERY_TRICKS[trick](environ["QUERY_STRING"])
    environ |= {"QUERY_STRING": query, "RAW_URI": f"/b/k?{query}"}
    with pytest.raises(Refused):
        check(environ, "UNSIGNED-PAYLOAD")


def test_a_header_and_an_address_together_are_refused():
    environ = signed("s3", "GET", "/b/k", b"", signer=PRESIGNED, expires=60)
    with pytest.raises(Refused, match="Only one auth mechanism"):
        signature.read(environ | {"HTTP_AUTHORIZATION": GOOD})


def test_without_a_signature_there_is_none():
    plain = {"REQUEST_METHOD": "GET", "QUERY_STRING": "list-type=2&prefix=a"}
    assert signature.read(plain) is None


def test_an_address_that_is_not_at_hand_is_made_of_its_parts():
    parts = {"PATH_INFO": "/a b", "QUERY_STRING": "c=d"}
    assert signature.address(parts) == f"{quote('/a b')}?c=d"
    whole = {**parts, "RAW_URI": f"http://{HOST}/x%20y?z"}
    assert signature.address(whole).startswith("/x%20y")


def test_a_signature_costs_a_fifth_of_a_millisecond_at_most():
    environ = signed(headers={"X-Amz-Target": "SageMaker.ListModels"}, token=TOKEN)
    payload, rounds = payload_of(environ), 500
    begun = time.process_time()
    for _ in range(rounds):
        check(environ, payload)
    assert (time.process_time() - begun) / rounds < 0.0002  # 26 us when it was written
