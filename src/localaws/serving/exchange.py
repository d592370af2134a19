"""What a model server and its frameworks pass to each other, and tell their owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

SERVER = Path(__file__).with_name("__main__.py")  # is started by path
FRAMEWORKS = ("pytorch", "tensorflow", "scikit-learn", "xgboost", "huggingface")
READY = "localaws: the model server listens on port "
STREAM = "X-Localaws-Stream"  # of a request whose answer may be sent in parts


@dataclass(frozen=True)
class Request:
    """One invocation as the handlers see it."""

    body: bytes
    content_type: str | None
    accept: str | None
    headers: dict[str, str] = field(default_factory=dict)
    send: Callable[[bytes], None] = lambda part: None  # a part, before the answer


@dataclass(frozen=True)
class Answer:
    """What goes back to the client."""

    body: bytes
    content_type: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Framework(Protocol):
    """What a framework's serving container does with a model folder."""

    port: int  # of the server, set before the first request

    def load(self) -> None:
        """Install what the scripts need, load model and handlers.

        Any exception means: not healthy.
        """

    def invoke(self, request: Request) -> Answer:
        """Answer one request; an exception is the model's error."""

    def failed(self, error: Exception, trace: str) -> Answer:
        """Return an exception of `invoke` as the container words it."""

    def rest(self, path: str, body: bytes) -> Answer | None:
        """Answer a request to another path of the server; None where there is none."""


def failure(error: Exception, trace: str) -> Answer:
    """Return an exception as text: its message, then its traceback.

    Exceptions with `status_code`, `message` and `phrase` (`BaseInferenceToolkitError`)
    choose their own status; all others are a 500.
    """
    message = getattr(error, "message", None) or str(error) or type(error).__name__
    status = getattr(error, "status_code", 500)
    valid = isinstance(status, int) and 400 <= status <= 599
    text = f"{message}\n{trace}"
    return Answer(text.encode(), "text/plain", status if valid else 500)
