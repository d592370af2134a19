"""Repositories are there again with their images, and no half of a layer."""

import hashlib
import json

from moto.ecr.models import ecr_backends

from localaws.persistence.images import Images

REGION = "eu-west-1"


def test_an_image_is_kept_and_half_a_layer_is_not(context, tmp_path):
    kept = Images(tmp_path, context.account, REGION)
    ecr = context.clients.get("ecr", REGION)
    ecr.create_repository(repositoryName="rr", tags=[{"Key": "a", "Value": "b"}])
    half = ecr.initiate_layer_upload(repositoryName="rr")["uploadId"]
    place = {"repositoryName": "rr", "uploadId": half}
    ecr.upload_layer_part(**place, partFirstByte=0, partLastByte=0, layerPartBlob=b"x")
    digest = f"sha256:{hashlib.sha256(b'x').hexdigest()}"
    ecr.complete_layer_upload(**place, layerDigests=[digest])
    manifest = json.dumps(
        {"config": {"digest": digest}, "layers": [], "mediaType": "text"}
    )
    ecr.put_image(repositoryName="rr", imageManifest=manifest, imageTag="1")
    half = ecr.initiate_layer_upload(repositoryName="rr")["uploadId"]
    kept.keep({})

    backend = ecr_backends[context.account][REGION]
    backend.repositories.clear()
    Images(tmp_path, context.account, REGION).load()
    [image] = ecr.batch_get_image(repositoryName="rr", imageIds=[{"imageTag": "1"}])[
        "images"
    ]
    assert image["imageManifest"] == manifest
    assert backend.repositories["rr"].layers == {digest: 1}
    assert backend.repositories["rr"].uploads == {} and half
