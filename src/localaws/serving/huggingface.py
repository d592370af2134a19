"""What the Hugging Face serving container does with a model folder.

https://github.com/aws/sagemaker-huggingface-inference-toolkit: a pipeline of
`transformers` for `HF_TASK`, or the functions of `code/inference.py`.
"""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from localaws.serving import formats
from localaws.serving.exchange import Answer
from localaws.serving.handlers import Context, Handlers

HEADERS = ("question", "context", "inputs")  # one of them heads a CSV
IMAGES = ("jpeg", "png", "tiff", "bmp", "gif", "webp", "x-image")
AUDIO = ("x-flac", "mpeg", "wave", "ogg", "x-audio")
TASKS = {  # by the end of a model's architecture
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "ForConditionalGeneration": "text2text-generation",
    "MTModel": "text2text-generation",
    "EncoderDecoderModel": "text2text-generation",
    "GPT2LMHeadModel": "text-generation",
    "T5WithLMHeadModel": "text2text-generation",
}


class HuggingFace(Handlers):
    """The defaults: JSON in, a pipeline, JSON out."""

    def model_fn(self, model_dir: str) -> Any:
        own = Path(model_dir, "config.json").is_file()
        hub = None if own else os.environ.get("HF_MODEL_ID")
        task: Any = os.environ.get("HF_TASK") if hub else task_of(Path(model_dir))
        try:
            from transformers import pipeline
        except ImportError as error:
            raise ImportError(
                'The default handlers of the Hugging Face image need "transformers" '
                f"for {task or hub}: install it into this environment, name it in "
                f"code/requirements.txt, or write code/inference.py. ({error})"
            ) from error
        return pipeline(task=task, model=hub or model_dir)

    def input_fn(self, body: Any, content_type: str) -> Any:
        """Return the parsed request: of JSON a dict with `inputs`, as most are."""
        task = os.environ.get("HF_TASK")
        nested = task in ("zero-shot-classification", "table-question-answering")
        if nested and content_type == formats.CSV:
            raise ValueError(
                f"content type {content_type} not support with {task}, use different "
                "content_type"
            )
        return decode(body, content_type)

    def predict_fn(self, data: Any, model: Any) -> Any:
        inputs = data.pop("inputs", data)
        parameters = data.pop("parameters", None) or {}
        return model(inputs, **parameters)

    def output_fn(self, prediction: Any, accept: str) -> Any:
        return encode(prediction, accept)

    def answer(self, result: Any, accept: str, context: Context) -> Answer:
        """Return what a function gave; the type is always the one that was asked for.

        A tuple is no answer and its type here, as with other containers, but a list.
        """
        value = list(result) if isinstance(result, tuple) else result
        body = formats.to_bytes(value)
        return Answer(body, accept, context.status, context.response_headers)

    def failed(self, error: Exception, trace: str) -> Answer:
        """Return an exception as the toolkit does: always a 400, with its message."""
        message = str(error) or type(error).__name__
        told = {"code": 400, "type": "InternalServerException", "message": message}
        return Answer(json.dumps(told, indent=2).encode(), formats.JSON, 400)


def task_of(folder: Path) -> str:
    """Return `HF_TASK`, or what the architecture in `config.json` is made for.

    Raises ValueError where neither says it.
    """
    if named := os.environ.get("HF_TASK"):
        return named
    file = folder / "config.json"
    config = json.loads(file.read_text()) if file.is_file() else {}
    for architecture in config.get("architectures") or ():
        for ending, task in TASKS.items():
            if architecture.endswith(ending):
                return task
    raise ValueError(
        "Task couldn't be inferred: name it in the variable HF_TASK (such as "
        '"text-classification"), or write code/inference.py with a model_fn.'
    )


def decode(body: Any, content_type: str | None) -> Any:
    """Return a request's value; `UnsupportedFormat` for types that are not known."""
    family, _, kind = (content_type or "").partition("/")
    if content_type == formats.JSON:
        return json.loads(body)
    if content_type == formats.CSV:
        return rows_of(body)
    if content_type == formats.NPY:
        return formats.decode(body, content_type)
    if family == "image" and kind in IMAGES:
        return {"inputs": image(body)}
    if family == "audio" and kind in AUDIO:
        return {"inputs": bytes(body)}
    raise formats.UnsupportedFormat(content_type)


def rows_of(text: str) -> dict[str, Any]:
    """Return the rows of a CSV with a header; ValueError where it has none.

    A column `inputs` is the list of inputs, otherwise each row is one.
    """
    head = (text.splitlines() or [""])[0].lower()
    if not any(name in head for name in HEADERS):
        raise ValueError(
            "You need to provide the correct CSV with Header columns to use it with "
            "the inference toolkit default handler."
        )
    rows = list(csv.DictReader(io.StringIO(text)))
    if rows and "inputs" in rows[0]:
        return {"inputs": [row["inputs"] for row in rows]}
    return {"inputs": rows}


def image(body: bytes) -> Any:
    """Return an image as pipelines take it: Pillow's, in RGB."""
    from PIL import Image

    return Image.open(io.BytesIO(body)).convert("RGB")


def encode(value: Any, accept: str) -> bytes:
    """Return an answer in the accepted type; `UnsupportedFormat` for others.

    CSV has a row for each dict of a list, under their names; JSON has no NaN.
    """
    if accept == formats.JSON:
        return compact(value).encode()
    if accept == formats.CSV:
        rows = list(value)
        text = io.StringIO()
        writer = csv.DictWriter(text, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    if accept == formats.NPY:
        return formats.encode(value, accept)[0]
    raise formats.UnsupportedFormat(accept)


def compact(value: Any) -> str:
    """Return JSON without spaces; numbers and arrays of numpy are plain ones."""
    return json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=formats.plain,
    )
