"""Whether a request was signed with the secret of the access key that it names.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import time
from calendar import timegm
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from botocore.utils import normalize_url_path

from localaws.api.errors import Refused

Environ = dict[str, Any]
ALGORITHM = "AWS4-HMAC-SHA256"
STREAMED = f"STREAMING-{ALGORITHM}-PAYLOAD"  # each chunk has a signature of its own
# Of S3: nobody has signed the body.
UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
SKEW = 15 * 60  # seconds that a clock may be off, and a request may be old
LONGEST = 7 * 24 * 3600  # seconds that an address may be good for
NOTHING = hashlib.sha256(b"").hexdigest()

SCOPE = r"([^/,\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request"
_HEADER = re.compile(
    rf"{ALGORITHM} Credential={SCOPE}, ?"
    r"SignedHeaders=([a-z0-9!#$%&'*+.^_`|~;-]+), ?Signature=([0-9a-f]{64})"
)
_IN_QUERY = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")


@dataclass(frozen=True)
class Signed:
    """What a request says of its signature, version 4; or 2, where `service` is ""."""

    key: str  # the identifier of an access key
    signature: str
    moment: str = ""  # "20260131T235959Z"; of version 2 seconds since 1970
    region: str = ""
    service: str = ""
    headers: tuple[str, ...] = ()  # the signed ones
    token: str = ""  # of a session
    expires: int | None = None  # seconds that a presigned address is good for

    @property
    def scope(self) -> str:
        """The scope of the key that signs."""
        return f"{self.moment[:8]}/{self.region}/{self.service}/aws4_request"

    def key_of(self, secret: str) -> bytes:
        """Return the key that signs in this scope."""
        return _key(secret, self.moment[:8], self.region, self.service)


def incomplete(words: str) -> Refused:
    """Return the error for what is no signature."""
    return Refused("IncompleteSignatureException", words)


def wrong(words: str = "") -> Refused:
    """Return the error for a signature that does not fit."""
    told = "The request signature we calculated does not match the signature you "
    told += "provided. Check your secret access key and signing method."
    return Refused("InvalidSignatureException", words or told)


def read(environ: Environ) -> Signed | None:
    """Return what a request says of its signature; None where it has none.

    Strict, so that nobody who reads it again can find something else: one header or
    one set of parameters, each part once and in its order. Raises `Refused`.
    """
    header, query = environ.get("HTTP_AUTHORIZATION"), environ.get("QUERY_STRING", "")
    given = parse_qsl(query, keep_blank_values=True) if "=" in query else []
    names = [name for name, _ in given if name.lower() in _CLAIMS]
    if header is None and not names:
        return None
    if header is not None and names:
        raise incomplete("Only one auth mechanism allowed: a header or the address.")
    if header is not None:
        return _of_header(header, environ)
    claims = {name: value for name, value in given if name in names}
    if len(claims) < len(names) or not set(claims) <= {*_V4, *_V2}:
        raise incomplete(f"The address has {', '.join(names)}: each of them once.")
    return _of_version_2(claims) if set(claims) <= set(_V2) else _of_address(claims)


_V4 = tuple(f"X-Amz-{name}" for name in (*_IN_QUERY, "Security-Token"))
_V2 = ("AWSAccessKeyId", "Signature", "Expires", "x-amz-security-token")
_CLAIMS = frozenset(name.lower() for name in (*_V4, *_V2))


def _of_header(header: str, environ: Environ) -> Signed:
    match = _HEADER.fullmatch(header)
    if match is None:
        text = f'Authorization is "{header[:100]}": expected {ALGORITHM} Credential='
        raise incomplete(f"{text}.../aws4_request, SignedHeaders=..., Signature=...")
    key, day, region, service, headers, signature = match.groups()
    moment = environ.get("HTTP_X_AMZ_DATE", "")
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
    return _checked(
        Signed(key, signature, moment, region, service, _names(headers), token), day
    )


def _of_address(claims: dict[str, str]) -> Signed:
    missing = [name for name in _V4[:-1] if name not in claims]
    if not set(claims) <= set(_V4):
        raise incomplete(f"The address has {', '.join(claims)}: they are of two kinds.")
    match = re.fullmatch(SCOPE, claims.get("X-Amz-Credential", ""))
    expires = claims.get("X-Amz-Expires", "")
    if missing or match is None or claims["X-Amz-Algorithm"] != ALGORITHM:
        raise incomplete(f"The address has no {', '.join(missing) or 'Credential'}.")
    if not (expires.isascii() and expires.isdigit() and int(expires) <= LONGEST):
        raise incomplete(f'X-Amz-Expires is "{expires[:40]}": up to {LONGEST} seconds.')
    key, day, region, service = match.groups()
    headers = _names(claims["X-Amz-SignedHeaders"])
    token, signature = claims.get("X-Amz-Security-Token", ""), claims["X-Amz-Signature"]
    place = claims["X-Amz-Date"], region, service, headers, token, int(expires)
    return _checked(Signed(key, signature, *place), day)


def _of_version_2(claims: dict[str, str]) -> Signed:
    """Of an address as S3 had it before, and boto3 still makes it in us-east-1.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    """
    expires = claims.get("Expires", "")
    if not set(_V2[:3]) <= set(claims) or not (expires.isascii() and expires.isdigit()):
        raise incomplete(f"The address needs {', '.join(_V2[:3])}.")
    token = claims.get("x-amz-security-token", "")
    return Signed(claims["AWSAccessKeyId"], claims["Signature"], expires, token=token)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split(";"))


def _checked(signed: Signed, day: str) -> Signed:
    if not re.fullmatch(r"\d{8}T\d{6}Z", signed.moment):
        raise incomplete(
            f'The date is "{signed.moment[:40]}", not as 20260131T235959Z.'
        )
    if signed.moment[:8] != day:
        raise incomplete(f"The date is {signed.moment}, that of the Credential {day}.")
    if "host" not in signed.headers:
        raise incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    return signed


def check(environ: Environ, signed: Signed, secret: str, payload: str) -> None:
    """Raise `Refused` unless a request is signed with this secret, and in its time.

    `payload` is the hash of its body, or what stands for it.
    """
    _check_time(signed)
    if not signed.service:
        found = _version_2(environ, signed, secret)
    else:
        _check_headers(environ, signed)
        text = hashlib.sha256(canonical(environ, signed, payload)).hexdigest()
        text = f"{ALGORITHM}\n{signed.moment}\n{signed.scope}\n{text}"
        found = sign(signed.key_of(secret), text)
    if not hmac.compare_digest(found.encode(), signed.signature.encode()):
        raise wrong()


def _check_time(signed: Signed) -> None:
    now = time.time()
    if not signed.service:
        if now > int(signed.moment):
            raise Refused("AccessDeniedException", "Request has expired.")
        return
    try:
        begun = timegm(time.strptime(signed.moment, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise incomplete(f'The date "{signed.moment}" is none.') from None
    if begun > now + SKEW:
        raise wrong(f"Signature not yet current: {signed.moment} is in the future.")
    if signed.expires is None and begun < now - SKEW:
        raise wrong(f"Signature expired: {signed.moment} is more than {SKEW} s ago.")
    if signed.expires is not None and begun + signed.expires < now:
        raise Refused("AccessDeniedException", "Request has expired.")


def _check_headers(environ: Environ, signed: Signed) -> None:
    """Refuse what somebody has added to a signed request, and AWS would act upon."""
    for name in environ:
        if name.startswith("HTTP_X_AMZ_"):
            said = name[5:].lower().replace("_", "-")
            if said not in signed.headers:
                text = "There were headers present in the request which were not signed"
                raise Refused("AccessDeniedException", f"{text}: {said}")


def canonical(environ: Environ, signed: Signed, payload: str) -> bytes:
    """Return the text whose hash is signed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    path, _, query = address(environ).partition("?")
    if signed.service != "s3":
        path = quote(normalize_url_path(path), safe="/~")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    pairs = sorted(p for p in pairs if p[0] != "X-Amz-Signature")
    names = sorted(signed.headers)
    headers = "".join(f"{name}:{_header(environ, name)}\n" for name in names)
    lines = [environ["REQUEST_METHOD"], path or "/"]
    lines += ["&".join(f"{name}={value}" for name, _, value in pairs), headers]
    return "\n".join([*lines, ";".join(names), payload]).encode("latin-1", "replace")


