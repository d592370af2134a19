"""Signatures of KMS, which whoever has the public key can check.

moto hashes a digest once more, and salts PSS with more than AWS does, which takes as
many bytes as the digest has.
https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.iam import vault
from localaws.neighbours.guards import guard
from localaws.neighbours.sealing import refuse_keys_that_do_not_work

_HASHES = {"256": SHA256(), "384": SHA384(), "512": SHA512()}  # by the algorithm's end


@guard("kms", "Sign", "Verify")
def sign(call: Call) -> dict[str, Any] | None:
    """Sign a message, or a digest that is hashed no more; or refuse a signature.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
    """
    refuse_keys_that_do_not_work(call)
    given, algorithm = call.input, call.input["SigningAlgorithm"]
    key = vault.find(call.context.account, call.region, given["KeyId"])
    if key is None or algorithm not in (key.signing_algorithms or ()):
        return None  # moto says so
    own: Any = key.private_key
    pair, scheme = own.private_key, _scheme(given)
    told = {"KeyId": key.arn, "SigningAlgorithm": algorithm}
    if call.operation == "Sign":
        return {**told, "Signature": pair.sign(given["Message"], *scheme)}
    try:
        pair.public_key().verify(given["Signature"], given["Message"], *scheme)
    except InvalidSignature:
        text = "The signature is not one of this key and message."
        raise ServiceError("KMSInvalidSignatureException", text) from None
    return {**told, "SignatureValid": True}


def _scheme(given: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what cryptography signs and verifies with, after the message."""
    algorithm, kind = given["SigningAlgorithm"], given.get("MessageType", "RAW")
    used = _HASHES[algorithm[-3:]]
    if kind not in ("RAW", "DIGEST"):
        text = f"MessageType {kind} is not compatible with {algorithm}."
        raise ServiceError("ValidationException", text)
    if kind == "DIGEST" and len(given["Message"]) != used.digest_size:
        text = f"Digest is invalid length for algorithm {algorithm}."
        raise ServiceError("ValidationException", text)
    hashed = utils.Prehashed(used) if kind == "DIGEST" else used
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(hashed),)
    if "PSS" in algorithm:
        return padding.PSS(padding.MGF1(used), used.digest_size), hashed
    return padding.PKCS1v15(), hashed
