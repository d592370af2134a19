"""What follows each round of boosting: a line of the log, a checkpoint, an end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from xgboost.callback import EarlyStopping, EvaluationMonitor, TrainingCallback

from localaws.algorithms.metrics import MAXIMIZED

KEPT = "xgboost-checkpoint"  # the name of a checkpoint, before its round
MOST = 5  # checkpoints that are kept

logger = logging.getLogger(__name__)


class Monitor(EvaluationMonitor):
    """The lines `[0]\ttrain-rmse:0.5`, counted on from a checkpoint."""

    def __init__(self, done: int) -> None:
        super().__init__()
        self.done = done

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Print a round's metrics."""
        return super().after_iteration(model, epoch + self.done, evals_log)


class Kept(TrainingCallback):
    """Checkpoints `xgboost-checkpoint.N` after each round, of which five stay."""

    def __init__(self, folder: Path, done: int) -> None:
        super().__init__()
        self.folder, self.done = folder, done

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Write the checkpoint of a round whole, then let the oldest go."""
        number = epoch + self.done
        part = self.folder / f"{KEPT}.part"
        part.write_bytes(model.save_raw("ubj"))
        part.replace(self.folder / f"{KEPT}.{number}")
        (self.folder / f"{KEPT}.{number - MOST}").unlink(missing_ok=True)
        return False


class Saved(TrainingCallback):
    """The model of the last round is there when training is stopped."""

    def __init__(self, save: Callable[[Any], None]) -> None:
        super().__init__()
        self.save = save

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Save the model."""
        self.save(model)
        return False


def early_stopping(rounds: int, metric: str | None, validated: bool) -> list[Any]:
    """Return the end of training that no longer helps; none without what to watch."""
    if metric is None or not validated:
        logger.warning(
            "localaws: early_stopping_rounds changes nothing without a validation "
            "channel and an eval_metric, on AWS too"
        )
        return []
    maximized = metric.partition("@")[0] in MAXIMIZED
    return [
        EarlyStopping(
            rounds=rounds,
            metric_name=metric,
            data_name="validation",
            maximize=maximized,
            save_best=True,
        )
    ]
