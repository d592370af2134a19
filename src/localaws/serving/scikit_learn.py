"""What the scikit-learn serving container does with a model folder.

https://github.com/aws/sagemaker-scikit-learn-container, and the script's functions:
https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html
"""

from __future__ import annotations

import json
from typing import Any

from localaws.serving import formats
from localaws.serving.exchange import Answer
from localaws.serving.handlers import Context, Handlers

HTML = "text/html; charset=utf-8"  # what Flask calls text that has no type


class NotAcceptable(formats.UnsupportedFormat):
    """An Accept header that the default `output_fn` cannot satisfy."""

    status_code = 406


class ScikitLearn(Handlers):
    """The defaults: arrays in, `model.predict`, arrays out; the model is the script's.

    A request without a content type is JSON.
    """

    default_type = formats.JSON

    def model_fn(self, model_dir: str) -> Any:
        raise NotImplementedError(
            "Please provide a model_fn implementation. The scikit-learn container has "
            "no default: write model_fn(model_dir) in code/inference.py. See "
            "https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/"
            "using_sklearn.html#load-a-model"
        )

    def input_fn(self, body: Any, content_type: str) -> Any:
        """Return an array: of float32 where the request is text, as it is otherwise."""
        array = formats.decode(body, content_type)
        return array.astype("float32") if content_type in formats.TEXT else array

    def predict_fn(self, data: Any, model: Any) -> Any:
        return model.predict(data)

    def output_fn(self, prediction: Any, accept: str) -> Any:
        try:
            return formats.encode(prediction, accept)
        except formats.UnsupportedFormat:
            raise NotAcceptable(accept) from None

    def answer(self, result: Any, accept: str, context: Context) -> Answer:
        """Return what a function gave as Flask would: a response, text, or a dict.

        Raises TypeError for what Flask cannot send, such as an array.
        """
        if hasattr(result, "get_data"):  # a Response of the toolkit, or Flask's own
            headers = dict(result.headers)
            kind = headers.pop("Content-Type", HTML)
            return Answer(result.get_data(), kind, result.status_code, headers)
        value, kind = result if isinstance(result, tuple) else (result, HTML)
        if isinstance(value, dict):
            return Answer(json.dumps(value).encode(), formats.JSON)
        if not isinstance(value, str | bytes | bytearray):
            raise TypeError(
                f"output_fn or transform_fn returned {type(value).__name__}: return "
                "text or bytes, with their content type: (body, accept)."
            )
        return Answer(formats.to_bytes(value), kind or HTML)
