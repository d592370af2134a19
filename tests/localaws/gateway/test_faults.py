"""API Gateway's own answers have the form of AWS's, or that of the author."""

import json

import pytest

from localaws.gateway import faults
from localaws.gateway.faults import TYPES, Fault


@pytest.mark.parametrize(
    ("kind", "message", "body", "name"),
    [
        (
            *("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token"),
            {"message": "Missing Authentication Token"},
            "MissingAuthenticationTokenException",
        ),
        ("ACCESS_DENIED", "no", {"Message": "no"}, "AccessDeniedException"),
        (
            *("AUTHORIZER_FAILURE", None, {"message": None}),
            "AuthorizerConfigurationException",
        ),
        ("THROTTLED", "x", {"message": "x"}, "TooManyRequestsException"),
        ("INTEGRATION_TIMEOUT", "x", {"message": "x"}, "InternalServerErrorException"),
    ],
)
def test_the_default_is_aws(kind, message, body, name):
    response = faults.answer(Fault(kind, message), {}, {})
    assert json.loads(response.data) == body
    assert response.status_code == TYPES[kind]
    assert response.headers["x-amzn-ErrorType"] == name


def test_the_author_chooses_by_type_and_by_media():
    templates = {"a/b": "$context.error.responseType", "c/d": "$context.x"}
    said = {
        "DEFAULT_5XX": {"statusCode": "599"},
        "THROTTLED": {"responseTemplates": templates},
    }
    assert faults.answer(faults.internal(502), said, {}).status_code == 599
    fault = Fault("THROTTLED", "m")
    response = faults.answer(fault, said, {"x": "y"}, "c/d")
    assert (response.data, response.mimetype) == (b"y", "c/d")
    assert faults.answer(fault, said, {}, "e/f").data == b"THROTTLED"
