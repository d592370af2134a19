"""What definitions may not have: types of steps not run here, and unknown members."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# What is not run here, by type: why, and what to do.
_IMAGES = "it needs an image of AWS's. Compute the check in a Processing step"
_AFTER = "it does not begin this from a pipeline. Call the SDK after the execution"
REFUSED = {
    "Callback": "it has no one to call back. Use a Processing step",
    "EMR": "it has no EMR clusters. PySparkProcessor runs Spark in a Processing step",
    "EMRServerless": "it has no EMR. PySparkProcessor runs Spark in a Processing step",
    "QualityCheck": _IMAGES,
    "ClarifyCheck": _IMAGES,
    "AutoML": "it has no AutoML. Use a Tuning step",
    "NotebookJob": "it needs an image of AWS's. Run papermill in a Processing step",
    "EndpointConfig": _AFTER,
    "Endpoint": _AFTER,
    "InferenceComponent": _AFTER,
    "Lineage": _AFTER,
    "Cleanup": _AFTER,
    "ForEach": "it has no loops in pipelines. Write one step for each",
    "Job": "it needs the models of AWS's hub. Use a Training step",
}
MEMBERS = (
    *("Version", "Metadata", "Parameters", "Steps"),
    *("PipelineExperimentConfig", "MlflowConfig"),
)
STEP_MEMBERS = (
    *("Name", "Type", "Arguments", "DisplayName", "Description", "DependsOn"),
    *("RetryPolicies", "CacheConfig", "PropertyFiles"),
    *("FunctionArn", "OutputParameters"),
)


def unknown(row: Mapping[str, Any], known: Collection[str]) -> str:
    """Return what is to be said of a member that is not known; nothing without one."""
    name = next((name for name in row if name not in known), None)
    if name is None:
        return ""
    return f"the unknown member {name!r}; localaws knows {', '.join(known)}"
