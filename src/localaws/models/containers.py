"""One container of a model: its archive fetched and unpacked, its server launched."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from localaws.api.registry import Context
from localaws.iam.roles import assume, role_client
from localaws.machine import archives
from localaws.machine.files import remove
from localaws.machine.instances import family, has_gpu, promised
from localaws.machine.sandbox import PATHS, PROMISED, ROOT, Process, Sandbox
from localaws.records.s3 import address
from localaws.serving.exchange import SERVER

MODEL = "/opt/ml/model"
COMPLETE = ".complete"  # marks a folder whose model is unpacked in full


class CannotDeploy(Exception):
    """Why a container cannot serve, in the words of a FailureReason."""


@dataclass
class Container:
    """A container definition placed in a folder of its own.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html
    """

    name: str  # as error messages call it: "primary", or its host name
    number: int
    definition: dict[str, Any]
    folder: Path
    instance_type: str
    region: str
    context: Context
    role: str | None = None

    @cached_property
    def sandbox(self) -> Sandbox:
        """The container's folders, made when they are first needed."""
        gpu = has_gpu(self.instance_type)
        paths = self.environment.get(PATHS, self.context.paths)
        server = self.context.folder
        return Sandbox(self.folder, paths=paths, gpu=gpu, server=server)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the definition sets."""
        return self.definition.get("Environment", {})

    def prepare(self) -> None:
        """Fetch and unpack the model, unless a server before us did.

        Raises `CannotDeploy` with AWS's wording, or ours for an image that nothing
        here can serve.
        """
        if family(self._image) == "":
            raise CannotDeploy(unserved(self._image))
        if not (self.folder / COMPLETE).exists():
            remove(self.folder)
        remove(self.folder / "env")
        model = self.sandbox.host(MODEL)
        if (self.folder / COMPLETE).exists():
            return
        model.mkdir(parents=True)
        source = model_source(self.definition)
        if source:
            self._fetch(*source, model)
        self._fetch_code(model / "code")
        for code in _code_folders(self.environment, model):
            self.sandbox.adapt(code)
        (self.folder / COMPLETE).touch()

    def launch(self) -> Process:
        """Start the model server of the prepared container."""
        model = self.sandbox.host(MODEL)
        command = [str(SERVER), framework_of(self.definition, model), MODEL]
        return self.sandbox.start(
            ["python", "-P", *command], self._variables(), cwd=MODEL
        )

    def shown(self, line: str) -> str:
        """Return a line of the log as it would look on AWS."""
        return self.sandbox.shown(line)

    def _fetch_code(self, folder: Path) -> None:
        """Unpack the scripts that `SAGEMAKER_SUBMIT_DIRECTORY` names in S3.

        The SDK leaves the variable set when it packs the scripts with the model: what
        the archive holds comes first.
        """
        url = self.environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
        if url.startswith("s3://") and not folder.exists():
            self._fetch(*address(url), "archive", folder)

    def _fetch(self, bucket: str, key: str, kind: str, model: Path) -> None:
        url = f"s3://{bucket}/{key}"
        if self.role is None and self.context.enforce_iam:
            text = f'The model has no role with permissions to download "{url}".'
            raise CannotDeploy(text)
        s3 = role_client(self.context, self.role, "s3", self.region)
        try:
            if kind == "prefix":
                _fetch_prefix(s3, bucket, key, model)
                return
            archive = self.folder / "model.tar.gz"
            s3.download_file(bucket, key, str(archive))
        except ClientError as error:
            raise CannotDeploy(
                f'Failed to download model data for container "{self._label}" from '
                f'URL: "{url}". Please ensure that there is an object located at the '
                "URL and that the role passed to CreateModel has permissions to "
                f"download the object. ({error.response['Error']['Code']})"
            ) from error
        try:
            if kind == "object":
                shutil.copy(archive, model / Path(key).name)
            else:
                place = model.relative_to(self.sandbox.ml)
                archives.unpack(archive, model, f"{ROOT}/{place}")
        except archives.BadArchive as error:
            raise CannotDeploy(
                f'Failed to extract model data archive for container "{self._label}" '
                f'from URL "{url}". Please ensure that the object located at the URL '
                f"is a valid tar.gz archive. ({error})"
            ) from error
        finally:
            archive.unlink(missing_ok=True)

    @property
    def _image(self) -> str:
        return self.definition.get("Image", "")

    @property
    def _label(self) -> str:
        host = self.definition.get("ContainerHostname")
        return host or f"container_{self.number}"

    def _variables(self) -> dict[str, str]:
        return {
            "OMP_NUM_THREADS": str(threads()),
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "AWS_ENDPOINT_URL": self.context.url,
            "LOCALAWS_URL": self.context.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._credentials(),
            PROMISED: promised(self._image),
            "SAGEMAKER_BASE_DIR": "/opt/ml",
            **self.environment,
        }

    def _credentials(self) -> dict[str, str]:
        """Return credentials of the model's execution role, for its own AWS calls."""
        if self.role is None:  # of a model that is older than --enforce-iam
            return {} if self.context.enforce_iam else self.context.credentials
        return assume(self.context, self.role, "SageMaker")


