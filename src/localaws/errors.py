"""The errors that the emulated services answer with."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response


class ServiceError(Exception):
    """An error that the client receives as JSON, in the shape botocore parses.

    Shape: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
    """

    def __init__(
        self, code: str, message: str, status: int = 400, **members: object
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members  # further members of the error shape

    def body(self) -> bytes:
        """Return the JSON body of the response."""
        answer = {"__type": self.code, "message": self.message, **self.members}
        if self.members:  # restJson error shapes spell the member with a capital
            answer["Message"] = self.message
        return json.dumps(answer).encode()


def invalid(message: str) -> ServiceError:
    """Return a `ValidationException`, the error for most bad requests."""
    return ServiceError("ValidationException", message)


def in_use(message: str) -> ServiceError:
    """Return the error for a name that exists already."""
    return ServiceError("ResourceInUse", message)


def not_found(message: str) -> ServiceError:
    """Return the error that some operations give for a resource that is absent."""
    return ServiceError("ResourceNotFound", message)


def json_error(error: ServiceError) -> Response:
    """Return an error as botocore's JSON parsers expect it."""
    return Response(
        error.body(),
        status=error.status,
        content_type="application/x-amz-json-1.1",
        headers={"x-amzn-ErrorType": error.code},
    )


def query_error(code: str, message: str, status: int = 400) -> Response:
    """Return an error as the XML services (IAM, STS, CloudFormation) give it."""
    return Response(
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
        f"<Message>{escape(message)}</Message></Error></ErrorResponse>",
        status=status,
        content_type="text/xml",
    )
