"""Model packages: models with what they need, versioned in groups, approved or not."""

from __future__ import annotations

import json
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.api.members import check
from localaws.api.registry import Call, operation
from localaws.models.kinds import (
    GROUP,
    MODEL,
    PACKAGE,
    name_of,
    package_of,
    versioned,
)
from localaws.models.operations import definitions
from localaws.models.package_members import CREATE_PACKAGE, UPDATE_PACKAGE
from localaws.models.specification import check_specification, from_model
from localaws.records.store import Record, Table, public, table_of

MOST = 15  # additional inference specifications of a package
MOST_METADATA = 50  # customer metadata properties of a package
_SUMMARY = (
    *("ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn"),
    *("ModelPackageDescription", "CreationTime", "InferenceSpecification"),
    *("ModelPackageStatus", "ModelApprovalStatus", "ModelPackageRegistrationType"),
)
# What an update sets, where it names it; cards and metadata are merged.
_REPLACED = (
    *("ModelApprovalStatus", "ModelPackageRegistrationType", "ApprovalDescription"),
    *("InferenceSpecification", "SourceUri", "ModelLifeCycle"),
)


@operation("CreateModelPackage")
def create_model_package(call: Call) -> dict[str, Any]:
    """Store a package, as the next version of its group or by a name of its own.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
    """
    check(call.input, CREATE_PACKAGE)
    alone = _check_place(call)
    record, table = _record(call, alone), table_of(call, PACKAGE)
    tags = record.pop("Tags", [])
    with table.store.changed:  # a version is counted and stored at once
        if found := _known(table, record["_token"]):
            return {"ModelPackageArn": found["ModelPackageArn"]}
        name = _alone(table, record) if alone else _version(call, record)
        return {"ModelPackageArn": table.create(name, record, tags)}


@operation("DescribeModelPackage")
def describe_model_package(call: Call) -> dict[str, Any]:
    """Return a package, by its ARN, its name, or group and version.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html
    """
    found = public(package_of(call, call.input["ModelPackageName"]))
    if call.input.get("IncludedData") == "MetadataOnly" and "ModelCard" in found:
        raise invalid(
            "localaws does not emulate MetadataOnly of a package with a model card: "
            "which fields of the card AWS leaves is not documented. Ask for AllData."
        )
    return found


@operation("ListModelPackages")
def list_model_packages(call: Call) -> dict[str, Any]:
    """Return one page of summaries: of a group, or of packages without a group.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModelPackages.html
    """
    request = call.input
    group = request.get("ModelPackageGroupName")
    wanted = request.get("ModelPackageType", "Versioned" if group else "Unversioned")
    status = request.get("ModelApprovalStatus")
    if group:
        group = name_of(call, GROUP, group)

    def asked_for(package: Record) -> bool:
        kind = "Versioned" if versioned(package) else "Unversioned"
        return (
            wanted in (kind, "Both")
            and group in (None, package.get("ModelPackageGroupName"))
            and status in (None, package.get("ModelApprovalStatus"))
        )

    rows, more = table_of(call, PACKAGE).page(request, "Ascending", asked_for)
    return {"ModelPackageSummaryList": rows, **more}


@operation("UpdateModelPackage")
def update_model_package(call: Call) -> dict[str, Any]:
    """Change a package's approval, stage, texts, metadata or specifications.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateModelPackage.html
    """
    request = call.input
    check(request, UPDATE_PACKAGE)
    table, name = table_of(call, PACKAGE), _updated(call)
    changed = {**request, **_source(call, request)}
    if "InferenceSpecification" in changed:
        alone = not versioned(table.get(name))
        check_specification(call, changed["InferenceSpecification"], alone)
    with table.edit(name) as record:
        _add_specifications(call, record)
        _change_metadata(record, request)
        if card := {**record.get("ModelCard", {}), **request.get("ModelCard", {})}:
            record["ModelCard"] = card
        record.update({key: changed[key] for key in _REPLACED if key in changed})
    return {"ModelPackageArn": table.arn(name)}


@operation("DeleteModelPackage")
def delete_model_package(call: Call) -> dict[str, Any]:
    """Delete a package; models made from it go on, its number is not given again.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteModelPackage.html
    """
    name = name_of(call, PACKAGE, call.input["ModelPackageName"])
    table_of(call, PACKAGE).delete(name)
    return {}


