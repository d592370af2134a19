"""What the TensorFlow serving container does with a model folder.

https://github.com/aws/sagemaker-tensorflow-serving-container: SavedModels in
`<name>/<digits>/`, the REST form of TensorFlow Serving, and `code/inference.py`.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

from localaws.serving import formats
from localaws.serving.exchange import Answer, Request
from localaws.serving.saved_model import BadRequest, SavedModel, find
from localaws.serving.script import install_requirements

JSON_LINES = ("application/jsonlines", "application/jsons")
SCRIPT = "inference.py"  # the container knows no other name
ATTRIBUTES = "x-amzn-sagemaker-custom-attributes"


@dataclass(frozen=True)
class Context:
    """What the functions of `inference.py` are told about a request."""

    model_name: str
    model_version: str
    method: str
    rest_uri: str
    custom_attributes: str | None
    request_content_type: str
    accept_header: str
    content_length: int
    grpc_port: None = None
    channel: None = None


class ServingResponse:
    """What TensorFlow Serving answered, as `output_handler` reads it."""

    def __init__(self, status_code: int, content: bytes) -> None:
        self.status_code = status_code
        self.content = content
        self.headers = {"Content-Type": formats.JSON}
        self.encoding = "utf-8"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode()

    @property
    def ok(self) -> bool:
        """Whether the status is no error."""
        return self.status_code < 400

    @property
    def reason(self) -> str:
        """The words of the status."""
        return HTTPStatus(self.status_code).phrase

    def json(self) -> Any:
        """Return the body, parsed."""
        return json.loads(self.content)


class TensorFlow:
    """The SavedModels of a folder and the functions around them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.models: dict[str, SavedModel] = {}
        self.script: ModuleType | None = None
        self.port = 0

    def load(self) -> None:
        """Load every model's newest version, and `code/inference.py` if there is one.

        Modules in `code/lib` are on the path, and stand for the requirements.
        Raises ValueError where there is no SavedModel, or a script that cannot serve.
        """
        prepare(self.folder / "code")
        self.models = {name: SavedModel(path) for name, path in find(self.folder)}
        if not self.models:
            raise ValueError(
                "No SavedModel bundle was found: <name>/<digits>/saved_model.pb."
            )
        if (self.folder / "code" / SCRIPT).exists():
            self.script = checked(importlib.import_module("inference"))

    def invoke(self, request: Request) -> Answer:
        """Answer an invocation, through the script's functions where it has them."""
        context = self._context(request)
        if self.script and hasattr(self.script, "handler"):
            result = self.script.handler(io.BytesIO(request.body), context)
            return answer(result, context)
        if self.script:
            body = self.script.input_handler(io.BytesIO(request.body), context)
            response = self.serve(context.model_name, formats.to_bytes(body))
            return answer(self.script.output_handler(response, context), context)
        try:
            body = default_body(request.body, request.content_type)
        except UnicodeDecodeError:
            return refuse(400, "The body is not UTF-8 text.")
        except LookupError:
            media = f"Unsupported Media Type: {request.content_type or 'Unknown'}"
            return refuse(415, media)
        response = self.serve(context.model_name, body)
        return Answer(response.content, formats.JSON, response.status_code)

    def failed(self, error: Exception, trace: str) -> Answer:
        """Return an exception of a handler as the container's Python service does."""
        return refuse(500, str(error) or type(error).__name__)

    def rest(self, path: str, body: bytes) -> Answer | None:
        """Answer TensorFlow Serving's own REST API, for a `handler` that asks it.

        https://www.tensorflow.org/tfx/serving/api_rest
        """
        match = re.fullmatch(r"/v1/models/([^/:]+)(?:/versions/\d+)?:predict", path)
        if not match:
            return None
        response = self.serve(match[1], body)
        return Answer(response.content, formats.JSON, response.status_code)

    def serve(self, name: str, body: bytes) -> ServingResponse:
        """Return what TensorFlow Serving would answer to a predict request."""
        try:
            if name not in self.models:
                raise BadRequest(f'No model is named "{name}": {list(self.models)}.')
            found = self.models[name].predict(body)
            return ServingResponse(200, json.dumps(found).encode())
        except BadRequest as error:
            content = json.dumps({"error": str(error)}).encode()
            return ServingResponse(400, content)

    def _context(self, request: Request) -> Context:
        headers = {name.lower(): value for name, value in request.headers.items()}
        attributes = headers.get(ATTRIBUTES)
        chosen = dict(re.findall(r"(tfs-[\w-]+)=([^,\s]+)", attributes or ""))
        name = chosen.get("tfs-model-name") or self._default_name()
        version = self.models[name].version if name in self.models else ""
        return Context(
            model_name=name,
            model_version=version,
            method=chosen.get("tfs-method", "predict"),
            rest_uri=f"http://127.0.0.1:{self.port}/v1/models/{name}:predict",
            custom_attributes=attributes,
            request_content_type=request.content_type or formats.JSON,
            accept_header=_accept(request.accept),
            content_length=len(request.body),
        )

    def _default_name(self) -> str:
        named = os.environ.get("SAGEMAKER_TFS_DEFAULT_MODEL_NAME")
        return named or next(iter(self.models))


