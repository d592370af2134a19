"""Signatures of KMS, checked with the public key by whoever has it."""

import hashlib

import boto3
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from told import code

MESSAGE = b"trained on Monday"
SHA = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
ALGORITHMS = [
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ("ECC_NIST_P521", "ECDSA_SHA_512"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    *(
        ("RSA_2048", f"RSASSA_{kind}_SHA_{size}")
        for kind in ("PSS", "PKCS1_V1_5")
        for size in SHA
    ),
]


@pytest.fixture(scope="module")
def make(connection):
    """A function that returns the one key of a specification."""
    kms, made = boto3.client("kms"), {}

    def key(spec):
        if spec not in made:
            said = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
            made[spec] = said["KeyMetadata"]["KeyId"]
        return kms, made[spec]

    return key


def digest_of(message, algorithm):
    return hashlib.new(f"sha{algorithm[-3:]}", message).digest()


def outside(kms, key, algorithm, signature):
    """Check a signature of MESSAGE with nothing but the public key."""
    public = kms.get_public_key(KeyId=key)["PublicKey"]
    loaded, sha = serialization.load_der_public_key(public), SHA[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        return loaded.verify(signature, MESSAGE, ec.ECDSA(sha))
    pads = padding.PKCS1v15()
    if "PSS" in algorithm:  # the salt is as long as the digest
        pads = padding.PSS(padding.MGF1(sha), sha.digest_size)
    return loaded.verify(signature, MESSAGE, pads, sha)


@pytest.mark.parametrize(("spec", "algorithm"), ALGORITHMS)
def test_who_has_the_public_key_can_check_what_was_signed(make, spec, algorithm):
    kms, key = make(spec)
    asked = {"KeyId": key, "SigningAlgorithm": algorithm}
    forms = {"RAW": MESSAGE, "DIGEST": digest_of(MESSAGE, algorithm)}
    for kind, message in forms.items():
        signed = kms.sign(**asked, Message=message, MessageType=kind)
        assert signed["SigningAlgorithm"] == algorithm and key in signed["KeyId"]
        outside(kms, key, algorithm, signed["Signature"])
        for other, same in forms.items():
            given = {"Message": same, "MessageType": other}
            found = kms.verify(**asked, **given, Signature=signed["Signature"])
            assert found["SignatureValid"] and found["KeyId"] == signed["KeyId"]


def test_a_digest_that_is_hashed_once_more_is_another_message(make):
    kms, key = make("ECC_NIST_P256")
    asked = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
    digest = digest_of(MESSAGE, "ECDSA_SHA_256")
    signature = kms.sign(**asked, Message=digest)["Signature"]  # RAW
    with pytest.raises(InvalidSignature):
        outside(kms, key, "ECDSA_SHA_256", signature)
    given = {"Signature": signature, "Message": digest, "MessageType": "DIGEST"}
    assert code(kms.verify, **asked, **given) == "KMSInvalidSignatureException"


@pytest.mark.parametrize("size", [31, 48])
def test_a_digest_of_another_length_is_refused(make, size):
    kms, key = make("RSA_2048")
    given = {"KeyId": key, "Message": bytes(size), "MessageType": "DIGEST"}
    given["SigningAlgorithm"] = "RSASSA_PSS_SHA_256"
    wrong = "ValidationException"
    assert code(kms.sign, **given) == wrong
    assert code(kms.verify, **given, Signature=b"x") == wrong


def test_what_a_key_cannot_do_is_refused(make):
    kms, key = make("ECC_NIST_P256")
    asked = {"KeyId": key, "Message": MESSAGE}
    for algorithm in ("ECDSA_SHA_384", "RSASSA_PSS_SHA_256", "SM2DSA"):
        given = {**asked, "SigningAlgorithm": algorithm}
        assert code(kms.sign, **given) == "ValidationException"
        assert code(kms.verify, **given, Signature=b"x") == "ValidationException"
    given = {**asked, "SigningAlgorithm": "ECDSA_SHA_256", "MessageType": "EXTERNAL_MU"}
    assert code(kms.sign, **given) == "ValidationException"
