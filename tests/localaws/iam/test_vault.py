"""Keys are found by all of their names, and those of objects by the request."""

import pytest

from localaws.iam import vault
from localaws.iam.permissions import needs
from localaws.iam.vault import Use

REGION = "eu-west-1"


@pytest.fixture
def key(context):
    """A key with an alias, and a bucket that encrypts with it by default."""
    kms, s3 = (context.clients.get(name, REGION) for name in ("kms", "s3"))
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=made["KeyId"])
    place = {"LocationConstraint": REGION}
    for name in ("plain", "sealed"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": made["KeyId"]}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
    s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration=rules)
    return {**made, "kms": kms, "s3": s3}


def test_a_key_is_found_by_each_of_its_names(context, key):
    alias = f"arn:aws:kms:{REGION}:{context.account}:alias/mine"
    for name in (key["KeyId"], key["Arn"], "alias/mine", alias):
        use = Use("kms:Decrypt", REGION, name)
        assert vault.find(context.account, REGION, name).arn == key["Arn"]
        assert vault.arn_of(context.account, use) == key["Arn"]
        assert vault.trouble(context.account, use) is None
    assert vault.find(context.account, "us-east-1", key["KeyId"]) is None


def test_a_key_that_does_not_work_says_why(context, key):
    use = Use("", REGION, "alias/mine")
    key["kms"].disable_key(KeyId=key["KeyId"])
    assert vault.trouble(context.account, use) == (
        "DisabledException",
        f"{key['Arn']} is disabled.",
    )
    key["kms"].schedule_key_deletion(KeyId=key["KeyId"])
    code, text = vault.trouble(context.account, use)
    assert code == "KMSInvalidStateException" and text.endswith("is pending deletion.")
    code, _ = vault.trouble(context.account, Use("", REGION, "none"))
    assert code == "NotFoundException"
    assert vault.trouble(context.account, Use("", REGION, "alias/aws/s3")) is None


def test_objects_need_the_keys_that_they_were_written_with(context, key):
    s3, account = key["s3"], context.account
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/mine"}
    s3.put_object(Bucket="plain", Key="with", Body=b"x", **sse)
    s3.put_object(Bucket="plain", Key="without", Body=b"x")
    s3.put_object(Bucket="sealed", Key="by-default", Body=b"x")

    def used(operation, bucket, name, **members):
        given = {"Bucket": bucket, "Key": name, **members}
        found = vault.of_s3(account, operation, given)
        return [(use.action, vault.arn_of(account, use)) for use in found]

    decrypt, encrypt = [
        (f"kms:{name}", key["Arn"]) for name in ("Decrypt", "GenerateDataKey")
    ]
    assert used("GetObject", "plain", "with") == [decrypt]
    assert used("GetObject", "sealed", "by-default") == [decrypt]
    assert used("GetObject", "plain", "without") == []
    assert used("PutObject", "plain", "new") == []
    assert used("PutObject", "plain", "new", **sse) == [encrypt]
    assert used("PutObject", "sealed", "new") == [encrypt]
    assert used("PutObject", "sealed", "new", ServerSideEncryption="AES256") == []
    both = used("CopyObject", "sealed", "new", CopySource="plain/with")
    assert both == [decrypt, encrypt]


def test_permissions_are_on_the_key_whatever_it_was_called_by(context, key):
    blob = key["kms"].encrypt(KeyId="alias/mine", Plaintext=b"x")["CiphertextBlob"]
    given = {"Bucket": "sealed", "Key": "new"}

    def asked(service, operation, **members):
        found = needs(service, operation, members, REGION, context.account)
        return [(need.action, need.resource) for need in found]

    assert asked("kms", "Encrypt", KeyId="alias/mine") == [("kms:Encrypt", key["Arn"])]
    assert asked("kms", "Decrypt", CiphertextBlob=blob) == [("kms:Decrypt", key["Arn"])]
    moved = asked(
        "kms", "ReEncrypt", CiphertextBlob=blob, DestinationKeyId=key["KeyId"]
    )
    assert moved == [
        ("kms:ReEncryptFrom", key["Arn"]),
        ("kms:ReEncryptTo", key["Arn"]),
    ]
    assert asked("kms", "ListKeys") == [("kms:ListKeys", "*")]
    assert asked("s3", "PutObject", **given) == [
        ("s3:PutObject", "arn:aws:s3:::sealed/new"),
        ("kms:GenerateDataKey", key["Arn"]),
    ]
