"""A client of KMS, and a key."""

import boto3
import pytest


@pytest.fixture
def kms(connection):
    return boto3.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["KeyId"]