def address(environ: Environ) -> str:
    """Return path and query of a request as they were sent."""
    raw = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    if not raw.startswith("/"):  # a whole address stands there, or nothing
        parts = urlsplit(raw)
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        raw = (parts.path or quote(environ.get("PATH_INFO", "/"))) + query
    return raw


def _header(environ: Environ, name: str) -> str:
    key = name.upper().replace("-", "_")
    plain = key in ("CONTENT_TYPE", "CONTENT_LENGTH")
    return " ".join(environ.get(key if plain else f"HTTP_{key}", "").split())


def sign(key: bytes, text: str) -> str:
    """Return the signature of a text."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


@functools.lru_cache(maxsize=256)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


class _Version2(HmacV1QueryAuth):
    """botocore's signer, with the moment that the address names."""

    def _get_date(self) -> str:
        return str(self._expires)


def _version_2(environ: Environ, signed: Signed, secret: str) -> str:
    signer: Any = _Version2(Credentials(signed.key, secret), signed.moment)
    headers: Any = HTTPHeaders()
    parts = urlsplit(address(environ))
    for name, value in parse_qsl(parts.query):  # where boto3 has put them
        if name.startswith("x-amz-") or name in ("content-type", "content-md5"):
            headers[name] = value
    for name in environ:
        if name.startswith("HTTP_X_AMZ_") or name in (
            "CONTENT_TYPE",
            "HTTP_CONTENT_MD5",
        ):
            said = name.removeprefix("HTTP_").replace("_", "-").lower()
            if said not in headers:
                headers[said] = environ[name]
    return str(signer.get_signature(environ["REQUEST_METHOD"], parts, headers))
