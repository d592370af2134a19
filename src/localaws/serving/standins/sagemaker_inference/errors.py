"""Exceptions that choose the status of the response."""

from __future__ import annotations

from http import HTTPStatus


class BaseInferenceToolkitError(Exception):
    """An error with the HTTP status, message and phrase of the response."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.phrase = phrase


class UnsupportedFormatError(BaseInferenceToolkitError):
    """A content type that the default functions cannot read or write."""

    def __init__(self, content_type: str) -> None:
        self.content_type = content_type
        phrase = f"Content type {content_type} is not supported by this framework."
        text = f"{phrase} Please implement input_fn to deserialize the request data."
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text, phrase)


class GenericInferenceToolkitError(BaseInferenceToolkitError):
    """Any other error that a script answers with."""

    def __init__(
        self, status_code: int, message: str | None = None, phrase: str | None = None
    ) -> None:
        message = message or "Invalid Request"
        super().__init__(status_code, message, phrase or message)
