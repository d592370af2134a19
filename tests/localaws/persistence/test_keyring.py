"""Keys are there again: what they encrypted is read, what they signed is proved."""

from moto.kms.models import kms_backends

from localaws.persistence.keyring import Keyring

REGION = "eu-west-1"


def test_a_key_decrypts_and_proves_after_a_restart(context, tmp_path):
    kept = Keyring(tmp_path, context.account, REGION)
    kms = context.clients.get("kms", REGION)
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"][
        "KeyId"
    ]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    secret = kms.encrypt(KeyId="alias/mine", Plaintext=b"secret")["CiphertextBlob"]
    signers = {}
    for spec, how in (
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("RSA_2048", "RSASSA_PSS_SHA_256"),
    ):
        made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
        asked = {"KeyId": made["KeyId"], "Message": b"m", "SigningAlgorithm": how}
        signers[spec] = {**asked, "Signature": kms.sign(**asked)["Signature"]}
    kms.disable_key(KeyId=key)
    kept.keep({})

    kms_backends[context.account][REGION].keys.clear()
    Keyring(tmp_path, context.account, REGION).load()
    told = kms.describe_key(KeyId="alias/mine")["KeyMetadata"]
    assert (told["KeyId"], told["KeyState"]) == (key, "Disabled")
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"secret"
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [
        {"TagKey": "a", "TagValue": "b"}
    ]
    for asked in signers.values():
        assert kms.verify(**asked)["SignatureValid"]