def threads() -> int:
    """Return how many threads a model computes with: half of the cores.

    The rest is for the client and the front, which run on this machine as well.
    """
    return max(1, (os.cpu_count() or 1) // 2)


def model_source(definition: dict[str, Any]) -> tuple[str, str, str] | None:
    """Return bucket, key and kind ("archive", "object", "prefix") of the model data."""
    source = definition.get("ModelDataSource", {}).get("S3DataSource")
    url = source["S3Uri"] if source else definition.get("ModelDataUrl")
    if not url:
        return None
    plain = source and source["CompressionType"] == "None"
    kinds = {"S3Prefix": "prefix", "S3Object": "object"}
    kind = kinds[source["S3DataType"]] if plain else "archive"
    return *address(url), kind


def framework_of(definition: dict[str, Any], model: Path) -> str:
    """Return which handlers serve an image and a model folder.

    The image's name decides, as it decides on AWS; for other images, what the folder
    holds. Raises `CannotDeploy` where neither says it.
    """
    image = definition.get("Image", "")
    if found := family(image):
        return found
    if any(model.glob("*/*/saved_model.pb")) or any(model.glob("*/saved_model.pb")):
        return "tensorflow"
    if _has_script(definition.get("Environment", {}), model):
        return "pytorch"
    raise CannotDeploy(unserved(image))


def unserved(image: str) -> str:
    """Return the words for an image that nothing here can serve."""
    known = "does not emulate the container of" if family(image) == "" else ""
    return (
        f'localaws {known or "does not know how to serve"} the image "{image}": it '
        "serves images of PyTorch, TensorFlow, scikit-learn, XGBoost and Hugging "
        "Face, and under an image of your own a SavedModel or a code/inference.py."
    )


def _has_script(variables: dict[str, str], model: Path) -> bool:
    """Return whether a model folder has the script that a container would import."""
    program = variables.get("SAGEMAKER_PROGRAM", "inference.py")
    return any((code / program).is_file() for code in _code_folders(variables, model))


def _code_folders(variables: dict[str, str], model: Path) -> set[Path]:
    """Return where scripts may be: `code/`, and `SAGEMAKER_SUBMIT_DIRECTORY`."""
    named = variables.get("SAGEMAKER_SUBMIT_DIRECTORY", "").removeprefix("file://")
    inside = f"{named}/".startswith(f"{MODEL}/")
    below = named.removeprefix(MODEL).strip("/") if inside else "code"
    return {model / "code", model / below}


def _fetch_prefix(s3: Any, bucket: str, prefix: str, folder: Path) -> None:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    root = folder.resolve()
    for page in pages:
        for item in page.get("Contents", []):
            name = item["Key"].removeprefix(prefix).lstrip("/")
            target = (root / name).resolve()
            if not name or name.endswith("/"):
                continue
            if not target.is_relative_to(root):
                raise CannotDeploy(f'The key "{item["Key"]}" leaves the model folder.')
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(target))
