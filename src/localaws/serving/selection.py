"""What a model says beside its score: SAGEMAKER_INFERENCE_OUTPUT names the keys.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-deploy-models-realtime.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

_LABELS = ("predicted_label", "labels")
_SCORES = ("raw_score", "raw_scores")
_SURE = ("probability", "probabilities")
_NUMBER = ("predicted_score",)
_KEYS = {
    "reg:squarederror": _NUMBER,
    "reg:logistic": _NUMBER,
    "reg:gamma": _NUMBER,
    "reg:tweedie": _NUMBER,
    "binary:logistic": (*_LABELS, *_SURE, *_SCORES),
    "binary:logitraw": (*_LABELS, *_SCORES),
    "binary:hinge": (*_LABELS, *_SCORES),
    "multi:softmax": (*_LABELS, *_SCORES),
    "multi:softprob": (*_LABELS, *_SURE, *_SCORES),
}


def chosen() -> list[str]:
    """Return the keys that the container is to answer with, none by default."""
    text = os.environ.get("SAGEMAKER_INFERENCE_OUTPUT", "")
    return text.replace(" ", "").lower().split(",") if text else []


def selected(
    found: Any, keys: list[str], config: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return a record for each prediction; NaN for what an objective does not have.

    `config` is the learner's part of a model's configuration.
    """
    objective = config["objective"]["name"]
    if objective not in _KEYS:
        raise ValueError(
            f"Objective `{objective}` unsupported for selectable inference predictions."
        )
    several = int(config["learner_model_param"].get("num_class", "0"))
    rows = []
    for row in found:
        known = _known(row, objective, several)
        has = _KEYS[objective]
        rows.append({k: known[k] if k in has else float("nan") for k in keys})
    return rows


def _known(row: Any, objective: str, several: int) -> dict[str, Any]:
    """Return all that is known of one prediction, by its key."""
    label: float
    if objective == "multi:softprob":
        scores, label = row.tolist(), int(row.argmax())
        score = max(scores)
    else:
        score = float(row)
        scores = [1.0 - score, score]
        border = {"binary:logistic": 0.5, "binary:logitraw": 0.0}.get(objective)
        label = score if border is None else int(score > border)
    return {
        "predicted_label": label,
        "labels": list(range(several)) if several else [0, 1],
        "probability": score,
        "probabilities": scores,
        "raw_score": score,
        "raw_scores": scores,
        "predicted_score": score,
    }
