"""Keys of KMS that do not work: neither do those who need them, S3 among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from localaws.api.errors import ServiceError, invalid
from localaws.api.protocol import Environ
from localaws.api.registry import Call, Context
from localaws.iam import vault
from localaws.iam.permissions import keys_exist
from localaws.iam.vault import Use
from localaws.neighbours.guards import guard
from localaws.records.s3 import place

_SSE = "HTTP_X_AMZ_SERVER_SIDE_ENCRYPTION"
_KEY, _SOURCE = f"{_SSE}_AWS_KMS_KEY_ID", "HTTP_X_AMZ_COPY_SOURCE"
# What a GET or PUT is about besides an object's data.
_ASIDE = re.compile(r"acl|tagging|retention|legal-hold|attributes|torrent|uploads")
_DATA = ("GenerateDataKey", "GenerateDataKeyPair")


@guard("kms", "Encrypt", "Decrypt", "ReEncrypt")
@guard("kms", *_DATA, *(f"{name}WithoutPlaintext" for name in _DATA))
@guard("kms", "GenerateMac", "VerifyMac", "CreateGrant")
def refuse_keys_that_do_not_work(call: Call) -> None:
    """Refuse what a key cannot do: disabled, about to go, for other uses, or another.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """
    account = call.context.account
    for use in vault.of_kms(call.operation, call.input, call.region):
        found = vault.trouble(account, use) or vault.misuse(account, use)
        found = found or vault.mismatch(account, use, call.input)
        if found and found[0] != "NotFoundException":  # moto says that
            raise ServiceError(*found)


def check_object(context: Context, environ: Environ, service: str) -> None:
    """Raise ServiceError where the key of an object to read or write does not work.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    if service not in ("s3", "") or not (
        environ.get(_KEY) or keys_exist(context.account)
    ):
        return
    operation, members = _asked(environ)
    named = members.get("SSEKMSKeyId")
    for use in vault.of_s3(context.account, operation, members):
        found = vault.trouble(context.account, use)
        # A key that is not kept beyond a restart takes no object with it.
        if found and (found[0] != "NotFoundException" or use.name == named):
            raise ServiceError(f"KMS.{found[0]}", found[1])


def _asked(environ: Environ) -> tuple[str, dict[str, Any]]:
    """Return the operation on an object's data, or "", as far as keys matter."""
    bucket, key = place(environ)
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    members: dict[str, Any] = {"Bucket": bucket, "Key": key}
    members["VersionId"] = query.get("versionId")
    members["UploadId"] = query.get("uploadId")
    members["ServerSideEncryption"] = environ.get(_SSE)
    members["SSEKMSKeyId"] = environ.get(_KEY)
    if environ.get(_SOURCE):
        members["CopySource"] = unquote(environ[_SOURCE])
    method = environ["REQUEST_METHOD"]
    if not key or (method != "POST" and any(map(_ASIDE.fullmatch, query))):
        return "", members
    if method == "POST":
        return ("CreateMultipartUpload" if "uploads" in query else ""), members
    if method == "PUT":
        return ("UploadPart" if members["UploadId"] else "PutObject"), members
    reads = method == "GET" and not members["UploadId"]
    return ("GetObject" if reads else ""), members


def check_named(context: Context, region: str, members: Any) -> None:
    """Raise ServiceError where a job or an endpoint is to use a key that does not work.

    On AWS the service asks KMS for a grant when it is asked to create one.
    """
    for name in named(members):
        if found := vault.trouble(context.account, Use("", region, name)):
            raise invalid(f"The KMS key cannot be used: {found[1]} ({found[0]}).")


def named(node: Any) -> Iterator[str]:
    """Yield the keys that a request names for what it creates, at any depth."""
    for key, part in node.items() if isinstance(node, dict) else ():
        if key in ("KmsKeyId", "VolumeKmsKeyId") and isinstance(part, str) and part:
            yield part
    parts = node.values() if isinstance(node, dict) else node
    for part in parts if isinstance(node, dict | list) else ():
        yield from named(part)
