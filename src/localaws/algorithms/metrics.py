"""What the XGBoost algorithm measures: its metrics, and how a log is searched for them.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MAXIMIZED = (
    *("accuracy", "auc", "aucpr", "balanced_accuracy", "f1", "f1_binary", "f1_macro"),
    *("map", "ndcg", "precision", "precision_macro", "precision_micro", "r2"),
    *("recall", "recall_macro", "recall_micro"),
)
MINIMIZED = (
    *("aft-nloglik", "cox-nloglik", "error", "gamma-deviance", "gamma-nloglik"),
    *("interval-regression-accuracy", "logloss", "mae", "mape", "merror", "mlogloss"),
    *("mphe", "mse", "poisson-nloglik", "rmse", "rmsle", "tweedie-nloglik"),
)
WITH_LEVEL = ("error", "ndcg", "map")  # "error@0.7"

_NUMBER = r"([-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?).*"


def definitions() -> list[dict[str, str]]:
    """Return the definitions that a training job of the image has by itself.

    A tab of the log is #011 in CloudWatch.
    """
    return [
        {
            "Name": f"{part}:{metric}",
            "Regex": rf".*\[[0-9]+\].*#011{part}-{metric}:{_NUMBER}",
        }
        for part in ("train", "validation")
        for metric in (*MAXIMIZED, *MINIMIZED)
    ]


# What XGBoost does not measure by itself: the function of sklearn.metrics, and how it
# averages over classes. The last two are of predictions, the rest of classes.
_OWN = {
    "accuracy": ("accuracy_score", ""),
    "balanced_accuracy": ("balanced_accuracy_score", ""),
    "f1": ("f1_score", "macro"),
    "f1_binary": ("f1_score", "binary"),
    "f1_macro": ("f1_score", "macro"),
    "precision": ("precision_score", "binary"),
    "precision_macro": ("precision_score", "macro"),
    "precision_micro": ("precision_score", "micro"),
    "recall": ("recall_score", "binary"),
    "recall_macro": ("recall_score", "macro"),
    "recall_micro": ("recall_score", "micro"),
    "mse": ("mean_squared_error", ""),
    "r2": ("r2_score", ""),
}
OWN = tuple(_OWN)
_OF_PREDICTIONS = ("mse", "r2")


def measure(names: list[str], objective: str) -> Callable[[Any, Any], Any]:
    """Return the function that XGBoost asks for the metrics `names` in each round."""
    from sklearn import metrics

    def measured(predictions: Any, data: Any) -> list[tuple[str, float]]:
        found = []
        for name in names:
            function, average = _OWN[name]
            given = {"average": average} if average else {}
            plain = name in _OF_PREDICTIONS
            said = predictions if plain else classes(predictions, objective)
            score = getattr(metrics, function)(data.get_label(), said, **given)
            found.append((name, float(score)))
        return found

    return measured


def classes(predictions: Any, objective: str) -> Any:
    """Return the classes that predictions mean: those of one objective's kind."""
    if predictions.ndim == 2:
        return predictions.argmax(axis=1)
    if objective == "multi:softmax":
        return predictions
    border = 0.0 if objective == "binary:logitraw" else 0.5
    return (predictions > border).astype(int)
