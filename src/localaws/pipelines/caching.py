"""The cache of steps: what is compared, and for how long a result may be used again.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

# What makes a step another one, by its type.
# https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
_DEFINITION = (
    "AlgorithmSpecification",
    "HyperParameterRanges",
    "InputDataConfig",
    "StaticHyperParameters",
    "TuningObjective",
)
KEYS: dict[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Transform": ("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "Tuning": (
        "HyperParameterTuningJobConfig",
        "TrainingJobDefinition",
        "TrainingJobDefinitions",
    ),
    "Lambda": (),  # all of its arguments
}
_SECONDS = {"y": 365 * 86400, "mo": 30 * 86400, "w": 7 * 86400, "d": 86400}
_CLOCK = {"h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(
    r"P?(?:(?P<y>\d+)Y)?(?:(?P<mo>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?"
    r"(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?",
    re.IGNORECASE,
)


def seconds(duration: str) -> int:
    """Return a duration in seconds: "P30D", "30d", "PT1H", "T16m"; ValueError."""
    match = _DURATION.fullmatch(duration)
    found = (
        {name: int(text) for name, text in match.groupdict().items() if text}
        if match
        else {}
    )
    if not found:
        raise ValueError(
            f'"{duration[:80]}" is no duration of ISO 8601 such as "P30D" or "PT1H"'
        )
    return sum(count * {**_SECONDS, **_CLOCK}[name] for name, count in found.items())


def key(kind: str, arguments: Mapping[str, Any], function: str = "") -> str:
    """Return what steps of one type must share to share a result."""
    names = KEYS[kind] or tuple(arguments)
    kept = {name: arguments[name] for name in names if name in arguments}
    if kind == "Tuning" and "TrainingJobDefinition" in kept:
        whole = kept["TrainingJobDefinition"]
        kept["TrainingJobDefinition"] = {
            name: whole[name] for name in _DEFINITION if name in whole
        }
    text = json.dumps([kind, function, kept], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def hit(
    executions: Iterable[Mapping[str, Any]], wanted: str, since: float
) -> Mapping[str, Any] | None:
    """Return the newest step with this key that has succeeded since then.

    What only repeats an earlier result is none: it would never grow too old.
    """
    found = [
        {**step, "Source": execution["PipelineExecutionArn"]}
        for execution in executions
        for step in execution["_steps"].values()
        if step.get("Key") == wanted
        and step["Status"] == "Succeeded"
        and not ("Cache" in step or "Selective" in step)
        and step["EndTime"] >= since
    ]
    return max(found, key=lambda step: step["EndTime"], default=None)
