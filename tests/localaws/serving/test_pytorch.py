"""PyTorch archives are served as the toolkit of its container does."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from served import CSV, ECHO, JSON, NPY, ask


def test_the_four_functions_are_called_with_what_aws_gives_them(serve):
    server = serve(ECHO)
    assert ask(server, b"[]", JSON)[1] == b"str,application/json,model,application/json"
    image = ask(server, b"\xff", "image/png", "text/plain")
    assert image[1] == b"bytes,image/png,model,text/plain"
    assert image[2]["Content-Type"] == "text/plain"


def test_transform_fn_sees_request_headers_and_sets_its_own(serve):
    server = serve("""
        NAME = "X-Amzn-SageMaker-Custom-Attributes"

        def model_fn(model_dir, context):
            return context.system_properties["model_dir"]

        def transform_fn(model, body, content_type, accept, context):
            sent = context.get_request_header(0, NAME)
            context.set_response_header(0, NAME, sent.upper())
            context.set_response_content_type(0, "text/x-own")
            return model
        """)
    attributes = {"X-Amzn-SageMaker-Custom-Attributes": "trace=1"}
    status, body, headers = ask(server, b"", JSON, **attributes)
    assert (status, headers["Content-Type"]) == (200, "text/x-own")
    assert headers["X-Amzn-SageMaker-Custom-Attributes"] == "TRACE=1"
    assert Path(body.decode(), "code", "inference.py").exists()


@pytest.mark.filterwarnings("ignore:`torch.jit")
@pytest.mark.parametrize("kind", [JSON, CSV, NPY])
def test_without_a_script_torchscript_is_served_with_the_defaults(
    serve, tmp_path, kind
):
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2).eval()
    x = torch.rand(5, 3)
    torch.jit.trace(model, x).save(str(tmp_path / "model.pth"))
    status, body, headers = ask(serve(), encode(x.numpy(), kind), kind, kind)
    assert (status, headers["Content-Type"]) == (200, kind)
    expected = model(x).detach().numpy()
    assert decode(body, kind).shape == (5, 2)
    assert np.array_equal(decode(body, kind).astype(np.float32), expected)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "Exactly one .pth or .pt file"),
        ("raise RuntimeError('no such GPU')", "no such GPU"),
        ("def model_fn(): pass", "model_fn takes 0 arguments but 1 were given"),
        (ECHO + "def transform_fn(m, b, c, a): pass", "in conjunction with"),
    ],
)
def test_a_model_that_cannot_load_ends_the_server_with_the_reason(
    serve, script, message
):
    with pytest.raises(RuntimeError, match=f"Could not load the model.*{message}"):
        serve(script)


def test_a_script_may_import_the_toolkit(serve):
    server = serve("""
        from sagemaker_inference import content_types, decoder, encoder, errors

        def model_fn(model_dir):
            return 2

        def transform_fn(model, body, content_type, accept):
            if content_type != content_types.CSV:
                raise errors.UnsupportedFormatError(content_type)
            return encoder.encode(decoder.decode(body, content_type) * model, accept)
        """)
    status, body, _ = ask(server, b"1,2", CSV, JSON)
    assert (status, json.loads(body)) == (200, [2.0, 4.0])
    status, body, _ = ask(server, b"", NPY)
    assert (status, b"application/x-npy is not supported" in body) == (415, True)


def test_the_default_accept_comes_from_the_environment(serve):
    server = serve(ECHO, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT=CSV)
    assert ask(server, b"", JSON, "*/*")[1].endswith(b"text/csv")
    assert ask(server, b"", JSON)[1].endswith(b"text/csv")


def encode(x, kind):
    """Return an array as a request's body."""
    if kind == JSON:
        return json.dumps(x.tolist()).encode()
    buffer = io.BytesIO()
    save = np.save if kind == NPY else np.savetxt
    save(buffer, x, **({} if kind == NPY else {"delimiter": ","}))
    return buffer.getvalue()


def decode(body, kind):
    """Return the array in a response's body."""
    if kind == JSON:
        return np.array(json.loads(body))
    if kind == NPY:
        return np.load(io.BytesIO(body), allow_pickle=False)
    return np.loadtxt(io.BytesIO(body), delimiter=",")
