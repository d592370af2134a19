"""Keys of KMS: their rotation, their one policy, and what each is for."""

import json
import time

import boto3
from botocore.config import Config
from told import code


def test_a_key_is_for_encryption_in_one_region_unless_something_else_is_said(kms):
    told = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    assert (told["KeyUsage"], told["MultiRegion"]) == ("ENCRYPT_DECRYPT", False)
    known = kms.describe_key(KeyId=told["KeyId"])["KeyMetadata"]
    assert known["KeyUsage"] == told["KeyUsage"] and known.keys() == told.keys()
    tags = kms.list_resource_tags(KeyId=told["KeyId"])["Tags"]
    assert tags == [{"TagKey": "a", "TagValue": "b"}]
    wide = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert wide["MultiRegion"] and wide["KeyId"].startswith("mrk-")


def test_a_key_is_for_what_its_specification_can_do(kms):
    wrong, words = "ValidationException", "NotImplementedException"
    assert code(kms.create_key, KeySpec="RSA_2048") == wrong
    assert code(kms.create_key, KeyUsage="SIGN_VERIFY") == wrong
    given = {"KeySpec": "HMAC_256", "KeyUsage": "SIGN_VERIFY"}
    assert code(kms.create_key, **given) == wrong
    for origin in ("AWS_CLOUDHSM", "EXTERNAL"):  # whose material comes from elsewhere
        assert code(kms.create_key, Origin=origin) == words
    given = {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}
    assert code(kms.create_key, **given) == words
    given = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}
    assert code(kms.create_key, **given) == words


def test_a_key_rotates_after_the_days_that_were_asked_for(kms, key):
    told = kms.get_key_rotation_status(KeyId=key)
    assert (told["KeyId"], told["KeyRotationEnabled"]) == (key, False)
    assert "RotationPeriodInDays" not in told
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    told = kms.get_key_rotation_status(KeyId=key)
    assert (told["KeyRotationEnabled"], told["RotationPeriodInDays"]) == (True, 180)
    days = (told["NextRotationDate"].timestamp() - time.time()) / 86_400
    assert 179 < days < 181
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]


def test_what_cannot_rotate_is_not_rotated(kms, key):
    rash = boto3.client("kms", config=Config(parameter_validation=False))
    for days in (89, 2561):
        given = {"KeyId": key, "RotationPeriodInDays": days}
        assert code(rash.enable_key_rotation, **given) == "ValidationException"
    signs = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    pair = signs["KeyMetadata"]["KeyId"]
    assert code(kms.enable_key_rotation, KeyId=pair) == "UnsupportedOperationException"
    assert not kms.get_key_rotation_status(KeyId=pair)["KeyRotationEnabled"]
    kms.disable_key(KeyId=key)
    assert code(kms.enable_key_rotation, KeyId=key) == "DisabledException"
    assert code(kms.get_key_rotation_status, KeyId="none") == "NotFoundException"


def test_the_policy_s_name_may_be_left_out(kms, key):
    policy = {"Version": "2012-10-17", "Statement": []}
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    told = kms.get_key_policy(KeyId=key)
    assert (json.loads(told["Policy"]), told["PolicyName"]) == (policy, "default")
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    assert code(kms.get_key_policy, KeyId=key, PolicyName="b") == "NotFoundException"
    assert code(kms.get_key_policy, KeyId="none") == "NotFoundException"
    wrong = "MalformedPolicyDocumentException"
    assert code(kms.put_key_policy, KeyId=key, Policy="[") == wrong


def test_what_another_key_has_encrypted_is_not_decrypted_with_this_one(kms, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=other, Plaintext=b"secret")["CiphertextBlob"]
    wrong = "IncorrectKeyException"
    assert code(kms.decrypt, KeyId=key, CiphertextBlob=blob) == wrong
    given = {"CiphertextBlob": blob, "DestinationKeyId": key}
    assert code(kms.re_encrypt, SourceKeyId=key, **given) == wrong
    moved = kms.re_encrypt(SourceKeyId=other, **given)["CiphertextBlob"]
    assert kms.decrypt(KeyId=key, CiphertextBlob=moved)["Plaintext"] == b"secret"


def test_a_key_does_what_it_is_for_and_nothing_else(kms, key):
    signs = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    pair, wrong = signs["KeyMetadata"]["KeyId"], "InvalidKeyUsageException"
    assert code(kms.encrypt, KeyId=pair, Plaintext=b"x") == wrong
    spec = {"KeyId": pair, "KeySpec": "AES_256"}
    assert code(kms.generate_data_key, **spec) == wrong
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    given = {"CiphertextBlob": blob, "DestinationKeyId": pair}
    assert code(kms.re_encrypt, **given) == wrong
    given = {"KeyId": key, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert code(kms.sign, **given) == wrong


def test_a_signature_of_something_else_is_refused(kms):
    made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    asked = {"KeyId": made["KeyMetadata"]["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**asked, Message=b"mine")["Signature"]
    asked["Signature"] = signature
    assert kms.verify(**asked, Message=b"mine")["SignatureValid"]
    wrong = "KMSInvalidSignatureException"
    assert code(kms.verify, **asked, Message=b"yours") == wrong
    asked["SigningAlgorithm"] = "RSASSA_PSS_SHA_256"
    assert code(kms.verify, **asked, Message=b"mine") == "ValidationException"
