"""The errors that the emulated services answer with.

What is raised anywhere in the server, and what becomes of it:

    Exception
    ├── ServiceError            an answer to the client, in its service's own shape
    │   └── Refused             the caller lacks a permission, or is nobody
    ├── CannotDeploy            models: the FailureReason of an endpoint
    ├── Busy                    endpoints: a serverless variant is full; throttling
    ├── WorkerDown, WorkerLate  models: its server died (503) or is late (ModelError)
    ├── StreamBroken            models: its server hung up in the middle of a stream
    ├── ChannelError            jobs: data that cannot be brought; becomes JobFailed
    ├── JobFailed               jobs: the FailureReason of a job
    ├── CannotStart, Throttled  functions: no process; an error, or a later retry
    ├── Gone                    functions: a warm process had ended; another is taken
    ├── Loop                    functions: they call each other in a circle
    ├── Full                    records: as many errands wait as may; throttling
    ├── Unanswered              transform: a request that a model did not answer
    └── ValueError
        ├── BadInput            transform: an object that cannot be sent to a model
        ├── BadPath, NotFound   transform: no JSONPath, or one that leads nowhere
        ├── BadPattern          eventbridge: no event pattern, and AWS's reason
        ├── BadExpression       eventbridge: no rate, moment or cron expression
        ├── BadTarget           eventbridge: it wishes what cannot be made of an event
        ├── BadCode             functions: no zip archive, or one that is not unpacked
        └── BadArchive          machine: no archive, or one that is not to be unpacked
"""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

# What a refusal's code is called by S3, and by the services with forms.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
_SPELLED = {
    "RequestEntityTooLarge": ("EntityTooLarge", "RequestEntityTooLarge"),
    "UnrecognizedClientException": ("InvalidAccessKeyId", "InvalidClientTokenId"),
    "InvalidSignatureException": ("SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    "ExpiredTokenException": ("ExpiredToken", "ExpiredToken"),
    "IncompleteSignatureException": (
        "AuthorizationHeaderMalformed",
        "IncompleteSignature",
    ),
    "XAmzContentSHA256Mismatch": ("XAmzContentSHA256Mismatch",) * 2,
    "InvalidRequest": ("InvalidRequest", "InvalidRequest"),
}

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_OF_EC2 = {
    "AccessDeniedException": "UnauthorizedOperation",
    "UnrecognizedClientException": "AuthFailure",
}


class ServiceError(Exception):
    """An error that the client receives in the shape that botocore parses.

    Shape: https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
    """

    def __init__(
        self, code: str, message: str, status: int = 400, **members: Any
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.members = members  # further members of the error shape


class Refused(ServiceError):
    """A request that may not be answered; `code` is as the JSON services name it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, 403)


def spelled(code: str, otherwise: str, service: str = "") -> tuple[str, str]:
    """Return what S3 calls a code, and what the services with forms do."""
    first, second = _SPELLED.get(code, (otherwise, otherwise))
    return first, _OF_EC2.get(code, second) if service == "ec2" else second


def invalid(message: str) -> ServiceError:
    """Return a `ValidationException`, the error for most bad requests."""
    return ServiceError("ValidationException", message)


def in_use(message: str) -> ServiceError:
    """Return the error for a name that exists already."""
    return ServiceError("ResourceInUse", message)


def as_json(error: ServiceError) -> Response:
    """Return an error as botocore's JSON parsers expect it."""
    answer = {"__type": error.code, "message": error.message, **error.members}
    if error.members:  # restJson error shapes spell the member with a capital
        answer["Message"] = error.message
    return Response(
        json.dumps(answer),
        status=error.status,
        content_type="application/x-amz-json-1.1",
        headers={"x-amzn-ErrorType": error.code},
    )


def as_query(error: ServiceError, request_id: str = "") -> Response:
    """Return an error as the query services (IAM, STS, CloudFormation) give it."""
    return Response(
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>",
        status=error.status,
        content_type="text/xml",
    )


def as_s3(error: ServiceError, request_id: str = "") -> Response:
    """Return an error as S3 gives it."""
    return Response(
        f"<Error><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message>"
        f"<RequestId>{request_id}</RequestId></Error>",
        status=error.status,
        content_type="application/xml",
    )


def as_cbor(error: ServiceError) -> Response:
    """Return an error as the services give it that speak CBOR alone.

    https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
    """
    members = {"__type": error.code, "message": error.message}
    words = [word.encode() for pair in members.items() for word in pair]
    # A map of two pairs; each text begins with 0x79 and its length in two bytes.
    body = b"".join(b"\x79" + len(word).to_bytes(2) + word for word in words)
    return Response(
        b"\xa2" + body, status=error.status, content_type="application/cbor"
    )
