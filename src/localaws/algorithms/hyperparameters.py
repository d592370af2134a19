"""The hyperparameters of the XGBoost algorithm, checked as its container checks them.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost_hyperparameters.html, and what
https://github.com/aws/sagemaker-xgboost-container says of a wrong one.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

from localaws.algorithms.errors import UserError
from localaws.algorithms.metrics import MAXIMIZED, MINIMIZED, WITH_LEVEL

_INTEGERS = {
    "num_round": "[1, +inf)",
    "csv_weights": "[0, 1]",
    "early_stopping_rounds": "[1, +inf)",
    "verbosity": "[0, 3]",
    "nthread": "[1, +inf)",
    "max_depth": "[0, +inf)",
    "max_leaves": "[0, +inf)",
    "max_bin": "[0, +inf)",
    "refresh_leaf": "[0, 1]",
    "one_drop": "[0, 1]",
    "num_class": "[2, +inf)",
    "seed": "(-2147483648, 2147483647)",
    "num_parallel_tree": "[1, +inf)",
    "prob_buffer_row": "(1.0, +inf)",
    "_kfold": "[2, +inf)",
    "_num_cv_round": "[1, +inf)",
}
_NUMBERS = {
    "eta": "[0, 1]",
    "gamma": "[0, +inf)",
    "min_child_weight": "[0, +inf)",
    "max_delta_step": "[0, +inf)",
    "subsample": "(0, 1]",
    "colsample_bytree": "(0, 1]",
    "colsample_bylevel": "(0, 1]",
    "colsample_bynode": "(0, 1]",
    "lambda": "[0, +inf)",
    "alpha": "[0, +inf)",
    "sketch_eps": "(0, 1)",
    "scale_pos_weight": "(0, +inf)",
    "rate_drop": "[0, 1]",
    "skip_drop": "[0, 1]",
    "lambda_bias": "[0, 1]",
    "tweedie_variance_power": "(1, 2)",
    "base_score": "[0, +inf)",
    "aft_loss_distribution_scale": "[0, +inf)",
}
_FLAG = "true false"
_CHOICES = {
    "booster": "gbtree gblinear dart",
    "tree_method": "auto exact approx hist gpu_hist",
    "dsplit": "row col",
    "process_type": "default update",
    "grow_policy": "depthwise lossguide",
    "predictor": "auto cpu_predictor gpu_predictor",
    "sample_type": "uniform weighted",
    "normalize_type": "tree forest",
    "objective": "aft_loss_distribution binary:logistic binary:logitraw binary:hinge "
    "count:poisson multi:softmax multi:softprob rank:pairwise rank:ndcg rank:map "
    "reg:linear reg:squarederror reg:logistic reg:gamma reg:pseudohubererror "
    "reg:squaredlogerror reg:tweedie survival:aft survival:cox",
    "save_model_on_termination": _FLAG,
    "aft_loss_distribution": "normal logistic extreme",
    "single_precision_histogram": _FLAG,
    "deterministic_histogram": _FLAG,
    "sampling_method": "uniform gradient_based",
    "use_dask_gpu_training": _FLAG,
    "_tuning_objective_metric": " ".join(
        f"validation:{name}" for name in (*MAXIMIZED, *MINIMIZED)
    ),
}
_GROWING = ("grow_colmaker", "distcol", "grow_histmaker", "grow_local_histmaker")
_OF_TREES = (*_GROWING, "grow_quantile_histmaker", "grow_skmaker", "sync")
_UPDATING = ("refresh", "prune")
_LINEAR = ("shotgun", "coord_descent")
_ALIASES = {
    "learning_rate": "eta",
    "min_split_loss": "gamma",
    "reg_lambda": "lambda",
    "reg_alpha": "alpha",
}
_OLD = {"silent": "[0, 1]"}  # of versions before 1.2


def checked(given: Mapping[str, str], version: str = "") -> dict[str, Any]:
    """Return the hyperparameters as values; UserError in the container's words.

    `version` is what the image's tag names: "1.7-1".
    """
    given = {_ALIASES.get(name, name): text for name, text in given.items()}
    if "num_round" not in given:
        raise UserError("Missing required hyperparameter: num_round")
    older = _OLD if before(version, 1, 2) else {}
    values = {name: _parsed(name, text, older) for name, text in given.items()}
    for name, value in values.items():
        _check_range(name, value, older)
    _check_together(values)
    return values


def before(version: str, *wanted: int) -> bool:
    """Return whether an image's version is older: that of "1.2-2" than (1, 3)."""
    numbers = version.partition("-")[0].split(".")
    known = all(number.isdigit() for number in numbers)
    return known and tuple(map(int, numbers)) < wanted


def _parsed(name: str, text: str, older: dict[str, str]) -> Any:
    kinds = [(_INTEGERS | older, int, "an integer"), (_NUMBERS, float, "a number")]
    for table, kind, words in kinds:
        if name in table:
            return _read(name, text, kind, words)
    if name in ("updater", "eval_metric"):
        return text.split(",")
    if name in ("monotone_constraints", "interaction_constraints"):
        return _read(name, text, _literal, "a list or tuple")
    if name not in _CHOICES:
        raise UserError(f"Extraneous hyperparameter found: {name}")
    return text


