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
_USAGES = {  # what keys are for, by the permissions that are for it; else encryption
    **dict.fromkeys(("kms:Sign", "kms:Verify"), "SIGN_VERIFY"),
    **dict.fromkeys(("kms:GenerateMac", "kms:VerifyMac"), "GENERATE_VERIFY_MAC"),
    "kms:CreateGrant": "",
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


def misuse(account: str, use: Use) -> tuple[str, str] | None:
    """Return why a key is not for this use, as KMS names and says it; None if it is.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html#API_Encrypt_Errors
    """
    key = find(account, use.region, use.name)
    wanted = _USAGES.get(use.action, "ENCRYPT_DECRYPT")
    if key is None or not wanted or key.key_usage == wanted:
        return None
    asked = use.action.removeprefix("kms:").removesuffix("From").removesuffix("To")
    text = f"{key.arn} key usage is {key.key_usage} which is not valid for {asked}."
    return "InvalidKeyUsageException", text


def mismatch(
    account: str, use: Use, members: Mapping[str, Any]
) -> tuple[str, str] | None:
    """Return that a key is not the one that has encrypted; None if it is, or it may be.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors
    """
    if use.action not in ("kms:Decrypt", "kms:ReEncryptFrom"):
        return None
    key, made = (find(account, use.region, name) for name in (use.name, _in(members)))
    if key is None or made is None or key is made:
        return None
    text = "The key ID in the request does not identify a key that can perform this "
    return "IncorrectKeyException", f"{text}operation."


def _in(members: Mapping[str, Any]) -> str:
    """Return the id of the key that has encrypted what is to be decrypted, or ""."""
    blob = members.get("CiphertextBlob")
    return blob[:KEY_ID_LEN].decode(errors="replace") if blob else ""


def arn_of(account: str, use: Use) -> str:
    """Return the ARN that permissions on a key name, whatever it was called by."""
    key = find(account, use.region, use.name)
    if key or use.name.startswith("arn:"):
        return str(key.arn) if key else use.name
    return f"arn:aws:kms:{use.region}:{account}:key/{use.name}"


def of_kms(operation: str, members: Mapping[str, Any], region: str) -> list[Use]:
    """Return the keys that an operation of KMS works with."""
    inside = _in(members)
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
