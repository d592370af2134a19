"""The response that a script may return."""

from __future__ import annotations

from localaws.serving.formats import to_bytes


class Response:
    """A body with its type, status and headers, as Flask's response has them."""

    def __init__(
        self,
        response: bytes | str | None = None,
        accept: str | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        mimetype: str | None = None,
    ) -> None:
        self.status_code = status
        kind = mimetype or accept
        self.headers = {**(headers or {}), **({"Content-Type": kind} if kind else {})}
        self._body = to_bytes("" if response is None else response)

    def get_data(self) -> bytes:
        """Return the body."""
        return self._body