def _read(name: str, text: str, kind: Any, words: str) -> Any:
    try:
        return kind(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise UserError(
            f'Hyperparameter {name}: could not parse value "{text}" as {words} '
            f"(caused by {type(error).__name__})"
        ) from None


def _literal(text: str) -> Any:
    value = ast.literal_eval(text)
    return value if isinstance(value, tuple | list) else (value,)


def _check_range(name: str, value: Any, older: dict[str, str]) -> None:
    interval = (_INTEGERS | _NUMBERS | older).get(name)
    if interval and not within(value, interval):
        raise UserError(f"Hyperparameter {name}: {value} is not in {interval}")
    if name in _CHOICES and value not in _CHOICES[name].split():
        allowed = _CHOICES[name].split()
        raise UserError(f"Hyperparameter {name}: {value} is not in {allowed}")
    if check := _OF_LISTS.get(name):
        check(name, value)


def within(value: float, interval: str) -> bool:
    """Return whether a number is in an interval such as "(0, 1]" or "[1, +inf)"."""
    low, high = map(float, interval[1:-1].split(","))
    inside = low <= value <= high and not math.isinf(value)
    edge = (value == low and interval[0] == "(") or (
        value == high and interval[-1] == ")"
    )
    return inside and not edge


def _check_metrics(name: str, value: list[str]) -> None:
    for metric in value:
        if "@" in metric:
            _check_level(metric)
        elif metric not in (*MAXIMIZED, *MINIMIZED):
            allowed = [*MAXIMIZED, *MINIMIZED]
            raise UserError(
                f"Hyperparameter {name}: value {value} not in range {allowed}"
            )


def _check_level(metric: str) -> None:
    """Check a metric with a level, such as "error@0.7"."""
    name, _, level = (part.strip() for part in metric.partition("@"))
    if name not in WITH_LEVEL:
        allowed = ", ".join(f"'{one}'" for one in WITH_LEVEL)
        raise UserError(
            f"Metric '{metric}' is not supported. Parameter 'eval_metric' with "
            f"customized threshold should be one of these options: {allowed}."
        )
    try:
        float(level)
    except ValueError:
        text = f"Threshold value 't' in '{name}@t' expects float input."
        raise UserError(text) from None


def _check_updater(name: str, value: list[str]) -> None:
    allowed = [*_OF_TREES, *_UPDATING, *_LINEAR]
    if any(one not in allowed for one in value):
        raise UserError(f"Hyperparameter {name}: value {value} not in range {allowed}")


def _check_signs(name: str, value: Any) -> None:
    if any(one not in (-1, 0, 1) for one in value):
        raise UserError(f"Hyperparameter {name}: value {value} not in range [-1, 0, 1]")


def _check_groups(name: str, value: Any) -> None:
    rows = [one for group in value for one in (group if _many(group) else [None])]
    if any(not isinstance(one, int) or one < 1 for one in rows):
        raise UserError(f"Hyperparameter {name}: value {value} not in range [1, +inf)")


def _many(value: Any) -> bool:
    return isinstance(value, list | tuple)


_OF_LISTS = {
    "eval_metric": _check_metrics,
    "updater": _check_updater,
    "monotone_constraints": _check_signs,
    "interaction_constraints": _check_groups,
}


def _check_together(values: dict[str, Any]) -> None:
    """Check what depends on other hyperparameters."""
    objective = values.get("objective", "reg:squarederror")
    if objective.startswith("multi:") and "num_class" not in values:
        raise UserError(
            "Require input for parameter 'num_class' for multi-classification"
        )
    metrics = values.get("eval_metric", ())
    if "auc" in metrics and not objective.startswith(("binary:", "rank:")):
        raise UserError(
            "Metric 'auc' can only be applied for classification and ranking problems."
        )
    if "aft-nloglik" in metrics and objective != "survival:aft":
        raise UserError(
            "Metric 'aft-nloglik' can only be applied for 'survival:aft' objective."
        )
    _check_methods(values)
    if "updater" in values:
        _check_updaters(values)
    if "_kfold" in values or "_num_cv_round" in values:
        raise UserError(
            "localaws does no cross-validation inside of a job: leave out _kfold and "
            "_num_cv_round, and start a job for each fold"
        )
    if values.get("use_dask_gpu_training") == "true":
        raise UserError(
            "localaws does not train with Dask on several GPUs: leave out "
            "use_dask_gpu_training"
        )


def _check_methods(values: dict[str, Any]) -> None:
    """Check the constraints, which not every way to grow a tree keeps."""
    method = values.get("tree_method")
    if "monotone_constraints" in values and method not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is "
            "set to either 'exact' or 'hist'."
        )
    allowed = ("exact", "hist", "approx")
    if "interaction_constraints" in values and method not in allowed:
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter "
            "is set to either 'exact', 'hist' or 'approx'."
        )


def _check_updaters(values: dict[str, Any]) -> None:
    chosen = values["updater"]
    if values.get("booster") == "gblinear":
        if len(chosen) != 1 or chosen[0] not in _LINEAR:
            raise UserError(
                "Linear updater should be one of these options: 'shotgun', "
                "'coord_descent'."
            )
    elif values.get("process_type") == "update":
        if any(one not in _UPDATING for one in chosen):
            raise UserError(
                "process_type 'update' can only be used with updater 'refresh' and "
                "'prune'"
            )
    elif any(one in _LINEAR for one in chosen):
        allowed = ", ".join(f"'{one}'" for one in (*_OF_TREES, *_UPDATING))
        raise UserError(
            f"Tree updater should be selected from these options: {allowed}."
        )
    elif sum(one in _GROWING or "quantile" in one for one in chosen) > 1:
        allowed = ", ".join(f"'{one}'" for one in _GROWING)
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from the following: "
            f"{allowed}"
        )
