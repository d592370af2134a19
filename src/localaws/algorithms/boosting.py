"""XGBoost as AWS's algorithm: trained without a script, from channels and numbers.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html, and the public container
https://github.com/aws/sagemaker-xgboost-container
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xgboost

from localaws.algorithms import data, metrics
from localaws.algorithms.callbacks import KEPT, Kept, Monitor, Saved, early_stopping
from localaws.algorithms.cluster import joined
from localaws.algorithms.errors import AlgorithmError, UserError, reason
from localaws.algorithms.hyperparameters import before, checked

MODEL = "xgboost-model"
CHANNELS = ("train", "validation", "code")
# What XGBoost says of data or numbers that whoever gave them can mend.
_OF_USER = (
    "label must be in",
    "feature_names mismatch",
    "preds.size() == info.labels",
    "only contains pos or neg samples",
    "base_score must be in",
    "label must be nonnegative",
    "should be greater equal to 0",
    "Target is multiclass but average='binary'",
)
_OURS = ("num_round", "csv_weights", "early_stopping_rounds", "eval_metric")
_UNUSED = ("_tuning_objective_metric", "save_model_on_termination", "dsplit")
_GONE = ("predictor", "sketch_eps", "silent", "use_dask_gpu_training")
_GONE_TOO = ("single_precision_histogram", "deterministic_histogram", "prob_buffer_row")

logger = logging.getLogger(__name__)


def main(ml: str, version: str = "") -> None:
    """Train, or say in /opt/ml/output/failure why not."""
    logging.basicConfig(
        level=logging.INFO,
        format="[%(asctime)s:%(levelname)s] %(message)s",
        datefmt="%Y-%m-%d:%H:%M:%S",
    )
    logger.info("Running XGBoost Sagemaker in algorithm mode")
    try:
        Algorithm(Path(ml), version).run()
    except (UserError, AlgorithmError) as error:
        logger.error("%s", error)
        (Path(ml) / "output" / "failure").write_text(reason(error))
        sys.exit(1)


class Algorithm:
    """One training: what the job's files say, read and checked."""

    def __init__(self, ml: Path, version: str = "") -> None:
        config = ml / "input" / "config"
        self.ml, self.version = ml, version
        given = json.loads((config / "hyperparameters.json").read_text())
        self.values = checked(given, version)
        self.channels = json.loads((config / "inputdataconfig.json").read_text())
        check_channels(self.channels)
        place = config / "checkpointconfig.json"
        kept = json.loads(place.read_text()) if place.exists() else {}
        self.checkpoints = Path(kept["LocalPath"]) if kept else None
        self.machine = json.loads((config / "resourceconfig.json").read_text())
        self.objective = self.values.get("objective", "reg:squarederror")

    def run(self) -> None:
        """Read the channels, train and save the model."""
        kind = data.kind_of(self.channels["train"].get("ContentType"))
        train_files = self._files("train", "training")
        validated = "validation" in self.channels
        files = self._files("validation", "validation") if validated else []
        with joined(self.machine) as is_first:
            train = self._matrix(train_files, kind)
            validation = self._matrix(files, kind) if files else None
            rows, columns = train.num_row(), train.num_col()
            logger.info("Train matrix has %d rows and %d columns", rows, columns)
            if validation is not None:
                logger.info("Validation matrix has %d rows", validation.num_row())
            booster = self._boosted(train, validation, is_first)
            if is_first:
                self._save(booster)

    def _files(self, name: str, words: str) -> list[Path]:
        """Return the files of a channel; each host must have some."""
        folder = self.ml / "input" / "data" / name
        if found := data.files_of(folder):
            return found
        more = ""
        if len(self.machine["hosts"]) > 1:
            more = f" on {self.machine['current_host']}: each host must have some"
        raise UserError(f"No data in {words} channel path {folder}{more}")

    def _matrix(self, files: list[Path], kind: str) -> Any:
        return data.matrix(files, kind, self.values.get("csv_weights") == 1)

    def _boosted(self, train: Any, validation: Any, is_first: bool) -> Any:
        """Return the booster that has had its rounds."""
        model, done = self._restored()
        evaluated = [(train, "train")]
        evaluated += [(validation, "validation")] if validation is not None else []
        native, own = self._measured()
        settings = settings_of(self.values, self.machine["current_instance_type"])
        settings |= {"eval_metric": native} if native else {}
        try:
            return xgboost.train(
                settings,
                train,
                self.values["num_round"] - done,
                evals=evaluated,
                custom_metric=metrics.measure(own, self.objective) if own else None,
                callbacks=self._callbacks(done, validation is not None, is_first),
                xgb_model=model,
                verbose_eval=False,
            )
        except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
            said = data.first_part(error)
            if any(words in said for words in _OF_USER):
                raise UserError(said) from None
            text = f"XGB train call failed with exception:\n {said}"
            raise AlgorithmError(text) from None

    def _measured(self) -> tuple[list[str], list[str]]:
        """Return the metrics that XGBoost measures by itself, and the others."""
        names = self.values.get("eval_metric", [])
        if tuned := self.values.get("_tuning_objective_metric"):
            names = sorted({*names, tuned.partition(":")[2]})
        own = [name for name in names if name in metrics.OWN]
        return [name for name in names if name not in own], own

    def _callbacks(self, done: int, validated: bool, is_first: bool) -> list[Any]:
        found: list[Any] = [Monitor(done)]
        if self.checkpoints is not None and is_first:
            found.append(Kept(self.checkpoints, done))
        if self.values.get("save_model_on_termination") == "true" and is_first:
            found.append(Saved(self._save))
            signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        rounds = self.values.get("early_stopping_rounds")
        if rounds:
            found += early_stopping(rounds, self._watched(), validated)
        return found

    def _watched(self) -> str | None:
        """Return the metric that decides when training stops early."""
        if tuned := self.values.get("_tuning_objective_metric"):
            return tuned.partition(":")[2]
        return self.values.get("eval_metric", [None])[-1]

    def _restored(self) -> tuple[bytearray | None, int]:
        """Return the newest checkpoint, and how many rounds it has had."""
        names = os.listdir(self.checkpoints) if self.checkpoints else []
        found = [re.fullmatch(rf"{KEPT}\.(\d+)", name) for name in sorted(names)]
        rounds = [int(match[1]) for match in found if match]
        if not rounds or self.checkpoints is None:
            return None, 0
        newest = self.checkpoints / f"{KEPT}.{max(rounds)}"
        logger.info("Checkpoint loaded from %s", newest)
        logger.info("Resuming from iteration %d", max(rounds) + 1)
        return bytearray(newest.read_bytes()), max(rounds) + 1

    def _save(self, booster: Any) -> None:
        """Write the model as its version does: a pickle before 1.3, then UBJSON."""
        place = self.ml / "model" / MODEL
        place.parent.mkdir(parents=True, exist_ok=True)
        old = before(self.version, 1, 3)
        content = pickle.dumps(booster) if old else bytes(booster.save_raw("ubj"))
        part = place.with_name(f".{MODEL}")
        part.write_bytes(content)
        part.replace(place)


