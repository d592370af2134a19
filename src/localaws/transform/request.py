"""What AWS answers to a CreateTransformJob that its shape alone does not exclude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localaws.api import members
from localaws.api.errors import invalid
from localaws.jobs.task import check_count, check_sandbox
from localaws.machine.instances import family
from localaws.models.containers import unserved
from localaws.records.s3 import address
from localaws.transform.filters import CSV, MEDIA, Filters, language
from localaws.transform.members import CREATE_TRANSFORM_JOB
from localaws.transform.paths import BadPath, Path, parse
from localaws.transform.task import PAYLOAD, filters

MOST = 100  # MB that the requests under way may have together
_FORMATS = ", ".join(MEDIA)


def check(request: Mapping[str, Any], paths: str = "auto") -> None:
    """Raise what AWS answers, or in words what localaws does not emulate.

    `paths` is the server's path mode, for jobs that choose none.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    """
    members.check(request, CREATE_TRANSFORM_JOB)
    machine = request["TransformResources"]
    count = machine["InstanceCount"]
    check_count(machine["InstanceType"], count, "transform job")
    check_sandbox(request.get("Environment", {}), paths, False, count)
    _check_payload(request)
    for uri in (
        request["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"],
        request["TransformOutput"]["S3OutputPath"],
    ):
        _check_uri(uri)
    _check_processing(request)


def check_model(
    name: str, model: Mapping[str, Any], containers: Sequence[dict]
) -> None:
    """Raise for a model that no server here could answer for."""
    if model.get("InferenceExecutionConfig", {}).get("Mode") == "Direct":
        raise invalid(
            f'The containers of the model "{name}" are invoked directly, one of them '
            "in each request: a transform job asks them in turn. Give it a model of "
            "one container."
        )
    for container in containers:
        if family(container["Image"]) == "":
            raise invalid(unserved(container["Image"]))


def _check_payload(request: Mapping[str, Any]) -> None:
    payload = request.get("MaxPayloadInMB", PAYLOAD)
    at_once = request.get("MaxConcurrentTransforms") or 1
    if payload == 0:
        raise invalid(
            "localaws does not emulate MaxPayloadInMB 0: no model server here reads a "
            f"request in chunks. Give a limit, up to {MOST} MB."
        )
    if payload > MOST:
        raise invalid(f"MaxPayloadInMB is {payload}; it cannot be more than {MOST}.")
    if "MaxConcurrentTransforms" in request and payload * at_once > MOST:
        raise invalid(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {payload * at_once} MB; it "
            f"cannot be more than {MOST}."
        )


def _check_uri(uri: str) -> None:
    try:
        address(uri)
    except ValueError as error:
        raise invalid(str(error)) from None


def _check_processing(request: Mapping[str, Any]) -> None:
    """Raise where DataProcessing cannot be followed with the formats of the data.

    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
    """
    asked = request.get("DataProcessing", {})
    for name in ("InputFilter", "OutputFilter"):
        try:
            parse(asked.get(name, "$"))
        except BadPath as error:
            raise invalid(f'Invalid {name}: "{asked[name]}". {error}') from None
    read = filters(request)
    if read.joins or not read.before.whole:
        _check_format("ContentType", read.content_type, read.before, "InputFilter")
        _check_lines(request, read.content_type, "SplitType", "TransformInput")
    if read.accept and (read.joins or not read.after.whole):
        _check_format("Accept", read.accept, read.after, "OutputFilter")
        _check_lines(request, read.accept, "AssembleWith", "TransformOutput")
    _check_join(read)


def _check_format(member: str, media: str, path: Path, name: str) -> None:
    if not (kind := language(media)):
        raise invalid(
            f"DataProcessing needs a {member} that is one of {_FORMATS}; here it is "
            f'"{media}".'
        )
    if kind == CSV and path.named:
        raise invalid(
            f'Invalid {name}: "{path.text}". For CSV data, each row is taken as a JSON '
            "array, so only index based JSONPaths can be applied, such as $[0], $[1:]."
        )


def _check_lines(
    request: Mapping[str, Any], media: str, member: str, parent: str
) -> None:
    if language(media) == CSV and request[parent].get(member) != "Line":
        raise invalid(f'DataProcessing of "{media}" needs the {member} Line.')


def _check_join(read: Filters) -> None:
    if (
        read.joins
        and read.accept
        and language(read.accept) != language(read.content_type)
    ):
        raise invalid(
            f"JoinSource needs one format of records and answers: ContentType is "
            f'"{read.content_type}", Accept "{read.accept}".'
        )