@operation("BatchDescribeModelPackage")
def batch_describe_model_package(call: Call) -> dict[str, Any]:
    """Return several packages, and what is wrong with the others.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BatchDescribeModelPackage.html
    """
    found, failed = {}, {}
    for arn in call.input["ModelPackageArnList"]:
        try:
            package = package_of(call, arn)
            found[arn] = {k: package[k] for k in _SUMMARY if k in package}
        except ServiceError as error:
            failed[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
    return {
        "ModelPackageSummaries": found,
        "BatchDescribeModelPackageErrorMap": failed,
    }


def _check_place(call: Call) -> bool:
    """Raise where it is unclear what a package is called; return if it has no group."""
    group = call.input.get("ModelPackageGroupName")
    if group and "ModelPackageName" in call.input:
        raise invalid(
            "Both ModelPackageName and ModelPackageGroupName are provided in the "
            "input. Cannot determine which one to use."
        )
    if not group and "ModelPackageName" not in call.input:
        raise invalid("Missing ARN: give ModelPackageGroupName or ModelPackageName.")
    if not group:
        return True
    name_of(call, GROUP, group)
    if call.input.get("Tags"):
        raise invalid(
            "A version of a model package has the tags of its group: Tags cannot be "
            "given with ModelPackageGroupName."
        )
    return False


def _record(call: Call, alone: bool) -> Record:
    """Return the record of a request, with its tags; raise what is wrong with it."""
    _check_card(call.input.get("ModelCard", {}))
    record = {
        "CertifyForMarketplace": False,
        **call.input,
        **_source(call, call.input),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {
            "ValidationStatuses": [],
            "ImageScanStatuses": [],
        },
        "_token": call.input.get("ClientToken"),
    }
    if "InferenceSpecification" in record:
        check_specification(call, record["InferenceSpecification"], alone)
    elif alone:
        raise invalid("InferenceSpecification is required for unversioned packages.")
    _check_additional(call, record.get("AdditionalInferenceSpecifications", []))
    return {name: value for name, value in record.items() if name != "ClientToken"}


def _updated(call: Call) -> str:
    """Return the name of the package that an update is about, if it can be."""
    name = name_of(call, PACKAGE, call.input["ModelPackageArn"])
    table = table_of(call, PACKAGE)
    if "ModelApprovalStatus" in call.input and not versioned(table.get(name)):
        raise invalid(f"{table.arn(name)} is in no group: only versions are approved.")
    _check_card(call.input.get("ModelCard", {}))
    return name


def _check_card(card: Record) -> None:
    text = card.get("ModelCardContent", "{}")
    try:
        if isinstance(json.loads(text), dict):
            return
    except ValueError:
        pass
    raise invalid(f'The ModelCardContent "{text[:200]}" is not a JSON object.')


def _source(call: Call, request: Record) -> Record:
    """Return the specification of the model or the package that SourceUri names."""
    uri = request.get("SourceUri", "")
    if uri and "InferenceSpecification" in request:
        raise invalid(
            "SourceUri and InferenceSpecification cannot be given together: update the "
            "package with the other one."
        )
    kind = uri.split(":", 5)[-1].partition("/")[0] if uri.startswith("arn:") else ""
    if kind == PACKAGE.arn_type:
        found = package_of(call, uri).get("InferenceSpecification")
        return {"InferenceSpecification": found} if found else {}
    if kind == MODEL.arn_type:
        model = table_of(call, MODEL).get(uri.rpartition("/")[2])
        return {"InferenceSpecification": from_model(definitions(model))}
    return {}


def _known(table: Table, token: str | None) -> Record | None:
    """Return the package that an earlier request with this token has made."""
    same = (one for one in table.all() if token and one.get("_token") == token)
    return next(same, None)


def _alone(table: Table, record: Record) -> str:
    name = record["ModelPackageName"]
    if table.exists(name):
        raise invalid(f"ModelPackage already exists: {table.arn(name)}")
    record.pop("ModelApprovalStatus", None)  # only versions are approved
    return name


def _version(call: Call, record: Record) -> str:
    """Number a package as the next version of its group, and return its name."""
    group = name_of(call, GROUP, record["ModelPackageGroupName"])
    with table_of(call, GROUP).edit(group) as row:
        row["_last"] += 1
    record["ModelPackageGroupName"] = group
    record["ModelPackageVersion"] = row["_last"]
    record.setdefault("ModelApprovalStatus", "PendingManualApproval")
    return f"{group}/{row['_last']}"


def _check_additional(call: Call, given: list[Record]) -> None:
    """Raise unless specifications have names of their own, and can be served."""
    names = [one["Name"] for one in given]
    if len(names) > MOST or len(names) != len(set(names)):
        raise invalid(
            f"A package has up to {MOST} additional inference specifications with "
            f"names of their own, not {', '.join(names)}."
        )
    for one in given:
        check_specification(call, one, False)


def _add_specifications(call: Call, record: Record) -> None:
    if added := call.input.get("AdditionalInferenceSpecificationsToAdd"):
        whole = [*record.get("AdditionalInferenceSpecifications", []), *added]
        _check_additional(call, whole)
        record["AdditionalInferenceSpecifications"] = whole


def _change_metadata(record: Record, request: Record) -> None:
    given = request.get("CustomerMetadataProperties", {})
    gone = request.get("CustomerMetadataPropertiesToRemove", ())
    whole = {**record.get("CustomerMetadataProperties", {}), **given}
    kept = {name: value for name, value in whole.items() if name not in gone}
    if len(kept) > MOST_METADATA:
        raise invalid(f"A package has up to {MOST_METADATA} metadata properties.")
    if whole:
        record["CustomerMetadataProperties"] = kept