def check_channels(channels: Mapping[str, Any]) -> None:
    """Raise the container's words where a channel is missing or unknown."""
    if "train" not in channels:
        raise UserError("Missing required channel: train")
    for name in channels:
        if name not in CHANNELS:
            raise UserError(f"Extraneous channel found: {name}")


def settings_of(values: Mapping[str, Any], instance_type: str) -> dict[str, Any]:
    """Return what XGBoost is given of the hyperparameters, in its own names of today.

    What older versions had and this one has no more is left out.
    """
    dropped = {*_OURS, *_UNUSED, *_GONE, *_GONE_TOO}
    found = {name: value for name, value in values.items() if name not in dropped}
    if found.get("objective") == "reg:linear":
        found["objective"] = "reg:squarederror"
    if "updater" in found:
        found["updater"] = ",".join(found["updater"])
    for name in ("monotone_constraints", "interaction_constraints"):
        if name in found:
            found[name] = str(found[name])
    if found.get("tree_method") == "gpu_hist":
        if not re.match(r"ml\.[gp]\d", instance_type):
            raise AlgorithmError(
                "XGB train call failed with exception:\n tree_method gpu_hist: No "
                f"visible GPU is found: {instance_type} has none"
            )
        found |= {"tree_method": "hist", "device": "cuda"}
    return found
