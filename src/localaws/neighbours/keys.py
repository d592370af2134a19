"""Keys of KMS: their states, rotation and policies, where moto has less than AWS."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.models import Key, KmsBackend, kms_backends

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.iam import vault
from localaws.neighbours.guards import guard, refused

YEARLY, SHORTEST, LONGEST = 365, 90, 2560  # days after which a key rotates
POLICY = "default"  # the name of the one policy that a key has
SEALS, SIGNS, MACS = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"
# What keys of a specification can be for, by how its name begins.
_USES = {
    "SYMMETRIC_DEFAULT": (SEALS,),
    "RSA_": (SEALS, SIGNS),
    "ECC_": (SIGNS,),
    "HMAC_": (MACS,),
}
_DAY = 86_400
_CHANGES = {  # of a key's state, and what moto calls them
    "EnableKey": "enable_key",
    "DisableKey": "disable_key",
    "ScheduleKeyDeletion": "schedule_key_deletion",
    "CancelKeyDeletion": "cancel_key_deletion",
}


@guard("kms", "CreateKey")
def create_key(call: Call) -> dict[str, Any]:
    """Create a key that is for one thing; moto forgets the default, and takes any.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
    """
    asked, default = call.input, "SYMMETRIC_DEFAULT"
    spec = asked.get("KeySpec") or asked.get("CustomerMasterKeySpec") or default
    usage = asked.get("KeyUsage") or (SEALS if spec == default else "")
    origin = asked.get("Origin", "AWS_KMS")
    uses = next((_USES[name] for name in _USES if spec.startswith(name)), None)
    if origin != "AWS_KMS" or uses is None or usage == "KEY_AGREEMENT":
        raise refused(f"localaws has no keys of {spec} for {usage} from {origin}.")
    if not usage:
        text = "You must specify a KeyUsage value for all KMS keys except for symmetric"
        raise ServiceError("ValidationException", f"{text} encryption keys.")
    if usage not in uses:
        text = f"KeyUsage {usage} is not compatible with KeySpec {spec}."
        raise ServiceError("ValidationException", text)
    wide, tags = bool(asked.get("MultiRegion")), asked.get("Tags")
    texts = (asked.get("Policy", ""), usage, spec, asked.get("Description", ""))
    backend = kms_backends[call.context.account][call.region]
    return dict(backend.create_key(*texts, tags, wide, origin).to_dict())


def _key(call: Call) -> Key:
    """Return the key of a request, by its id or its ARN; ServiceError without one."""
    name = call.input["KeyId"]
    key = vault.find(call.context.account, call.region, name)
    if key is None or "alias/" in name or key.region != call.region:
        raise ServiceError("NotFoundException", f"Key '{name}' does not exist")
    return key


@guard("kms", *_CHANGES)
def change_state(call: Call) -> dict[str, Any]:
    """Change a key by its id or its ARN; moto takes the id alone, and any state.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    """
    key = _key(call)
    goes = key.key_state == "PendingDeletion"
    if goes != (call.operation == "CancelKeyDeletion"):
        text = f"{key.arn} is {'' if goes else 'not '}pending deletion."
        raise ServiceError("KMSInvalidStateException", text)
    backend = kms_backends[call.context.account][call.region]
    if call.operation == "ScheduleKeyDeletion":
        return _scheduled(backend, key, call.input.get("PendingWindowInDays", 30))
    getattr(backend, _CHANGES[call.operation])(key.id)
    return {"KeyId": key.arn} if goes else {}


def _scheduled(backend: KmsBackend, key: Key, days: int) -> dict[str, Any]:
    if not 7 <= days <= 30:
        text = f"PendingWindowInDays is {days}, and must be 7 to 30."
        raise ServiceError("ValidationException", text)
    at = backend.schedule_key_deletion(key.id, days)
    state = {"KeyState": key.key_state, "PendingWindowInDays": days}
    return {"KeyId": key.arn, "DeletionDate": at, **state}


@guard("kms", "EnableKeyRotation", "DisableKeyRotation")
def change_rotation(call: Call) -> dict[str, Any]:
    """Note after how many days a key rotates, or that it does not.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
    """
    key, days = _key(call), call.input.get("RotationPeriodInDays", YEARLY)
    use = vault.Use("", call.region, key.id)
    if found := vault.trouble(call.context.account, use):
        raise ServiceError(*found)
    if not _rotates(key):
        text = f"{key.arn} is no symmetric key with material of KMS: it cannot rotate."
        raise ServiceError("UnsupportedOperationException", text)
    if not SHORTEST <= days <= LONGEST:
        text = f"RotationPeriodInDays is {days}, and must be {SHORTEST} to {LONGEST}."
        raise ServiceError("ValidationException", text)
    key.key_rotation_status = call.operation == "EnableKeyRotation"
    vars(key).update(rotation_days=days, rotates_since=call.context.clock.now())
    return {}


def _rotates(key: Key) -> bool:
    return key.key_spec == "SYMMETRIC_DEFAULT" and key.origin == "AWS_KMS"


@guard("kms", "GetKeyRotationStatus")
def tell_rotation(call: Call) -> dict[str, Any]:
    """Return whether a key rotates, after how many days, and when it does so next.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
    """
    key = _key(call)
    waits = key.key_state == "PendingDeletion"
    told = {"KeyId": key.id, "KeyRotationEnabled": key.key_rotation_status}
    if waits or not key.key_rotation_status:
        return {**told, "KeyRotationEnabled": False}
    days = getattr(key, "rotation_days", YEARLY)
    since, step = getattr(key, "rotates_since", key.creation_date), days * _DAY
    turns = (call.context.clock.now() - since) // step + 1
    return {
        **told,
        "RotationPeriodInDays": days,
        "NextRotationDate": since + turns * step,
    }


@guard("kms", "PutKeyPolicy", "GetKeyPolicy")
def name_policy(call: Call) -> dict[str, Any] | None:
    """Take the name of a key's policy where it is left out; leave others to moto.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
    """
    if call.input.get("PolicyName", POLICY) != POLICY:
        return None  # moto says that there is no such policy
    key = _key(call)
    if call.operation == "GetKeyPolicy":
        return {"Policy": key.policy, "PolicyName": POLICY}
    if not _is_object(call.input["Policy"]):
        text = "The policy is no JSON object."
        raise ServiceError("MalformedPolicyDocumentException", text)
    key.policy = call.input["Policy"]
    return {}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