def prepare(code: Path) -> None:
    """Put the scripts on the path; install their requirements, or take `lib/` for them.

    https://github.com/aws/sagemaker-tensorflow-serving-container#prepost-processing
    """
    library, requirements = code / "lib", code / "requirements.txt"
    sys.path[:0] = [str(code), str(library)]
    named = os.environ.get("SAGEMAKER_PROGRAM", SCRIPT)
    if named != SCRIPT:
        print(f'localaws: TensorFlow\'s container serves {SCRIPT}, not "{named}".')
    if library.is_dir() and requirements.is_file():
        print("localaws: code/lib is loaded, and requirements.txt ignored.")
    elif requirements.is_file():
        install_requirements(requirements)


def checked(script: ModuleType | None) -> ModuleType | None:
    """Return a script; ValueError where it has neither `handler` nor both halves."""
    halves = [hasattr(script, name) for name in ("input_handler", "output_handler")]
    if hasattr(script, "handler") == any(halves) or any(halves) != all(halves):
        raise ValueError(
            "inference.py must define either handler, or input_handler and "
            "output_handler."
        )
    return script


def default_body(body: bytes, content_type: str | None) -> bytes:
    """Return a request as TensorFlow Serving wants it; LookupError for other types.

    An object with instances, inputs or examples passes as it is; arrays and lines of
    CSV or JSON become instances.
    """
    kind = (content_type or "").partition(";")[0].strip()
    text = body.decode()
    lines = [line for line in text.splitlines() if line.strip()]
    if kind in JSON_LINES:
        return _instances(lines)
    if kind == formats.CSV:
        return _instances(f"[{line}]" for line in lines)
    if kind != formats.JSON:
        raise LookupError(kind)
    if re.search(r'"(instances|inputs|examples)"\s*:', text):
        return body
    whole = text.strip()
    return f'{{"instances": {whole if whole[:1] == "[" else f"[{whole}]"}}}'.encode()


def answer(result: Any, context: Context) -> Answer:
    """Return what a script's function answered: data, or data and content type."""
    data, kind = result if isinstance(result, tuple) else (result, None)
    return Answer(formats.to_bytes(data), kind or context.accept_header)


def refuse(status: int, message: str) -> Answer:
    """Return an error as the container words it."""
    return Answer(json.dumps({"error": message}).encode(), formats.JSON, status)


def _instances(rows: Any) -> bytes:
    return f'{{"instances": [{", ".join(rows)}]}}'.encode()


def _accept(accept: str | None) -> str:
    default = os.environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", formats.JSON)
    return accept if accept and accept != formats.ANY else default
