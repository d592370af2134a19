"""ECR takes layers that are what their digests say, and images of such layers."""

import hashlib
import json
import time

import boto3
import pytest
from botocore.exceptions import ClientError
from images_made import layer, manifest, pushed, upload

MISSING = {"digest": f"sha256:{'0' * 64}", "size": 1}


@pytest.fixture
def repository(connection):
    name = f"r-{time.time_ns()}"
    boto3.client("ecr").create_repository(repositoryName=name)
    return name


def test_an_image_is_known_by_the_hash_of_its_manifest(connection):
    name = pushed(layer({"a": "b"}), tag="7").partition("/")[2].removesuffix(":7")
    found = boto3.client("ecr").batch_get_image(
        repositoryName=name, imageIds=[{"imageTag": "7"}]
    )["images"][0]
    digest = hashlib.sha256(found["imageManifest"].encode()).hexdigest()
    assert found["imageId"] == {"imageTag": "7", "imageDigest": f"sha256:{digest}"}


def test_a_layer_is_what_its_digest_says(repository):
    ecr = boto3.client("ecr")
    place = {"repositoryName": repository}
    place["uploadId"] = ecr.initiate_layer_upload(**place)["uploadId"]
    with pytest.raises(ClientError, match="EmptyUpload"):
        ecr.complete_layer_upload(**place, layerDigests=[MISSING["digest"]])
    ecr.upload_layer_part(**place, partFirstByte=0, partLastByte=0, layerPartBlob=b"x")
    with pytest.raises(ClientError, match="InvalidLayer"):
        ecr.complete_layer_upload(**place, layerDigests=[MISSING["digest"]])
    digest = f"sha256:{hashlib.sha256(b'x').hexdigest()}"
    ecr.complete_layer_upload(**place, layerDigests=[digest])
    told = ecr.batch_check_layer_availability(
        repositoryName=repository, layerDigests=[digest, MISSING["digest"]]
    )
    assert [one["layerDigest"] for one in told["layers"]] == [digest]


def test_an_image_has_all_its_parts_and_no_other_digest(repository):
    ecr = boto3.client("ecr")
    place = {"repositoryName": repository, "imageTag": "1"}
    part = upload(ecr, repository, b"x")
    for parts in ([MISSING, part], [part, MISSING]):
        with pytest.raises(ClientError, match="LayersNotFound"):
            ecr.put_image(**place, imageManifest=manifest(*parts))
    for text in ("[]", "no", json.dumps({"config": 3})):
        with pytest.raises(ClientError, match="InvalidParameter"):
            ecr.put_image(**place, imageManifest=text)
    whole = manifest(part, part)
    with pytest.raises(ClientError, match="ImageDigestDoesNotMatch"):
        ecr.put_image(**place, imageManifest=whole, imageDigest=MISSING["digest"])
    ecr.put_image(**place, imageManifest=whole)
