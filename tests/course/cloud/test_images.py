"""An image reaches ECR whole, and its repository is seen and removed."""

import hashlib
import json

import boto3
import pytest
from botocore.exceptions import ClientError

from course.cloud import images


def made(*layers):
    """Return the digest of an image of layers, and all its blobs."""
    blobs = {}

    def put(data):
        blobs["sha256:" + hashlib.sha256(data).hexdigest()] = data
        return {"digest": [*blobs][-1], "size": len(data), "mediaType": "x"}

    rows = {"config": put(b"{}"), "layers": [put(layer) for layer in layers]}
    return put(json.dumps({"schemaVersion": 2, **rows}).encode())["digest"], blobs


def test_an_image_of_large_layers_is_pushed_and_goes_with_its_repository(cloud):
    large = bytes(range(256)) * (images.PART // 256) + b"the last part"
    digest, blobs = made(large, b"small", large[:-1])
    ecr = boto3.client("ecr")
    ecr.create_repository(repositoryName="theirs")
    uri = images.pushed("n2e-mine", digest, blobs)
    assert uri.endswith(f"/n2e-mine@{digest}")
    (kept,) = ecr.batch_get_image(
        repositoryName="n2e-mine", imageIds=[{"imageDigest": digest}]
    )["images"]
    assert kept["imageManifest"].encode() == blobs[digest]
    policy = ecr.get_repository_policy(repositoryName="n2e-mine")["policyText"]
    assert f"arn:aws:lambda:{cloud.region}:{cloud.account}:function:*" in policy
    assert cloud.leftovers() == ["repository n2e-mine"]
    assert cloud.clean_up() == ["repository n2e-mine"]
    assert cloud.leftovers() == [] == cloud.clean_up()
    (left,) = ecr.describe_repositories()["repositories"]
    assert left["repositoryName"] == "theirs"


def test_a_blob_that_is_not_what_its_digest_says_is_refused(cloud):
    digest, blobs = made(b"one")
    spoilt = {name: data.replace(b"one", b"two") for name, data in blobs.items()}
    with pytest.raises(ClientError, match="digest of the uploaded layer"):
        images.pushed("n2e-spoilt", digest, spoilt)
    assert cloud.clean_up() == ["repository n2e-spoilt"]
