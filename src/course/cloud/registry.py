"""What the course registered: model packages, and the groups that they are in."""

from typing import Any

from botocore import xform_name

from course.cloud.meter import PREFIX


def unregister(sagemaker: Any) -> list[str]:
    """Delete the groups and packages of the course; return what was removed.

    AWS deletes no group that still has versions, so they go first.
    """
    removed = []
    for group in _names(sagemaker, "ModelPackageGroup"):
        for package in _rows(sagemaker, "ModelPackage", ModelPackageGroupName=group):
            arn = package["ModelPackageArn"]
            sagemaker.delete_model_package(ModelPackageName=arn)
            removed.append(f"model package {group}/{package['ModelPackageVersion']}")
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
        removed.append(f"model package group {group}")
    for name in _names(sagemaker, "ModelPackage"):  # those without a group
        sagemaker.delete_model_package(ModelPackageName=name)
        removed.append(f"model package {name}")
    return removed


def _names(sagemaker: Any, kind: str) -> list[str]:
    names = [row[f"{kind}Name"] for row in _rows(sagemaker, kind)]
    return sorted(name for name in names if name.startswith(PREFIX))


def _rows(sagemaker: Any, kind: str, **filters: str) -> list[dict]:
    pages = sagemaker.get_paginator(f"list_{xform_name(kind)}s").paginate(**filters)
    return [row for page in pages for row in page[f"{kind}SummaryList"]]
