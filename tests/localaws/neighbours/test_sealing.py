"""What needs a key of KMS that does not work is refused, by KMS and by S3."""

import time

import pytest
from botocore.exceptions import ClientError

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6-cpu-py312"


def refused(code, function, **members):
    with pytest.raises(ClientError) as caught:
        function(**members)
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def test_a_disabled_key_does_nothing_until_it_is_enabled(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    words = refused("DisabledException", kms.decrypt, CiphertextBlob=blob)
    assert words.endswith(f"key/{key} is disabled.")
    refused("DisabledException", kms.encrypt, KeyId=key, Plaintext=b"x")
    spec = {"KeyId": key, "KeySpec": "AES_256"}
    refused("DisabledException", kms.generate_data_key, **spec)
    refused("DisabledException", kms.generate_data_key_without_plaintext, **spec)
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    given = {"CiphertextBlob": blob, "DestinationKeyId": other}
    refused("DisabledException", kms.re_encrypt, **given)
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"


def test_a_key_s_state_is_changed_by_its_arn_too(kms, key):
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    state = lambda: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]  # noqa: E731
    kms.disable_key(KeyId=arn)
    assert state() == "Disabled"
    kms.enable_key(KeyId=arn)
    assert state() == "Enabled"
    told = kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=9)
    assert (told["KeyId"], told["PendingWindowInDays"]) == (arn, 9)
    assert told["KeyState"] == state() == "PendingDeletion"
    assert 8 < (told["DeletionDate"].timestamp() - time.time()) / 86400 < 10
    assert kms.cancel_key_deletion(KeyId=arn)["KeyId"] == arn
    assert state() == "Disabled"
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    refused("NotFoundException", kms.disable_key, KeyId=elsewhere)


def test_a_deletion_is_scheduled_once_within_a_month_and_cancelled_if_it_waits(
    kms, key
):
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=key)
    for days in (6, 31):
        given = {"KeyId": key, "PendingWindowInDays": days}
        refused("ValidationException", kms.schedule_key_deletion, **given)
    kms.schedule_key_deletion(KeyId=key)
    refused("KMSInvalidStateException", kms.schedule_key_deletion, KeyId=key)


def test_a_key_that_waits_for_its_deletion_does_nothing(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key)
    code = "KMSInvalidStateException"
    refused(code, kms.decrypt, CiphertextBlob=blob)
    refused(code, kms.enable_key, KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    refused("DisabledException", kms.decrypt, CiphertextBlob=blob)


def test_objects_under_a_disabled_key_are_neither_read_nor_written(
    connection, s3, kms, key
):
    bucket = connection.bucket
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    place = {"Bucket": bucket, "Key": "sealed"}
    s3.put_object(**place, Body=b"x", **sse)
    s3.put_object(Bucket=bucket, Key="plain", Body=b"y")
    kms.disable_key(KeyId=key)
    code = "KMS.DisabledException"
    assert "is disabled" in refused(code, s3.get_object, **place)
    refused(code, s3.put_object, **place, Body=b"z", **sse)
    refused(code, s3.create_multipart_upload, **place, **sse)
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/sealed"}
    refused(code, s3.copy_object, **copy)
    assert s3.get_object(Bucket=bucket, Key="plain")["Body"].read() == b"y"
    assert s3.head_object(**place)["SSEKMSKeyId"] == key
    assert s3.get_object_tagging(**place)["TagSet"] == []
    kms.enable_key(KeyId=key)
    assert s3.get_object(**place)["Body"].read() == b"x"


def test_a_bucket_that_encrypts_by_default_needs_its_key(s3, kms, key):
    s3.create_bucket(Bucket="by-default")
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
    s3.put_bucket_encryption(
        Bucket="by-default", ServerSideEncryptionConfiguration=rules
    )
    s3.put_object(Bucket="by-default", Key="a", Body=b"x")
    kms.schedule_key_deletion(KeyId=key)
    code = "KMS.KMSInvalidStateException"
    refused(code, s3.put_object, Bucket="by-default", Key="b", Body=b"x")
    refused(code, s3.get_object, Bucket="by-default", Key="a")


def test_an_object_is_not_written_under_a_key_that_is_not_there(connection, s3):
    sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/none"}
    place = {"Bucket": connection.bucket, "Key": "never"}
    refused("KMS.NotFoundException", s3.put_object, **place, Body=b"x", **sse)
    managed = {**sse, "SSEKMSKeyId": "alias/aws/s3"}
    s3.put_object(**place, Body=b"x", **managed)


def test_jobs_and_endpoints_do_not_name_keys_that_do_not_work(
    connection, sagemaker, kms, key
):
    place = f"s3://{connection.bucket}/out"

    def job(output, volume):
        return refused(
            "ValidationException",
            sagemaker.create_training_job,
            TrainingJobName=f"keys-{time.time_ns()}",
            AlgorithmSpecification={
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
            },
            RoleArn=connection.role_arn,
            OutputDataConfig={"S3OutputPath": place, **output},
            ResourceConfig={
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
                **volume,
            },
            StoppingCondition={"MaxRuntimeInSeconds": 100},
        )

    assert "Key 'none' does not exist" in job({"KmsKeyId": "none"}, {})
    kms.disable_key(KeyId=key)
    assert "is disabled" in job({}, {"VolumeKmsKeyId": key})
    words = refused(
        "ValidationException",
        sagemaker.create_endpoint_config,
        EndpointConfigName="keys",
        ProductionVariants=[
            {
                "VariantName": "a",
                "ModelName": "m",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
        KmsKeyId=key,
    )
    assert "is disabled" in words
