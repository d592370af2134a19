"""Keys of KMS: found by any of their names, whether they work, and what needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from moto.kms.models import Key, kms_backends
from moto.kms.utils import KEY_ID_LEN
from moto.s3.models import FakeBucket, s3_backends

OF_AWS = "alias/aws/"  # the aliases of keys that AWS manages: these always work
_STATES = {  # https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    "Disabled": ("DisabledException", "{} is disabled."),
    "PendingDeletion": ("KMSInvalidStateException", "{} is pending deletion."),
    "PendingImport": ("KMSInvalidStateException", "{} is pending import."),
}
_WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload", "PostObject")


class Use(NamedTuple):
    """A key that a request needs, by one of its names, and the permission for it."""

    action: str
    region: str
    name: str


def find(account: str, region: str, name: str) -> Key | None:
    """Return a key by its id, its ARN, an alias or the ARN of one."""
    if name.startswith("arn:"):
        region, name = name.split(":", 5)[3], name.split(":", 5)[-1]
    backend = kms_backends[account].get(region)
    keys = backend.keys if backend else {}
    if name.startswith("alias/"):
        return next((key for key in keys.values() if name in key.aliases), None)
    return keys.get(name.removeprefix("key/"))


def trouble(account: str, use: Use) -> tuple[str, str] | None:
    """Return why a key does not work, as KMS names and says it; None if it does."""
    if OF_AWS in use.name:
        return None
    key = find(account, use.region, use.name)
    if key is None:
        return "NotFoundException", f"Key '{use.name}' does not exist"
    code, text = _STATES.get(key.key_state, ("", ""))
    return (code, text.format(key.arn)) if code else None


def arn_of(account: str, use: Use) -> str:
    """Return the ARN that permissions on a key name, whatever it was called by."""
    key = find(account, use.region, use.name)
    if key or use.name.startswith("arn:"):
        return str(key.arn) if key else use.name
    return f"arn:aws:kms:{use.region}:{account}:key/{use.name}"


def of_kms(operation: str, members: Mapping[str, Any], region: str) -> list[Use]:
    """Return the keys that an operation of KMS works with."""
    blob = members.get("CiphertextBlob")
    inside = blob[:KEY_ID_LEN].decode(errors="replace") if blob else ""
    if operation == "ReEncrypt":
        source, to = members.get("SourceKeyId") or inside, members["DestinationKeyId"]
        return [
            Use("kms:ReEncryptFrom", region, source),
            Use("kms:ReEncryptTo", region, to),
        ]
    name = members.get("KeyId") or members.get("TargetKeyId") or inside
    return [Use(f"kms:{operation}", region, name)] if name else []


def of_s3(account: str, operation: str, members: Mapping[str, Any]) -> list[Use]:
    """Return the keys of customers that an operation of S3 decrypts or encrypts with.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    """
    bucket = s3_backends[account]["aws"].buckets.get(members.get("Bucket") or "")
    if bucket is None:
        return []
    found = list(_read(account, operation, bucket, members))
    if operation in _WRITES:
        wanted = members.get("SSEKMSKeyId") or _default(bucket, members)
        if wanted:
            found.append(Use("kms:GenerateDataKey", bucket.region_name, wanted))
    if operation == "UploadPart":
        upload = bucket.multiparts.get(members.get("UploadId") or "")
        if upload and upload.kms_key_id:
            name = upload.kms_key_id
            found.append(Use("kms:GenerateDataKey", bucket.region_name, name))
    return found


def _read(
    account: str, operation: str, bucket: FakeBucket, members: Mapping[str, Any]
) -> Iterator[Use]:
    """Yield the keys of the objects that are read."""
    if operation == "GetObject":
        versions = bucket.keys.getlist(members.get("Key") or "", [])
        version = members.get("VersionId")
        chosen = [one for one in versions if version in (None, one.version_id)]
        for one in chosen[-1:]:
            if getattr(one, "kms_key_id", None):
                yield Use("kms:Decrypt", bucket.region_name, one.kms_key_id)
    elif source := members.get("CopySource"):
        if not isinstance(source, Mapping):
            place, _, version = str(source).partition("?versionId=")
            name, _, key = place.lstrip("/").partition("/")
            source = {"Bucket": name, "Key": key, "VersionId": version or None}
        yield from of_s3(account, "GetObject", source)


def _default(bucket: FakeBucket, members: Mapping[str, Any]) -> str:
    """Return the key that a bucket's own encryption names, where it is what is used."""
    if members.get("ServerSideEncryption") == "AES256" or not bucket.encryption:
        return ""
    rule = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
    return str(rule.get("KMSMasterKeyID") or "")
