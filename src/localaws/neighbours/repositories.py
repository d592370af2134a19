"""ECR keeps the layers of images whole, and knows an image by its manifest's hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moto.ecr.models import Image, Repository, ecr_backends

from localaws.api.errors import ServiceError
from localaws.api.registry import Call, Context
from localaws.neighbours.guards import guard
from localaws.records.store import write_bytes

MOST = 512 * 1024 * 1024  # bytes of a layer: it is in memory while it is brought
MEDIA = "application/vnd.oci.image.manifest.v1+json"


@guard("ecr", "UploadLayerPart")
def check_part(call: Call) -> None:
    """Refuse a layer that would be more than this machine may hold."""
    upload = _upload(call)
    if upload and len(upload.layer_parts) > MOST:
        words = f"localaws takes layers of up to {MOST:,} bytes."
        raise ServiceError("LimitExceededException", words)


@guard("ecr", "CompleteLayerUpload")
def keep_layer(call: Call) -> None:
    """Keep a layer's bytes, if they are what their digest says.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CompleteLayerUpload.html
    """
    upload = _upload(call)
    if upload is None:
        return  # moto says so
    data = bytes(upload.layer_parts)
    if not data:
        raise ServiceError("EmptyUploadException", "The upload has no layer parts.")
    digest = digest_of(data)
    if digest not in call.input["layerDigests"]:
        words = f"The digest of the uploaded layer is {digest}."
        raise ServiceError("InvalidLayerException", words)
    path = place(call.context, digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)


@guard("ecr", "PutImage")
def check_image(call: Call) -> None:
    """Refuse an image whose parts are not there, or that has another digest.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    repository = _repository(call)
    if repository is None:
        return  # moto says so
    text = call.input["imageManifest"]
    try:
        parts = list(digests(json.loads(text)))
    except (ValueError, TypeError, KeyError, AttributeError):
        words = "The image manifest is no manifest of an image."
        raise ServiceError("InvalidParameterException", words) from None
    if missing := [digest for digest in parts if digest not in repository.layers]:
        words = f"The layers {', '.join(missing)} are not in {repository.name}."
        raise ServiceError("LayersNotFoundException", words)
    given, own = call.input.get("imageDigest"), digest_of(text.encode())
    if given not in (None, own):
        words = f"The digest of the manifest is {own}, not {given}."
        raise ServiceError("ImageDigestDoesNotMatchException", words)


def _upload(call: Call) -> Any:
    repository = _repository(call)
    return repository and repository.uploads.get(call.input["uploadId"])


def _repository(call: Call) -> Repository | None:
    backend = ecr_backends[call.context.account][call.region]
    return backend.repositories.get(call.input["repositoryName"])


def digests(manifest: dict[str, Any]) -> Iterator[str]:
    """Yield the digests of what an image consists of: its configuration, its layers.

    An index of images has none: what it lists are images of their own.
    """
    if "manifests" in manifest:
        return
    yield manifest["config"]["digest"]
    for layer in manifest["layers"]:
        yield layer["digest"]


def digest_of(data: bytes) -> str:
    """Return what names these bytes in a registry."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def place(context: Context, digest: str) -> Path:
    """Return where the bytes of a digest are kept."""
    return context.folder / "images" / digest.removeprefix("sha256:")


def find(context: Context, uri: str) -> Image | None:
    """Return the image of an address, by its tag or its digest; None where none is.

    "123456789012.dkr.ecr.us-east-1.amazonaws.com/letters:3"
    """
    host, _, rest = uri.partition("/")
    account, _, region = host.partition(".dkr.ecr.")
    region = region.partition(".")[0]
    name, at, digest = rest.partition("@")
    name, _, tag = (name, "", "") if at else rest.partition(":")
    if account != context.account or not region:
        return None
    repository = ecr_backends[account][region].repositories.get(name)
    for image in repository.images if repository else ():
        if (
            image.image_digest == digest
            if at
            else (tag or "latest") in image.image_tags
        ):
            return image
    return None


def _digest(image: Image) -> str:
    """Return an image's digest, which moto makes of its layers alone."""
    return digest_of(image.image_manifest.encode())


_class: Any = Image
_class.get_image_digest = _digest
