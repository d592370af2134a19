"""Ways around --enforce-iam, each of which somebody might try; none of them leads in.

Each way sends raw HTTP, in the name of a user who may do nothing, of nobody, or with
what an honest request has left behind. `SECRET` must not come back, and no request may
succeed.
"""

import http.client
import time
from urllib.parse import quote, urlsplit

import boto3
import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from roles import document

from localaws import client, discovery

SECRET = b"the-content-of-a-secret-object"
TARGET = "SageMaker.ListTrainingJobs"
JSON = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"}


class Way:
    """What a way may use: addresses, keys of an admin and of a user without rights."""

    def __init__(self, server):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        self.url, self.bucket = server.url, server.bucket
        self.host = urlsplit(server.url).netloc
        keys = [server.environment[name] for name in names]
        self.admin = Credentials(*keys)
        config = Config(retries={"total_max_attempts": 1})
        session = boto3.Session(*keys, "us-east-1")
        place = {"endpoint_url": server.url, "config": config}
        self.s3, self.iam = (
            session.client("s3", **place),
            session.client("iam", **place),
        )
        self.sts = session.client("sts", **place)
        self.s3.put_object(Bucket=self.bucket, Key="secret", Body=SECRET)
        self.iam.create_user(UserName="nobody")
        self.user = self.key_of("nobody")

    def key_of(self, name):
        key = self.iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def signed(self, who, service="s3", method="GET", path=None, headers=(), body=b""):
        """Method, path, headers and body of a request that `who` has signed."""
        path = path or f"/{self.bucket}/secret"
        kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
        request = AWSRequest(method, self.url + path, dict(headers), body)
        kind(who, service, "us-east-1").add_auth(request)
        return [method, path, dict(request.prepare().headers), body]

    def link(self, who, method="GET", path=None, expires=60, kind=None):
        """The address of an object, signed by `who`, as path and query."""
        kind = kind or botocore.auth.S3SigV4QueryAuth
        given = ["s3", "us-east-1"] if kind is botocore.auth.S3SigV4QueryAuth else []
        request = AWSRequest(method, f"{self.url}{path or f'/{self.bucket}/secret'}")
        kind(who, *given, expires=expires).add_auth(request)
        parts = urlsplit(request.url)
        return f"{parts.path}?{parts.query}"

    def send(self, method, path, headers, body=b""):
        """Return status and body of the answer."""
        wire = http.client.HTTPConnection(self.host, timeout=20)
        try:
            wire.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                if name == "Content-Length":  # of the body before it was changed
                    continue
                for one in value if isinstance(value, list) else [value]:
                    wire.putheader(name, one)
            if body:
                wire.putheader("Content-Length", str(len(body)))
            wire.endheaders(body)
            answer = wire.getresponse()
            return answer.status, answer.read()
        finally:
            wire.close()


@pytest.fixture(scope="module")
def way():
    opened = client.fresh(client.REGION, "--enforce-iam")
    yield Way(opened)
    opened.stop()


def header(way, change, who=None, **more):
    """An honest request of `who`, with its Authorization changed."""
    method, path, headers, body = way.signed(who or way.admin, **more)
    headers["Authorization"] = change(headers["Authorization"])
    return method, path, headers, body


