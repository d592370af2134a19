"""Forms that a browser posts to S3: who has signed one, and what it may hold.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.formparser import parse_form_data

from localaws.api import validation
from localaws.api.errors import Refused, ServiceError
from localaws.bounds import PART
from localaws.iam.signature import ALGORITHM, SCOPE, Environ, Signed, incomplete, wrong
from localaws.records.s3 import place

_FORM = "localaws.form"  # of a request, once it has been read
_V2 = ("awsaccesskeyid", "signature")
_V4 = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
# What a policy need not name.
_FREE = ("policy", "file", "x-amz-signature", *_V2)


@dataclass(frozen=True)
class Form:
    """The fields of a form by their names in lower case, and the size of its file."""

    bucket: str
    fields: dict[str, str]
    size: int  # bytes

    @property
    def key(self) -> str:
        """The key of the object that it asks for."""
        return self.fields.get("key", "")

    def signed(self) -> Signed | None:
        """Return what it says of its signature; None where nobody has signed it."""
        fields = self.fields
        if not any(name in fields for name in (*_V2, *_V4, "policy")):
            return None
        token = fields.get("x-amz-security-token", "")
        if all(name in fields for name in ("policy", *_V2)) and _V4[3] not in fields:
            return Signed(fields[_V2[0]], fields[_V2[1]], token=token)
        scope = re.fullmatch(SCOPE, fields.get("x-amz-credential", ""))
        if not all(name in fields for name in ("policy", *_V4)) or scope is None:
            raise incomplete(f"The form needs policy, {', '.join(_V4)}.")
        key, day, region, service = scope.groups()
        moment = fields["x-amz-date"]
        if (fields["x-amz-algorithm"], service) != (ALGORITHM, "s3") or (
            moment[:8] != day or any(name in fields for name in _V2)
        ):
            raise incomplete("The form's algorithm, date and credential do not agree.")
        return Signed(
            key, fields["x-amz-signature"], moment, region, service, token=token
        )

    def check(self, signed: Signed, secret: str) -> None:
        """Raise `Refused` unless this secret has signed it and its policy allows it."""
        policy = self.fields["policy"].encode()
        if signed.service:
            made = hmac.new(signed.key_of(secret), policy, hashlib.sha256).hexdigest()
        else:
            sha1 = hmac.new(secret.encode(), policy, hashlib.sha1).digest()
            made = base64.b64encode(sha1).decode()
        if not hmac.compare_digest(made.encode(), signed.signature.encode()):
            raise wrong()
        expires, conditions = _read_policy(policy)
        if expires < time.time():
            raise _against("Policy expired.")
        named = {name for each in conditions for name in self._met(each)}
        extra = [n for n in self.fields if n not in (*named, *_FREE)]
        if extra := [name for name in extra if not name.startswith("x-ignore-")]:
            raise _against(f"Extra input fields: {', '.join(extra)}")

    def _met(self, condition: Any) -> list[str]:
        """Return the fields that a condition names, which hold what it says."""
        if isinstance(condition, dict):
            for name, value in condition.items():
                self._hold("eq", name.lower(), value, condition)
            return [name.lower() for name in condition]
        if not (isinstance(condition, list) and len(condition) == 3):
            raise _malformed(f"{condition!r} is no condition.")
        kind, name, value = condition
        if str(kind).lower() == "content-length-range":
            self._check_size(name, value)
            return []
        if not (isinstance(name, str) and name.startswith("$")):
            raise _malformed(f"{condition!r} names no field with $.")
        self._hold(str(kind).lower(), name[1:].lower(), value, condition)
        return [name[1:].lower()]

    def _hold(self, kind: str, name: str, value: Any, condition: Any) -> None:
        found = self.bucket if name == "bucket" else self.fields.get(name, "")
        if kind not in ("eq", "starts-with") or not isinstance(value, str):
            raise _malformed(f"{condition!r} is neither eq nor starts-with a text.")
        if found != value if kind == "eq" else not found.startswith(value):
            raise _against(f"Policy Condition failed: {json.dumps(condition)}")

    def _check_size(self, least: Any, most: Any) -> None:
        try:
            low, high = int(least), int(most)
        except (TypeError, ValueError):
            raise _malformed("content-length-range needs two numbers.") from None
        if self.size > high:
            text = (
                f"Your proposed upload exceeds the maximum allowed size: {high} bytes."
            )
            raise ServiceError("EntityTooLarge", text)
        if self.size < low:
            text = f"Your proposed upload is smaller than the minimum allowed: {low}."
            raise ServiceError("EntityTooSmall", text)


def of(environ: Environ) -> Form | None:
    """Return the form that a request posts to a bucket, or None; it is read again."""
    kind = environ.get("CONTENT_TYPE", "")
    named = "HTTP_X_AMZ_TARGET" in environ or "HTTP_AUTHORIZATION" in environ
    if environ["REQUEST_METHOD"] != "POST" or named:
        return None
    if not kind.lower().startswith("multipart/form-data") or place(environ)[1]:
        return None
    if _FORM not in environ:
        environ[_FORM] = _read(environ)
    return environ[_FORM]


def _read(environ: Environ) -> Form:
    if environ.get("QUERY_STRING"):
        raise _unfit("its address has a query, which would say something else")
    spool: Any = tempfile.SpooledTemporaryFile(max_size=PART)  # noqa: SIM115
    shutil.copyfileobj(validation.source(environ), spool, PART)
    spool.seek(0)
    _, form, files = parse_form_data({**environ, "wsgi.input": spool})
    rows = [*form.items(multi=True), *files.items(multi=True)]
    names = [name.lower() for name, _ in rows]
    if len(set(names)) < len(names) or set(files) - {"file"}:
        raise _unfit("it has a field twice, or another file than 'file'")
    bucket = place(environ)[0]
    fields = {name.lower(): value for name, value in form.items()}
    if fields.get("bucket", bucket) != bucket:
        raise _unfit("it names another bucket than its address")
    size, uploaded = len(fields.get("file", "").encode()), files.get("file")
    if uploaded is not None:
        size = uploaded.stream.seek(0, os.SEEK_END)
        name = os.path.basename(uploaded.filename or "")
        fields["key"] = fields.get("key", "").replace("${filename}", name)
    spool.seek(0)
    environ["wsgi.input"], environ["wsgi.input_terminated"] = spool, True
    environ["CONTENT_LENGTH"] = str(spool.seek(0, os.SEEK_END))
    spool.seek(0)
    return Form(bucket, fields, size)


def _read_policy(text: bytes) -> tuple[float, list[Any]]:
    """Return when a policy ends, in seconds since 1970, and its conditions."""
    try:
        said = json.loads(base64.b64decode(text, validate=True))
        until = datetime.fromisoformat(said["expiration"].replace("Z", "+00:00"))
        conditions = said["conditions"]
        if until.tzinfo is None or not isinstance(conditions, list):
            raise ValueError("expiration without a zone, or no list of conditions")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _malformed(str(error)) from None
    return until.timestamp(), conditions


def _against(words: str) -> Refused:
    return Refused("AccessDeniedException", f"Invalid according to Policy: {words}")


def _malformed(words: str) -> ServiceError:
    return ServiceError("InvalidPolicyDocument", f"Invalid Policy: {words}")


def _unfit(words: str) -> ServiceError:
    return ServiceError(
        "InvalidArgument", f"localaws does not take this form: {words}."
    )
