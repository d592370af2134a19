"""A form that a browser posts is taken as far as its signed policy goes."""

import base64
import json
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from roles import EVERYTHING, allow, document

from localaws import client

VERSIONS = ["s3", "s3v4"]
BOUNDARY = "----formboundary7d"


@pytest.fixture(params=VERSIONS)
def signer(connection, request):
    """A client that signs forms in the old way, or in the new one."""
    return boto3.client("s3", config=Config(signature_version=request.param))


def encoded(rows):
    """Return the body of a form; the last row is the file."""
    parts = []
    for name, value in rows:
        named = f'form-data; name="{name}"'
        if name == "file":
            named += '; filename="report.txt"'
        data = value if isinstance(value, bytes) else str(value).encode()
        head = f"--{BOUNDARY}\r\nContent-Disposition: {named}\r\n\r\n".encode()
        parts.append(head + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def post(url, fields, data=b"content", rows=None, **headers):
    """Return the status and the text of the answer to a form."""
    body = encoded(rows if rows is not None else [*fields.items(), ("file", data)])
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **headers}
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, body, kind))
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode()


def form(
    signer, connection, key="up/${filename}", fields=(), conditions=(), expires=60
):
    made = signer.generate_presigned_post(
        connection.bucket,
        key,
        Fields=dict(fields),
        Conditions=list(conditions),
        ExpiresIn=expires,
    )
    return made["url"], made["fields"]


def content(connection, key):
    found = boto3.client("s3").get_object(Bucket=connection.bucket, Key=key)
    return found["Body"].read()


def test_a_signed_form_is_taken(connection, signer):
    url, fields = form(signer, connection, "up/${filename}")
    assert post(url, fields, b"first") == (204, "")
    assert content(connection, "up/report.txt") == b"first"


def test_what_a_policy_allows_is_taken(connection, signer):
    told = {"acl": "private", "Content-Type": "text/plain"}
    limits = [
        {"acl": "private"},
        ["starts-with", "$Content-Type", "text/"],
        ["content-length-range", 1, 100],
    ]
    url, fields = form(signer, connection, "told", told, limits)
    assert post(url, {**fields, "x-ignore-me": "1"}, b"x" * 100)[0] == 204
    assert content(connection, "told") == b"x" * 100


def test_a_large_file_is_taken_whole(connection, signer):
    url, fields = form(signer, connection, "large")
    data = bytes(range(256)) * 12_000
    assert post(url, fields, data)[0] == 204
    assert content(connection, "large") == data


LIMITS = [["content-length-range", 2, 5], ["starts-with", "$x-amz-meta-a", "b"]]
HOSTILE = {
    "another key": lambda f: {**f, "key": "elsewhere"},
    "a further field": lambda f: {**f, "acl": "public-read"},
    "a field without what it must start with": lambda f: {**f, "x-amz-meta-a": "a"},
    "a field left out": lambda f: {k: v for k, v in f.items() if k != "x-amz-meta-a"},
    "no policy": lambda f: {k: v for k, v in f.items() if k != "policy"},
    "no signature": lambda f: {k: v for k, v in f.items() if "ignature" not in k},
    "another signature": lambda f: {
        k: v[:-4] + "0000" if "ignature" in k else v for k, v in f.items()
    },
    "a policy of one's own": lambda f: {**f, "policy": rewritten(f["policy"])},
    "another key of a key": lambda f: {
        k: v.replace("ASIA", "AKIA") if v.startswith("ASIA") else v
        for k, v in f.items()
    },
    "no token": lambda f: {k: v for k, v in f.items() if "token" not in k},
    "another bucket": lambda f: {**f, "bucket": "elsewhere"},
}


def rewritten(policy):
    said = json.loads(base64.b64decode(policy))
    said["conditions"] = [{"key": "up/${filename}"}]
    said["expiration"] = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    return base64.b64encode(json.dumps(said).encode()).decode()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_nobody_signed_is_refused(connection, signer, name):
    told = {"x-amz-meta-a": "bc"}
    url, fields = form(signer, connection, "kept", told, LIMITS)
    status, text = post(url, HOSTILE[name](fields), b"abc")
    assert status in (400, 403) and "<Code>" in text
    found = boto3.client("s3").list_objects_v2(Bucket=connection.bucket)
    keys = [row["Key"] for row in found.get("Contents", [])]
    assert not {"kept", "elsewhere"} & set(keys)


@pytest.mark.parametrize(
    ("size", "code"), [(1, "EntityTooSmall"), (6, "EntityTooLarge")]
)
def test_a_file_has_the_size_that_was_signed(connection, signer, size, code):
    told = {"x-amz-meta-a": "bc"}
    url, fields = form(signer, connection, "sized", told, LIMITS)
    assert post(url, fields, b"x" * size)[1].count(code) == 1
    assert post(url, fields, b"x" * 5)[0] == 204


def test_a_form_ends_when_its_policy_does(connection, signer):
    url, fields = form(signer, connection, "late", expires=1)
    time.sleep(1.2)
    status, text = post(url, fields)
    assert status == 403 and "Policy expired" in text


def test_a_form_says_one_thing_only(connection, signer):
    url, fields = form(signer, connection, "once")
    twice = [*fields.items(), ("key", "twice"), ("file", b"x")]
    two = [*fields.items(), ("file", b"x"), ("file", b"y")]
    for status, text in (
        post(url, fields, rows=twice),
        post(url, fields, rows=two),
        post(f"{url}?key=twice", fields),
    ):
        assert status == 400 and "does not take this form" in text


def test_nobodys_form_is_for_a_bucket_that_takes_it(connection, s3):
    s3.create_bucket(Bucket="letterbox")
    url = f"{connection.url}/letterbox"
    assert post(url, {"key": "in/x"})[0] == 403
    statement = allow("s3:PutObject", on="arn:aws:s3:::letterbox/in/*", Principal="*")
    s3.put_bucket_policy(Bucket="letterbox", Policy=document(statement))
    assert post(url, {"key": "in/x"})[0] == 204
    assert post(url, {"key": "out/x"})[0] == 403


def test_a_signer_needs_the_permission_when_callers_are_asked():
    strict = client.fresh(client.REGION, "--enforce-iam")
    try:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        admin = boto3.Session(*(strict.environment[n] for n in names), "us-east-1")
        iam = admin.client("iam", endpoint_url=strict.url)
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        user = boto3.Session(
            key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1"
        )
        s3 = user.client("s3", endpoint_url=strict.url)
        on = f"arn:aws:s3:::{strict.bucket}/in/*"
        iam.put_user_policy(
            UserName="u",
            PolicyName="p",
            PolicyDocument=document(allow("s3:PutObject", on=on)),
        )
        assert post(*form(s3, strict, "in/x"))[0] == 204
        assert post(*form(s3, strict, "out/x"))[0] == 403
        iam.put_user_policy(
            UserName="u", PolicyName="p", PolicyDocument=document(EVERYTHING)
        )
        assert post(*form(s3, strict, "out/x"))[0] == 204
    finally:
        strict.stop()
