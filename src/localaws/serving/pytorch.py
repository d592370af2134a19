"""What the PyTorch serving container does with a model folder.

The functions of `inference.py` and their defaults:
https://sagemaker.readthedocs.io/en/stable/frameworks/pytorch/using_pytorch.html
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localaws.serving import formats
from localaws.serving.exchange import Answer, Request
from localaws.serving.script import import_script

STANDINS = Path(__file__).with_name("standins")
FUNCTIONS = ("model_fn", "transform_fn", "input_fn", "predict_fn", "output_fn")


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


class PyTorch:
    """The handler functions of one model folder, ready to be called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.model: Any = None
        self.functions: dict[str, Callable] = {}

    def load(self) -> None:
        """Import the script and call `model_fn`."""
        sys.path.append(str(STANDINS))  # at the end: what is installed comes first
        script = import_script(self.folder)
        given = {name: getattr(script, name, None) for name in FUNCTIONS}
        if given["transform_fn"] and any(given[name] for name in FUNCTIONS[2:]):
            raise ValueError(
                "Cannot use transform_fn implementation in conjunction with input_fn, "
                "predict_fn, and/or output_fn implementation"
            )
        counts = {"model_fn": 1, "transform_fn": 4}
        for name, function in given.items():
            function = function or getattr(self, f"_default_{name}")
            self.functions[name] = with_context(function, counts.get(name, 2))
        model_dir = str(self.folder)
        self.model = self.functions["model_fn"](model_dir, context=Context(self.folder))

    def invoke(self, request: Request) -> Answer:
        """Read, predict and write as the toolkit's `Transformer` does."""
        context = Context(self.folder, request)
        accept = request.accept
        if not accept or accept == formats.ANY:
            accept = os.environ.get(
                "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", formats.JSON
            )
        kind = request.content_type
        body = request.body.decode() if kind in formats.TEXT else request.body
        result = self.functions["transform_fn"](
            self.model, body, kind, accept, context=context
        )
        value, kind = result if isinstance(result, tuple) else (result, accept)
        return Answer(
            formats.to_bytes(value),
            context.content_type or kind,
            context.status,
            context.response_headers,
        )

    def rest(self, path: str, body: bytes) -> None:
        """The container has no other paths."""

    def _default_transform_fn(
        self, model: Any, body: Any, content_type: str, accept: str, context: Context
    ) -> Any:
        data = self.functions["input_fn"](body, content_type, context=context)
        prediction = self.functions["predict_fn"](data, model, context=context)
        return self.functions["output_fn"](prediction, accept, context=context)

    def _default_model_fn(self, model_dir: str) -> Any:
        import torch

        path = model_file(Path(model_dir))
        try:
            return torch.jit.load(path, map_location=device()).eval()
        except RuntimeError as error:
            raise RuntimeError(
                f"Failed to load {path.name}. Please ensure model is saved using "
                "torchscript, or write a model_fn in code/inference.py."
            ) from error

    def _default_input_fn(self, body: Any, content_type: str) -> Any:
        import torch

        array = formats.decode(body, content_type)
        text = content_type in formats.TEXT
        tensor = torch.FloatTensor(array) if text else torch.from_numpy(array)
        return tensor.to(device())

    def _default_predict_fn(self, data: Any, model: Any) -> Any:
        import torch

        with torch.no_grad():
            return model.to(device()).eval()(data.to(device()))

    def _default_output_fn(self, prediction: Any, accept: str) -> Any:
        import torch

        if isinstance(prediction, torch.Tensor):
            prediction = prediction.detach().cpu().numpy().tolist()
        return formats.encode(prediction, accept)


def model_file(folder: Path) -> Path:
    """Return `model.pt`, or the only `.pt` or `.pth` file of the folder."""
    if (folder / "model.pt").exists():
        return folder / "model.pt"
    files = [path for path in folder.iterdir() if path.suffix in (".pt", ".pth")]
    if len(files) != 1:
        names = sorted(path.name for path in files)
        raise ValueError(
            f"Exactly one .pth or .pt file is required for PyTorch models: {names}"
        )
    return files[0]


def device() -> Any:
    """Return the device that the container would use."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


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
