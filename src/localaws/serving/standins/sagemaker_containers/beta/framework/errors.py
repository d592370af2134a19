"""Exceptions that scripts catch."""


class UnsupportedFormatError(Exception):
    """A content type that cannot be read or written."""

    def __init__(self, content_type: str) -> None:
        self.message = f"Content type {content_type} is not supported by this framework"
        super().__init__(self.message)
