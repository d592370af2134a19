"""A body is taken as far as it is the one that was signed."""

import hashlib
import hmac
import io

import pytest

from localaws.api.errors import Refused
from localaws.bounds import Malformed
from localaws.iam import payload
from localaws.iam.signature import NOTHING, STREAMED, UNSIGNED, Signed

BODY = b"a,b\n1,2\n" * 20_000
SECRET = "made-up-secret"
SIGNED = Signed("key", "0" * 64, "20260131T235959Z", "eu-west-1", "s3", ("host",))


def environ(body=BODY, said=None, **more):
    found = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), **more}
    return found if said is None else {**found, "HTTP_X_AMZ_CONTENT_SHA256": said}


def read(given, said):
    payload.watch(given, SIGNED, said, SECRET)
    return given["wsgi.input"].read(int(given["CONTENT_LENGTH"]) or -1)


def chunk(key, before, data, kind="PAYLOAD", text=None):
    """Return a signed chunk, and its signature."""
    text = text or f"{NOTHING}\n{hashlib.sha256(data).hexdigest()}"
    lines = (
        f"AWS4-HMAC-SHA256-{kind}\n{SIGNED.moment}\n{SIGNED.scope}\n{before}\n{text}"
    )
    found = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    return b"%x;chunk-signature=%b\r\n%b\r\n" % (len(data), found.encode(), data), found


def streamed(parts, trailer=b""):
    key, before, sent = SIGNED.key_of(SECRET), SIGNED.signature, b""
    for part in parts:
        text, before = chunk(key, before, part)
        sent += text
    last, before = chunk(key, before, b"")
    if not trailer:
        return sent + last
    named = hashlib.sha256(trailer + b"\n").hexdigest()
    _, found = chunk(key, before, b"", "TRAILER", named)
    end = b"%b\r\nx-amz-trailer-signature:%b\r\n\r\n" % (trailer, found.encode())
    return sent + last.removesuffix(b"\r\n") + end


def test_a_body_with_its_hash_is_read_and_another_is_not():
    said = hashlib.sha256(BODY).hexdigest()
    assert read(environ(), said) == BODY
    for other in (BODY + b"x", b"x" + BODY, BODY[:-1], b""):
        with pytest.raises(Refused, match="does not match"):
            read(environ(other), said)


def test_no_byte_of_the_end_is_given_before_the_hash_is_known_to_fit():
    given = environ(BODY[:-1] + b"x")
    payload.watch(given, SIGNED, hashlib.sha256(BODY).hexdigest(), SECRET)
    seen = b""
    with pytest.raises(Refused):
        while part := given["wsgi.input"].read(1000):
            seen += part
    assert len(seen) < len(BODY)


def test_a_body_in_chunks_of_http_is_checked_at_its_end():
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
    said = hashlib.sha256(BODY).hexdigest()
    for body, right in ((BODY, True), (BODY[:-1], False)):
        given = environ(body, **chunked)
        payload.watch(given, SIGNED, said, SECRET)
        if right:
            assert given["wsgi.input"].read() == BODY
        else:
            with pytest.raises(Refused):
                given["wsgi.input"].read()


@pytest.mark.parametrize("said", UNSIGNED)
def test_what_nobody_has_signed_is_read_as_it_is(said):
    assert read(environ(), said) == BODY


def test_an_unknown_kind_of_hash_is_refused_in_words():
    with pytest.raises(Refused, match='"MD5"'):
        read(environ(), "MD5")


@pytest.mark.parametrize("parts", [[BODY], [b"a", b"bc", BODY], []])
@pytest.mark.parametrize("trailer", [b"", b"x-amz-checksum-crc32:AAAAAA=="])
def test_signed_chunks_are_read_as_they_were_sent(parts, trailer):
    sent = streamed(parts, trailer)
    kind = f"{STREAMED}-TRAILER" if trailer else STREAMED
    assert read(environ(sent), kind) == sent


CHANGED = {
    "another byte": lambda sent: sent.replace(b"bc", b"bd", 1),
    "a chunk less": lambda sent: sent.replace(sent[: sent.index(b"bc") - 84], b"", 1),
    "another signature": lambda sent: sent.replace(b"signature=", b"signature=0", 1),
    "another trailer": lambda sent: sent.replace(b"AAAA", b"BBBB", 1),
    "no trailer's signature": lambda sent: sent.replace(b"x-amz-trailer", b"x-other"),
    "another size": lambda sent: b"2" + sent[1:],
    "a chunk of gigabytes": lambda sent: b"ffffffff" + sent[1:],
    "no chunks": lambda sent: BODY,
    "the end cut off": lambda sent: sent[:100],
}


@pytest.mark.parametrize("change", sorted(CHANGED))
def test_chunks_that_are_not_as_they_were_signed_are_refused(change):
    sent = streamed([b"a", b"bc", b"def"], b"x-amz-checksum-crc32:AAAAAA==")
    with pytest.raises((Refused, Malformed)):
        read(environ(CHANGED[change](sent)), f"{STREAMED}-TRAILER")


def test_the_hash_of_another_service_is_that_of_its_body():
    other = Signed("key", "0" * 64, SIGNED.moment, "eu-west-1", "sagemaker", ("host",))
    said = hashlib.sha256(BODY).hexdigest()
    given = environ()
    assert payload.claimed(given, other) == said == payload.claimed(given, other)
    with pytest.raises(Refused, match="does not match"):
        payload.claimed(environ(said="0" * 64), other)


def test_s3_wants_the_hash_in_a_header_and_none_in_an_address():
    with pytest.raises(Refused, match="x-amz-content-sha256"):
        payload.claimed(environ(), SIGNED)
    assert payload.claimed(environ(said="abc"), SIGNED) == "abc"
    link = Signed("key", "0" * 64, SIGNED.moment, "eu-west-1", "s3", ("host",), "", 60)
    assert payload.claimed(environ(), link) == UNSIGNED[0]
