"""The model server on its own: a process, a folder, and HTTP on loopback."""

import http.client
import io
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from localaws.serving import exchange, script

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
ECHO = """
def model_fn(model_dir):
    return "model"

def input_fn(body, content_type):
    return [type(body).__name__, content_type]

def predict_fn(data, model):
    return [*data, model]

def output_fn(prediction, accept):
    return ",".join([*prediction, accept]), "text/plain"
"""


@pytest.fixture
def serve(tmp_path):
    """Return a function that serves a script and answers with a connection."""
    processes = []

    def start(script=None, framework="pytorch", **variables):
        if script is not None:
            (tmp_path / "code").mkdir(exist_ok=True)
            (tmp_path / "code" / "inference.py").write_text(textwrap.dedent(script))
        process = launch(tmp_path, framework, variables)
        processes.append(process)
        for line in process.stdout:
            if line.startswith(exchange.READY):
                port = int(line.removeprefix(exchange.READY))
                return http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        raise RuntimeError(process.stderr.read())

    yield start
    for process in processes:
        process.kill()
        process.communicate()


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


def test_the_named_program_is_served_and_must_exist(serve, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "other.py").write_text(ECHO.replace('"model"', '"other"'))
    server = serve(SAGEMAKER_PROGRAM="other.py")
    assert b"other" in ask(server, b"", JSON)[1]
    with pytest.raises(RuntimeError, match=r'"absent\.py", which is not in "code/"'):
        serve(SAGEMAKER_PROGRAM="absent.py")


def test_the_script_finds_its_neighbours_and_the_model_folder(serve, tmp_path):
    (tmp_path / "answer.txt").write_text("42")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "neighbour.py").write_text("FILE = 'answer.txt'")
    script = ECHO.replace('return "model"', "import neighbour; return open('F').read()")
    server = serve(script.replace("'F'", "neighbour.FILE"))
    assert b",42," in ask(server, b"", JSON)[1]


def test_an_exception_is_a_500_with_its_message_and_the_scripts_line(serve):
    script = ECHO.replace("return [*data, model]", "return data['pixels']")
    status, body, _ = ask(serve(script), b"[]", JSON)
    assert status == 500
    assert body.decode().startswith("list indices must be integers")
    assert "data['pixels']" in body.decode() and "localaws" not in body.decode()


def test_a_toolkit_error_chooses_its_own_status(serve):
    server = serve(
        ECHO
        + """
class BadRequest(Exception):
    status_code, message, phrase = 422, "three pixels are missing", "no"

def input_fn(body, content_type):
    raise BadRequest
"""
    )
    status, body, _ = ask(server, b"[]", JSON)
    assert status == 422
    assert body.startswith(b"three pixels are missing")


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


@pytest.mark.parametrize(("kind", "accept"), [("text/x", JSON), (JSON, "text/x")])
def test_the_defaults_refuse_types_that_they_do_not_know(serve, kind, accept):
    script = "def model_fn(d): return 0\ndef predict_fn(data, model): return data"
    status, body, _ = ask(serve(script), b"[1]", kind, accept)
    assert status == 500
    assert b'"text/x" is not supported' in body


def test_the_default_accept_comes_from_the_environment(serve):
    server = serve(ECHO, SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT=CSV)
    assert ask(server, b"", JSON, "*/*")[1].endswith(b"text/csv")
    assert ask(server, b"", JSON)[1].endswith(b"text/csv")


def test_functions_are_never_called_at_the_same_time(serve):
    script = ECHO.replace(
        "return [*data, model]",
        """
    import time
    global inside
    inside = globals().get("inside", 0) + 1
    time.sleep(0.01)
    seen, inside = inside, inside - 1
    return [str(seen)]""",
    )
    port = serve(script).port

    def one(_):
        return ask(http.client.HTTPConnection("127.0.0.1", port), b"", JSON)[1]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(24)))
    assert answers == [b"1,application/json"] * 24


def test_a_connection_stays_open_and_unknown_paths_are_404(serve):
    server = serve(ECHO)
    codes = []
    for method, path in [("GET", "/ping"), ("POST", "/nothing"), ("GET", "/ping")]:
        server.request(method, path, body=b"x" if method == "POST" else None)
        response = server.getresponse()
        response.read()
        codes.append((response.status, server.sock is not None))
    assert codes == [(200, True), (404, True), (200, True)]


def test_requirements_are_installed_only_where_they_are_not_satisfied(serve, tmp_path):
    file = tmp_path / "code" / "requirements.txt"
    file.parent.mkdir()
    file.write_text("# ours\nnumpy>=1.20\n\ntorch\n")
    assert script.satisfied(file.read_text())
    file.write_text("numpy>=1.20\n./absent-1.0-py3-none-any.whl\n")
    with pytest.raises(RuntimeError, match="pip could not install"):
        serve(ECHO)


def launch(folder, framework, variables):
    """Start the server by its path, as the fleet does, with a clean environment."""
    command = [sys.executable, "-P", exchange.SERVER, framework, str(folder)]
    kept = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
    return subprocess.Popen(
        command,
        env={**kept, "PYTHONPATH": "", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ask(server, body, content_type, accept=None, **headers):
    """Return status, body and headers of an invocation."""
    headers["Content-Type"] = content_type
    if accept:
        headers["Accept"] = accept
    server.request("POST", "/invocations", body, headers)
    response = server.getresponse()
    return response.status, response.read(), response.headers


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