def added(way, who=None, **headers):
    """An honest request, to which somebody adds headers."""
    method, path, given, _ = way.signed(who or way.admin)
    return (
        method,
        path,
        {**given, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )


def moved(way, who=None, service="s3", **parts):
    """An honest request, sent with another method, path, host or body."""
    method, path, headers, body = way.signed(who or way.admin, service)
    headers |= parts.get("headers", {})
    path = parts.get("path", path)
    return parts.get("method", method), path, headers, parts.get("body", body)


def query(way, change, who=None, method="GET", headers=(), **more):
    """An address that somebody has signed, changed."""
    return method, change(way.link(who or way.admin, **more)), dict(headers)


def json_call(way, who, **change):
    """A call of SageMaker by `who`, in which somebody changes something."""
    method, path, headers, body = way.signed(who, "sagemaker", "POST", "/", JSON, b"{}")
    return (
        method,
        path,
        {**headers, **change.get("headers", {})},
        change.get("body", body),
    )


def other(way):
    """The Credential of the user who may do nothing."""
    return f"Credential={way.user.access_key}/20260101/us-east-1/s3/aws4_request"


def own(way):
    return way.admin.access_key


def swap(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


def stolen(way):
    """The admin's identifier with the user's secret."""
    return Credentials(own(way), way.user.secret_key, way.admin.token)


def bare(way):
    """The admin's keys without the token of the session."""
    return Credentials(own(way), way.admin.secret_key)


def spoilt(way):
    """The admin's keys with the token of no session."""
    return Credentials(own(way), way.admin.secret_key, "x" * 40)


WAYS = {
    # Nobody, and keys that are none.
    "no signature": lambda w: ("GET", f"/{w.bucket}/secret", {}),
    "an empty header": lambda w: ("GET", f"/{w.bucket}/secret", {"Authorization": ""}),
    "an unknown key": lambda w: w.signed(Credentials("ASIAUNKNOWN", "x")),
    "a user without rights": lambda w: w.signed(w.user),
    "the identifier alone": lambda w: w.signed(stolen(w)),
    "without the token": lambda w: w.signed(bare(w)),
    "with another token": lambda w: w.signed(spoilt(w)),
    "basic": lambda w: ("GET", f"/{w.bucket}/secret", {"Authorization": "Basic YTpi"}),
    "bearer": lambda w: ("POST", "/", {**JSON, "Authorization": f"Bearer {own(w)}"}),
    "nobody lists jobs": lambda w: ("POST", "/", JSON),
    "nobody lists buckets": lambda w: ("GET", "/", {}),
    "nobody writes": lambda w: ("PUT", f"/{w.bucket}/new", {}, b"x"),
    "nobody deletes": lambda w: ("DELETE", f"/{w.bucket}/secret", {}),
    "nobody posts a form": lambda w: (
        *("POST", f"/{w.bucket}", {"Content-Type": "multipart/form-data; boundary=b"}),
        b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nnew\r\n--b\r\n'
        b'Content-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
    ),
    # Two scopes, two mechanisms, other spellings.
    "two scopes": lambda w: header(w, lambda a: f"{a}, {other(w)}"),
    "two scopes, turned": lambda w: header(
        w, lambda a: swap(a, "Credential=", f"{other(w)}, Credential=")
    ),
    "the other's scope": lambda w: header(
        w, lambda a: swap(a, w.user.access_key, own(w)), w.user
    ),
    "two headers": lambda w: (
        *("GET", f"/{w.bucket}/secret"),
        {"Authorization": [f"AWS4-HMAC-SHA256 {other(w)}", f"AWS {own(w)}:x"]},
    ),
    "header and address": lambda w: query(w, str, headers=way_headers(w), who=w.admin),
    "other letters": lambda w: header(w, lambda a: swap(a, "Credential", "credential")),
    "other order": lambda w: header(
        w, lambda a: "AWS4-HMAC-SHA256 " + ", ".join(a[17:].split(", ")[::-1])
    ),
    "a newline": lambda w: header(
        w, lambda a: swap(a, "SignedHeaders", "\tSignedHeaders")
    ),
    "no signature in it": lambda w: header(w, lambda a: a.partition(", Signature")[0]),
    "an empty signature": lambda w: header(
        w, lambda a: f"{a.partition('Signature=')[0]}Signature="
    ),
    "zeros": lambda w: header(
        w, lambda a: f"{a.partition('Signature=')[0]}Signature={'0' * 64}"
    ),
    "version 2": lambda w: header(w, lambda a: f"AWS {own(w)}:c2lnbmF0dXJl"),
    "asymmetric": lambda w: header(
        w, lambda a: swap(a, "HMAC-SHA256", "ECDSA-P256-SHA256")
    ),
    "host not signed": lambda w: header(w, lambda a: swap(a, "host;", "")),
    # Another service or region than was signed.
    "another service": lambda w: header(w, lambda a: swap(a, "/s3/", "/sts/")),
    "another region": lambda w: header(w, lambda a: swap(a, "us-east-1", "eu-west-1")),
    "another day": lambda w: header(w, lambda a: swap(a, "/20", "/19")),
    "a key of sts for s3": lambda w: moved(
        w, service="sts", path=f"/{w.bucket}/secret"
    ),
    # An honest request, changed on its way.
    "another object": lambda w: moved(w, path=f"/{w.bucket}/other"),
    "another method": lambda w: moved(w, method="DELETE"),
    "another query": lambda w: moved(w, path=f"/{w.bucket}/secret?acl"),
    "another host": lambda w: moved(w, headers={"Host": "s3.amazonaws.com"}),
    "a bucket as host": lambda w: moved(
        w, headers={"Host": f"{w.bucket}.s3.amazonaws.com"}
    ),
    "dots in the path": lambda w: moved(w, path=f"/{w.bucket}/a/../secret2"),
    "an encoded path": lambda w: moved(w, path=f"/{w.bucket}/%73ecret"),
    "a body added": lambda w: moved(w, method="PUT", body=b"mine"),
    "a copy source added": lambda w: added(
        w, X_Amz_Copy_Source=f"{w.bucket}/secret", X_Amz_Meta_A="b"
    ),
    "a target added": lambda w: added(w, X_Amz_Target=TARGET),
    "an acl added": lambda w: added(w, X_Amz_Acl="public-read"),
    "another date": lambda w: added(w, X_Amz_Date="20200101T000000Z"),
    "a method to override": lambda w: (
        *w.signed(w.user)[:2],
        {**w.signed(w.user)[2], "X-HTTP-Method-Override": "PUT"},
    ),
    "another action": lambda w: json_call(
        w, w.admin, headers={"X-Amz-Target": "SageMaker.ListModels"}
    ),
    "another body": lambda w: json_call(w, w.admin, body=b'{"MaxResults": 1}'),
    "a free target for another": lambda w: json_call(
        w, w.user, headers={"X-Amz-Target": "STS.GetCallerIdentity"}
    ),
    "a hash of its own": lambda w: (
        *("PUT", f"/{w.bucket}/new"),
        {**w.signed(w.admin, method="PUT", path=f"/{w.bucket}/new")[2]},
        b"not what was signed",
    ),
    "a hash taken away": lambda w: without(
        w.signed(w.admin, method="PUT", body=b"x"), "X-Amz-Content-SHA256"
    ),
    "unsigned instead": lambda w: moved(
        w, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    ),
    "chunks instead": lambda w: moved(
        w,
        method="PUT",
        headers={"X-Amz-Content-SHA256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
        body=b"1;chunk-signature=" + b"0" * 64 + b"\r\nx\r\n",
    ),
    # Addresses.
    "an address of who may not": lambda w: query(w, str, w.user),
    "an address for another": lambda w: query(
        w, lambda u: swap(u, "secret?", "secret2?")
    ),
    "an address to write": lambda w: query(w, str, method="PUT"),
    "an address made longer": lambda w: query(
        w, lambda u: swap(u, "Expires=60", "Expires=600")
    ),
    "an address of another": lambda w: query(
        w, lambda u: swap(u, own(w), w.user.access_key)
    ),
    "an address without its token": lambda w: query(
        w,
        lambda u: (
            u.partition("&X-Amz-Security-Token")[0] + "&X-Amz-Signature=" + "0" * 64
        ),
    ),
    "an address with a header": lambda w: query(
        w, str, headers={"X-Amz-Copy-Source": f"{w.bucket}/secret"}
    ),
    "an address with another key twice": lambda w: query(
        w, lambda u: f"{u}&X-Amz-Credential={quote(other(w)[11:])}"
    ),
    "an old address of who may not": lambda w: query(
        w, str, w.user, kind=botocore.auth.HmacV1QueryAuth
    ),
    "an old address for another": lambda w: query(
        w,
        lambda u: swap(u, "/secret?", "/secret2?"),
        kind=botocore.auth.HmacV1QueryAuth,
    ),
    "an old address made longer": lambda w: query(
        w,
        lambda u: swap(u, "Expires=", "Expires=9"),
        kind=botocore.auth.HmacV1QueryAuth,
    ),
    # Pages and doors beside the services.
    "the connection": lambda w: ("GET", "/_localaws/connection", {}),
    "the connection, signed": lambda w: w.signed(w.user, path="/_localaws/connection"),
    "the console": lambda w: ("GET", "/", {"Accept": "text/html"}),
    "an object of the console": lambda w: (
        *("GET", f"/_localaws/buckets/{w.bucket}/object?key=secret"),
        {"Accept": "text/html"},
    ),
    "reset": lambda w: ("POST", "/moto-api/reset", {}),
    "reset, signed": lambda w: w.signed(w.user, "sts", "POST", "/moto-api/reset"),
    "data of moto": lambda w: ("GET", "/moto-api/data.json", {}),
    "copy what may not be read": lambda w: w.signed(
        w.user,
        method="PUT",
        path=f"/{w.bucket}/copy",
        headers={"X-Amz-Copy-Source": f"/{w.bucket}/secret"},
    ),
}


def without(request, name):
    method, path, headers, body = request
    return method, path, {k: v for k, v in headers.items() if k != name}, body


def way_headers(way):
    return way.signed(way.user)[2]


def test_there_are_sixty_ways():
    assert len(WAYS) >= 60


@pytest.mark.parametrize("name", sorted(WAYS))
def test_no_way_leads_in(way, name):
    status, body = way.send(*WAYS[name](way))
    assert 400 <= status < 500 and status != 404, body[:300]
    assert SECRET not in body and b"TrainingJobSummaries" not in body


def test_the_honest_ways_lead_in(way):
    for request in (
        way.signed(way.admin),
        query(way, str),
        query(way, str, kind=botocore.auth.HmacV1QueryAuth),
    ):
        assert way.send(*request) == (200, SECRET)
    assert way.send(*json_call(way, way.admin))[0] == 200


def test_a_key_that_was_withdrawn_and_a_session_that_ended_open_nothing(way):
    way.iam.create_user(UserName="gone")
    way.iam.put_user_policy(
        UserName="gone",
        PolicyName="p",
        PolicyDocument=document({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    key = way.key_of("gone")
    assert way.send(*way.signed(key)) == (200, SECRET)
    given = {"UserName": "gone", "AccessKeyId": key.access_key}
    way.iam.update_access_key(**given, Status="Inactive")
    assert way.send(*way.signed(key))[0] == 403
    way.iam.delete_access_key(**given)
    assert way.send(*way.signed(key))[0] == 403


def test_a_request_that_was_heard_is_good_for_a_quarter_of_an_hour_only(
    way, monkeypatch
):
    before = time.gmtime(time.time() - 16 * 60)
    with monkeypatch.context() as patch:
        patch.setattr(
            botocore.auth,
            "get_current_datetime",
            lambda **_: past(before),
            raising=False,
        )
        request = way.signed(way.admin)
    assert request[2]["X-Amz-Date"] == time.strftime("%Y%m%dT%H%M%SZ", before)
    assert way.send(*request)[0] == 403


def past(moment):
    from datetime import UTC, datetime

    return datetime(*moment[:6], tzinfo=UTC)


def test_the_key_of_its_file_is_no_key_of_aws(way):
    key = discovery.ask(way.url)["key"]
    headers = {"X-Localaws-Key": key, "Cookie": f"localaws={key}"}
    assert way.send("GET", f"/{way.bucket}/secret", headers)[0] == 403
    assert way.send("POST", "/", {**JSON, **headers})[0] in (400, 403)
