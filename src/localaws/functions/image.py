"""A container image of a function: what of it runs here, and what is refused."""

from __future__ import annotations

import io
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.models import ImageConfig, LambdaFunction

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.functions.code import MOST
from localaws.machine.archives import BadArchive, unpack
from localaws.machine.files import below, discard, remove
from localaws.neighbours.guards import refused
from localaws.neighbours.repositories import digest_of, find, place

TASK = "/var/task"
PYTHON = "localaws: python"  # among what is kept: whether the image brings a Python
# Folders of the image, and what they are called in the archive that is kept of it.
SHOWN = {"var/task": "task", "opt": "layers"}
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
_PYTHON = re.compile(r"(/[\w./-]+/)?python3?(\.\d+)?")
_BASE = "/lambda-entrypoint.sh"  # of AWS's own base images: it starts their client


def take(context: Context, function: LambdaFunction, uri: str) -> None:
    """Keep what a function needs of its image, as the image is now.

    Raises ServiceError for an image that is not in ECR, or that cannot be unpacked.
    """
    image = find(context, uri)
    if image is None:
        words = f"Source image {uri} does not exist. Provide a valid source image."
        raise _wrong(words)
    manifest = json.loads(image.image_manifest)
    if "layers" not in manifest:
        kinds = "The image manifest, config or layer media type for the source image"
        raise _wrong(f"{kinds} {uri} is not supported.")
    try:
        config = json.loads(_blob(context, manifest["config"]["digest"]).read_bytes())
        layers = [_blob(context, one["digest"]) for one in manifest["layers"]]
        archive, python = flattened(layers, context.folder)
        kept = {**(config.get("config") or {}), PYTHON: python}
    except (BadArchive, OSError, ValueError, KeyError, AttributeError) as error:
        raise refused(f"localaws cannot unpack the image {uri}: {error}") from None
    record: Any = function
    started(kept, record.image_config)
    record.code_bytes, record.code_size = archive, 0
    record.code_sha_256 = image.image_digest.removeprefix("sha256:")
    record.image_start = kept


def mismatched(kind: str) -> ServiceError:
    """Return the error for code of the other kind than a function's package is."""
    wanted = "an ImageUri" if kind == "Image" else "a zip archive"
    return _wrong(f"Please provide {wanted} when updating a function of type {kind}.")


def _wrong(words: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", words)


@dataclass(frozen=True)
class Start:
    """How a process of an image is started: by a handler, or as a client of its own."""

    handler: str
    program: tuple[str, ...]  # a script and its arguments; or none, for the handler
    variables: dict[str, str]
    note: str  # what differs from AWS


def _blob(context: Context, digest: str) -> Path:
    path = place(context, digest)
    if digest_of(path.read_bytes()) != digest:
        raise ValueError(f"what is kept of {digest} is not whole")
    return path


def started(kept: dict[str, Any], given: ImageConfig) -> Start:
    """Return how an image is started; raise ServiceError for what would not run here.

    `kept` is the configuration of the image, which that of the function goes before.
    https://docs.aws.amazon.com/lambda/latest/dg/images-parms.html
    """
    entry = given.entry_point or kept.get("Entrypoint") or []
    command = given.cmd or kept.get("Cmd") or []
    folder = given.working_directory or kept.get("WorkingDir") or TASK
    if folder.rstrip("/") != TASK:
        raise refused(
            f"localaws shows the files of a function's image at {TASK} and in /opt: "
            f'one that works in "{folder}" would not find its own. Set WORKDIR {TASK}.'
        )
    variables = dict(one.partition("=")[::2] for one in kept.get("Env") or [])
    note = "localaws: the image's files of /var/task and /opt, under this Python."
    if not kept.get(PYTHON):
        note += " The image brings none: AWS could not start it."
    return Start(*_program([*entry, *command], len(entry)), variables, note)


def _program(words: list[str], entry: int) -> tuple[str, tuple[str, ...]]:
    """Return the handler for AWS's client, or the script that is a client itself.

    The first `entry` words are the entry point, the rest is the command.
    """
    if not entry or words[:entry] == [_BASE]:
        handler = words[entry : entry + 1]
    elif not _PYTHON.fullmatch(words[0]):
        raise refused(
            "localaws runs images of functions whose entry point is Python, not "
            f'"{" ".join(words)}". Take AWS\'s base image for Python, or start '
            '["python3", "-m", "awslambdaric"] with a handler.'
        )
    elif words[1:3] == ["-m", "awslambdaric"]:
        handler = words[3:4]
    else:
        return "", tuple(words[1:])
    if not handler:
        raise refused("The image names no handler: set CMD to one, as app.handler is.")
    return handler[0], ()


def flattened(layers: list[Path], near: Path) -> tuple[bytes, bool]:
    """Return what layers make of /var/task and /opt, and whether they bring a Python.

    Layers are applied in their order: a later one's files replace an earlier one's, and
    its marks remove them. https://github.com/opencontainers/image-spec/blob/main/layer.md
    """
    root = Path(tempfile.mkdtemp(dir=near, prefix="image-"))
    try:
        for number, layer in enumerate(layers):
            unpack(layer, root / f"{number}")
            apply(root / f"{number}", root / "all")
        python = any(_PYTHON.fullmatch(path.name) for path in below(root / "all"))
        return _zipped(root / "all"), python
    finally:
        remove(root)


def apply(layer: Path, whole: Path) -> None:
    """Move the files of an unpacked layer over those of the layers before it."""
    paths = [path.relative_to(layer) for path in below(layer)]
    for mark in (path for path in paths if path.name.startswith(WHITEOUT)):
        folder = _folder(whole, mark.parent)
        name = mark.name.removeprefix(WHITEOUT)
        for path in folder.iterdir() if mark.name == OPAQUE else [folder / name]:
            discard(path)
        (layer / mark).unlink()
    for path in (one for one in paths if not one.name.startswith(WHITEOUT)):
        target = _folder(whole, path.parent) / path.name
        discard(target)
        os.replace(layer / path, target)


def _folder(root: Path, path: Path) -> Path:
    """Return a folder below another, made where there is none: no link leads to it."""
    root.mkdir(exist_ok=True)
    for name in path.parts:
        root /= name
        if root.is_symlink() or not root.is_dir():
            discard(root)
        root.mkdir(exist_ok=True)
    return root


def _zipped(root: Path) -> bytes:
    data, size = io.BytesIO(), 0
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, name in _members(root):
            member = zipfile.ZipInfo(name)
            member.external_attr = path.lstat().st_mode << 16
            size += path.lstat().st_size
            if size > MOST:
                raise ValueError(f"its {TASK} and /opt have more than {MOST:,} bytes")
            link = path.is_symlink()
            archive.writestr(member, os.readlink(path) if link else path.read_bytes())
    return data.getvalue()


def _members(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that are shown, and the links that stay among them."""
    for source, name in SHOWN.items():
        for path in sorted(below(root / source)):
            if Path(os.path.realpath(path)).is_relative_to(root / source):
                yield path, f"{name}/{path.relative_to(root / source)}"
