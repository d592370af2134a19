"""What the XGBoost serving container does with a model folder.

With a script it calls the script's functions; without one it is the algorithm's server:
https://github.com/aws/sagemaker-xgboost-container and
https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

from localaws.serving import formats, tabular
from localaws.serving.exchange import Answer, Request, failure
from localaws.serving.handlers import Handlers
from localaws.serving.selection import chosen, selected

STANDINS = Path(__file__).parents[1] / "algorithms" / "standins"
HTML = "text/html; charset=utf-8"  # what Flask calls text that has no type
LINES = "application/jsonlines"
TYPES = {  # as Flask sends them
    formats.CSV: f"{formats.CSV}; charset=utf-8",
    formats.JSON: formats.JSON,
    LINES: LINES,
}
NO_MODEL_FN = (
    "Please provide a model_fn implementation: beside a script, the XGBoost container "
    "has no default. See https://sagemaker.readthedocs.io/en/stable/frameworks/xgboost/"
    "using_xgboost.html"
)


class Refused(Exception):
    """A request that the algorithm's server answers with a status, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class XGBoost(Handlers):
    """The algorithm's server, or a script's functions and the container's defaults."""

    def load(self) -> None:
        """Load script and model; scripts find what they import of the container."""
        sys.path.append(str(STANDINS))
        super().load()

    def model_fn(self, model_dir: str) -> Any:
        if self.script is not None:
            raise NotImplementedError(NO_MODEL_FN)
        return boosters(Path(model_dir))

    def input_fn(self, body: Any, content_type: str) -> Any:
        return tabular.matrix(body, content_type)

    def predict_fn(self, data: Any, model: Any) -> Any:
        return model.predict(data, validate_features=False)

    def output_fn(self, prediction: Any, accept: str) -> Any:
        return formats.encode(prediction, accept)

    def invoke(self, request: Request) -> Answer:
        """Answer as the script does; without one, as the algorithm's server."""
        if self.script is not None:
            return super().invoke(request)
        if not request.body:
            return Answer(b"", HTML, 204)
        try:
            data = tabular.matrix(request.body, request.content_type)
        except tabular.Unreadable as error:
            raise Refused(415, str(error)) from None
        try:
            found = predictions(self.model, data)
        except Exception as error:
            said = str(error).partition("\nStack trace")[0]
            raise Refused(400, f"Unable to evaluate payload provided: {said}") from None
        kind = accepted(request.accept)
        return Answer(self._written(found, kind).encode(), TYPES[kind])

    def _written(self, found: Any, kind: str) -> str:
        """Return predictions as the text of a type, one a line in transform jobs."""
        rows: list[Any] = found.tolist()
        keys, many = chosen(), os.environ.get("SAGEMAKER_BATCH")
        if kind == formats.CSV and not keys:
            return "".join(f"{row}\n" for row in rows) if many else _joined(rows)
        records = [{"score": row} for row in rows]
        if keys:
            config = json.loads(self.model[0].save_config())["learner"]
            try:
                records = selected(found, keys, config)
            except ValueError as error:
                raise Refused(500, str(error)) from None
        if kind == formats.CSV:
            lines = [_joined([_quoted(row[key]) for key in keys]) for row in records]
            return "\n".join(lines) + ("\n" if many else "")
        if kind == LINES:
            return "".join(f"{json.dumps(record)}\n" for record in records)
        return json.dumps({"predictions": records})

    def failed(self, error: Exception, trace: str) -> Answer:
        """Return an exception: the algorithm's server says only why."""
        if isinstance(error, Refused):
            return Answer(str(error).encode(), HTML, error.status)
        return failure(error, trace)


def _joined(values: list[Any]) -> str:
    return ",".join(map(str, values))


def _quoted(value: Any) -> Any:
    return f'"{value}"' if isinstance(value, list) else value


def boosters(folder: Path) -> list[Any]:
    """Return the models of a folder: of each file, a pickle or what XGBoost saves."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    shown = [path for path in files if not path.name.startswith(".")]
    if not shown:
        raise RuntimeError("Unable to load model: the archive has no file at its root")
    return [_loaded(path) for path in shown]


def _loaded(path: Path) -> Any:
    import xgboost

    content = path.read_bytes()
    try:
        found = pickle.loads(content)  # the model's own code, in the sandbox
    except Exception as first:
        try:
            return xgboost.Booster(model_file=bytearray(content))
        except xgboost.core.XGBoostError as error:
            said = str(error).partition("\nStack trace")[0]
            text = f"Model at {path} cannot be loaded:\n{first}\n{said}"
            raise RuntimeError(text) from None
    return found.get_booster() if hasattr(found, "get_booster") else found


def predictions(models: list[Any], data: Any) -> Any:
    """Return what models predict: the mean, where there are several."""
    import numpy as np

    rows = [_predicted(model, data) for model in models]
    return rows[0] if len(rows) == 1 else np.mean(rows, axis=0)


def _predicted(model: Any, data: Any) -> Any:
    """Return what a model predicts with its best rounds, where training found them."""
    best = model.attr("best_iteration")
    rounds = (0, int(best) + 1) if best is not None else (0, 0)
    return model.predict(data, iteration_range=rounds, validate_features=False)


def accepted(accept: str | None) -> str:
    """Return the type that a request wants; CSV where it does not say."""
    kind = (accept or formats.ANY).partition(";")[0].strip().lower()
    if kind == formats.ANY:
        kind = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", formats.CSV)
    if kind not in TYPES:
        raise Refused(
            406,
            f"Accept type {accept} is not supported. Please use supported accept "
            f"types: {list(TYPES)}.",
        )
    return kind
