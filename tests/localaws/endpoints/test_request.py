"""What a request to an endpoint brings, and what is refused before a model is asked."""

import io

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from localaws.api.errors import ServiceError
from localaws.api.registry import Call
from localaws.endpoints import request


def sent(body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    builder = EnvironBuilder(method="POST", data=body, headers=named)
    return Request(builder.get_environ())


def call(**members):
    return Call("InvokeEndpoint", members, "us-east-1", None, None)


def test_the_container_sees_its_headers_and_no_others():
    given = sent(
        Content_Type="text/csv",
        Accept="*/*",
        X_Amzn_SageMaker_Custom_Attributes="a=b",
        Authorization="AWS4-HMAC-SHA256 secret",
        X_Amz_Security_Token="secret",
    )
    assert request.headers_of(given) == {
        "Content-Type": "text/csv",
        "Accept": "*/*",
        "X-Amzn-Sagemaker-Custom-Attributes": "a=b",
    }


def test_a_header_that_http_cannot_hold_is_replaced():
    environ = EnvironBuilder(method="POST").get_environ()
    environ["HTTP_X_AMZN_SAGEMAKER_INFERENCE_ID"] = "\N{SNOWMAN}ü"
    found = request.headers_of(Request(environ))
    assert found["X-Amzn-Sagemaker-Inference-Id"] == "?ü"


@pytest.mark.parametrize("size", [0, 9, 10])
def test_a_body_up_to_the_limit_is_read(size):
    assert request.read_body(sent(bytes(size)), 10) == bytes(size)


def test_a_body_that_says_that_it_is_too_large_is_not_read():
    given = sent(bytes(11))
    with pytest.raises(ServiceError, match="exceeded 10 bytes") as caught:
        request.read_body(given, 10)
    assert caught.value.status == 413
    assert given.environ["wsgi.input"].tell() == 0


def test_a_body_in_chunks_that_is_too_large_is_refused():
    environ = EnvironBuilder(method="POST").get_environ()
    environ.pop("CONTENT_LENGTH", None)
    chunks = {"wsgi.input": io.BytesIO(bytes(11)), "wsgi.input_terminated": True}
    with pytest.raises(ServiceError, match="exceeded 10 bytes"):
        request.read_body(Request({**environ, **chunks}), 10)


@pytest.mark.parametrize(
    ("member", "words"),
    [
        ("TargetModel", "is not a multi-model endpoint"),
        ("InferenceComponentName", "has no inference components"),
        ("SessionId", "does not support sessions"),
        ("EnableExplanations", "has no ExplainerConfig"),
    ],
)
def test_what_no_endpoint_here_supports_is_refused_by_name(member, words):
    assert request.accepted(call(EndpointName="e", Accept="*/*")) == "e"
    with pytest.raises(ServiceError, match=f"Endpoint e {words}") as caught:
        request.accepted(call(EndpointName="e", **{member: "x"}))
    assert caught.value.code == "ValidationError"
