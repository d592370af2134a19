"""What the course registered: model packages, and the groups that they are in."""

from typing import Any


def unregister(sagemaker: Any, prefix: str) -> list[str]:
    """Delete the groups and packages whose names begin so; return what was removed.

    AWS deletes no group that still has versions, so they go first.
    """
    removed = []
    for group in _names(sagemaker, "ModelPackageGroup", prefix):
        for package in _rows(sagemaker, "ModelPackage", ModelPackageGroupName=group):
            arn = package["ModelPackageArn"]
            sagemaker.delete_model_package(ModelPackageName=arn)
            removed.append(f"model package {group}/{package['ModelPackageVersion']}")
        sagemaker.delete_model_package_group(ModelPackageGroupName=group)
        removed.append(f"model package group {group}")
    for name in _names(sagemaker, "ModelPackage", prefix):  # those without a group
        sagemaker.delete_model_package(ModelPackageName=name)
        removed.append(f"model package {name}")
    return removed


def _names(sagemaker: Any, kind: str, prefix: str) -> list[str]:
    names = [row[f"{kind}Name"] for row in _rows(sagemaker, kind)]
    return sorted(name for name in names if name.startswith(prefix))


def _rows(sagemaker: Any, kind: str, **filters: str) -> list[dict]:
    operation = {"ModelPackage": "list_model_packages"}.get(
        kind, "list_model_package_groups"
    )
    pages = sagemaker.get_paginator(operation).paginate(**filters)
    return [row for page in pages for row in page[f"{kind}SummaryList"]]
