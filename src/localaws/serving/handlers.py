"""The handler functions of a script, and the toolkit that calls them around a model.

The four functions, or `transform_fn` in place of three, of
https://github.com/aws/sagemaker-inference-toolkit; each container has its own defaults.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from localaws.serving import formats
from localaws.serving.exchange import Answer, Request, failure
from localaws.serving.script import (
    absent,
    code_folder,
    import_script,
    install_requirements,
)

STANDINS = Path(__file__).with_name("standins")
COUNTS = {  # of the arguments that each function takes
    "model_fn": 1,
    "transform_fn": 4,
    "input_fn": 2,
    "predict_fn": 2,
    "output_fn": 2,
}
STEPS = ("input_fn", "predict_fn", "output_fn")


class Context:
    """The optional last argument of a handler function: request and response headers.

    A part of https://pytorch.org/serve/custom_service.html: what handlers use of it.
    """

    def __init__(self, folder: Path, request: Request | None = None) -> None:
        self.system_properties = {"model_dir": str(folder), "gpu_id": None}
        self.model_name = "model"
        self.manifest: dict[str, Any] = {}
        self.request_headers = request.headers if request else {}
        self.request_ids = {0: "0"}
        self.send = request.send if request else None
        self.response_headers: dict[str, str] = {}
        self.content_type: str | None = None
        self.status = 200

    def get_request_header(self, index: int, name: str) -> str | None:
        """Return a header of the request; `index` is its place in the batch, 0."""
        wanted = name.lower()
        found = (v for k, v in self.request_headers.items() if k.lower() == wanted)
        return next(found, None)

    def get_all_request_header(self, index: int) -> dict[str, str]:
        """Return all headers of the request."""
        return self.request_headers

    def set_response_content_type(self, index: int, value: str) -> None:
        """Set the Content-Type of the response."""
        self.content_type = value

    def set_response_header(self, index: int, name: str, value: str) -> None:
        """Set another header of the response."""
        self.response_headers[name] = value

    def set_response_status(
        self, code: int = 200, phrase: str = "", index: int = 0
    ) -> None:
        """Set the HTTP status of the response."""
        self.status = code


class Handlers:
    """The functions of one model folder, ready to be called.

    A container's own defaults are the methods of its subclass that bear their names.
    """

    port = 0
    default_type: str | None = None  # of a request that names none

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model: Any = None
        self.script: ModuleType | None = None  # set before the model is loaded
        self.functions: dict[str, Callable] = {}

    def load(self) -> None:
        """Install the requirements, import the script, and call `model_fn`."""
        for place in {self.folder / "code", code_folder(self.folder)}:
            install_requirements(place / "requirements.txt")
        sys.path.append(str(STANDINS))  # at the end: what is installed comes first
        self.script = script = import_script(self.folder)
        given = {name: getattr(script, name, None) for name in COUNTS}
        if given["transform_fn"] and any(given[name] for name in STEPS):
            raise ValueError(
                "Cannot use transform_fn implementation in conjunction with input_fn, "
                "predict_fn, and/or output_fn implementation"
            )
        for name, function in given.items():
            function = function or getattr(self, name)
            self.functions[name] = with_context(function, COUNTS[name])
        self.model = self._loaded(absent(self.folder) if script is None else "")

    def _loaded(self, note: str) -> Any:
        """Return the model; an exception bears the note, which explains it."""
        model_dir, context = str(self.folder), Context(self.folder)
        try:
            return self.functions["model_fn"](model_dir, context=context)
        except Exception as error:
            if note:
                error.add_note(note)
            raise

    def invoke(self, request: Request) -> Answer:
        """Read, predict and write as the toolkit's `Transformer` does."""
        context = Context(self.folder, request)
        accept = accepted(request)
        kind = request.content_type or self.default_type
        body = request.body.decode() if kind in formats.TEXT else request.body
        result = self.functions["transform_fn"](
            self.model, body, kind, accept, context=context
        )
        return self.answer(result, accept, context)

    def answer(self, result: Any, accept: str, context: Context) -> Answer:
        """Return what `transform_fn` or `output_fn` gave: data, or data and type."""
        value, kind = result if isinstance(result, tuple) else (result, accept)
        return Answer(
            formats.to_bytes(value),
            context.content_type or kind,
            context.status,
            context.response_headers,
        )

    def failed(self, error: Exception, trace: str) -> Answer:
        """Return an exception as the toolkit sends it."""
        return failure(error, trace)

    def rest(self, path: str, body: bytes) -> None:
        """The containers have no other paths."""

    def transform_fn(
        self, model: Any, body: Any, content_type: str, accept: str, context: Context
    ) -> Any:
        data = self.functions["input_fn"](body, content_type, context=context)
        prediction = self.functions["predict_fn"](data, model, context=context)
        return self.functions["output_fn"](prediction, accept, context=context)


def accepted(request: Request) -> str:
    """Return the type that a client accepts, by default what the container says."""
    if request.accept and request.accept != formats.ANY:
        return request.accept
    return os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", formats.JSON)


def with_context(function: Callable, count: int) -> Callable:
    """Return `function` that is given the context only if it takes one more argument.

    Raises TypeError where it takes neither `count` nor `count` + 1 arguments.
    """
    takes = len(inspect.signature(function).parameters)
    if takes == count + 1:
        return lambda *args, context: function(*args, context)
    if takes != count:
        raise TypeError(
            f"{function.__name__} takes {takes} arguments but {count} were given."
        )
    return lambda *args, context: function(*args)
