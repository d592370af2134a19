"""Container images that the course pushed to ECR, in repositories of its own."""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from course.cloud.meter import PREFIX

Client = Callable[[str], Any]  # service -> client of boto3
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
PART = 5 * 1024**2  # bytes: what each part of a layer has at least, but the last
PULLS = "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"


def pushed(repository: str, digest: str, blobs: Mapping[str, bytes]) -> str:
    """Push an image of OCI to a new repository that Lambda may pull from.

    `digest` is its manifest's; `blobs` has the bytes of each digest. Returns the
    image's address with the digest that ECR tells.
    """
    import boto3

    ecr = boto3.client("ecr")
    made = ecr.create_repository(repositoryName=repository)["repository"]
    ecr.set_repository_policy(repositoryName=repository, policyText=_for_lambda(made))
    manifest = json.loads(blobs[digest])
    for row in {each["digest"] for each in (manifest["config"], *manifest["layers"])}:
        upload(ecr, repository, row, blobs[row])
    told = ecr.put_image(
        repositoryName=repository,
        imageManifest=blobs[digest].decode(),
        imageManifestMediaType=MANIFEST,
        imageTag="latest",
    )
    return f"{made['repositoryUri']}@{told['image']['imageId']['imageDigest']}"


def upload(ecr: Any, repository: str, digest: str, data: bytes) -> None:
    """Send a blob in parts; ECR refuses it unless its bytes have this digest."""
    begun = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    place = {"repositoryName": repository, "uploadId": begun}
    for first in range(0, len(data), PART):
        part = data[first : first + PART]
        ends = {"partFirstByte": first, "partLastByte": first + len(part) - 1}
        ecr.upload_layer_part(**place, **ends, layerPartBlob=part)
    ecr.complete_layer_upload(**place, layerDigests=[digest])


def _for_lambda(repository: Mapping[str, str]) -> str:
    """Return the policy that lets Lambda pull for functions of the same account.

    https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    *_, region, account, _ = repository["repositoryArn"].split(":")
    functions = f"arn:aws:lambda:{region}:{account}:function:*"
    pull = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": [*PULLS],
        "Condition": {"StringLike": {"aws:sourceArn": functions}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [pull]})


def listed(client: Client, services: Collection[str]) -> list[str]:
    """Return the course's repositories, whose bytes AWS bills, if ECR was used."""
    names = _names(client("ecr")) if "ecr" in services else ()
    return [f"repository {name}" for name in names]


def remove(client: Client, services: Collection[str]) -> list[str]:
    """Delete the course's repositories with their images; return what was removed."""
    removed = listed(client, services)
    for name in removed:
        name = name.removeprefix("repository ")
        client("ecr").delete_repository(repositoryName=name, force=True)
    return removed


def _names(ecr: Any) -> list[str]:
    pages = ecr.get_paginator("describe_repositories").paginate()
    names = [row["repositoryName"] for page in pages for row in page["repositories"]]
    return sorted(name for name in names if name.startswith(PREFIX))
