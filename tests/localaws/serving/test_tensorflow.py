"""TensorFlow archives are served as TensorFlow Serving and its container do."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap

import numpy as np
import pytest

from localaws.serving import exchange
from localaws.serving import tensorflow as serving_tensorflow

tf = pytest.importorskip("tensorflow")


@pytest.fixture(scope="module")
def model():
    """A small Keras network: 3 numbers in, 2 out."""
    tf.keras.utils.set_random_seed(0)
    layers = [tf.keras.layers.Dense(4, "relu"), tf.keras.layers.Dense(2)]
    return tf.keras.Sequential([tf.keras.Input((3,)), *layers])


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    """A model folder with two versions; the newer one is the model."""
    folder = tmp_path_factory.mktemp("tf")
    model.export(folder / "net" / "10", verbose=False)
    (folder / "net" / "9").mkdir()
    (folder / "net" / "9" / "saved_model.pb").write_bytes(b"an old one, never read")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """The folder served without a script."""
    with Served(folder) as served:
        yield served


@pytest.fixture(scope="module")
def expected(model):
    return model(X).numpy()


X = np.array([[0.5, 1, -2], [3, 0.25, 0]], np.float32)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps({"instances": X.tolist()}), "application/json"),
        (json.dumps(X.tolist()), "application/json; charset=utf-8"),
        ("\n".join(json.dumps(row) for row in X.tolist()), "application/jsonlines"),
        ("0.5,1,-2\n3,0.25,0\n", "text/csv"),
    ],
)
def test_every_form_of_request_gets_the_models_own_numbers(
    server, expected, body, kind
):
    status, answer = server.ask(body, kind)
    assert status == 200
    found = np.array(json.loads(answer)["predictions"], np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_inputs_by_column_get_outputs(server, expected):
    status, answer = server.ask(json.dumps({"inputs": X.tolist()}), "application/json")
    assert status == 200
    found = np.array(json.loads(answer)["outputs"], np.float32)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        ("x", "image/png", 415, "Unsupported Media Type: image/png"),
        ("{", "application/json", 400, "JSON Parse error"),
        ('{"instances": []}', "application/json", 400, "at least one element"),
        ('{"instances": [[1, 2]]}', "application/json", 400, "shape (1, 2)"),
        ('[["a", 1, 2]]', "application/json", 400, "must be float32"),
        ('{"instances": [{"wrong": [1, 2, 3]}]}', "application/json", 400, "wrong"),
        ('{"inputs": [[1]], "signature_name": "x"}', "application/json", 400, '"x"'),
    ],
)
def test_a_bad_request_says_what_is_wrong(server, body, kind, status, words):
    found, answer = server.ask(body, kind)
    assert found == status
    assert words in json.loads(answer)["error"]


def test_input_and_output_handler_stand_around_the_model(folder, expected):
    script = """
        import json

        def input_handler(data, context):
            assert (context.model_name, context.model_version) == ("net", "10")
            rows = data.read().decode().split(";")
            rows = [[float(x) for x in row.split()] for row in rows]
            return json.dumps({"instances": rows})

        def output_handler(response, context):
            if response.status_code != 200:
                raise ValueError(response.content.decode())
            rows = response.json()["predictions"]
            return str(max(map(max, rows))), "text/" + context.request_content_type
        """
    with Served(folder, script) as served:
        status, answer = served.ask("0.5 1 -2;3 0.25 0", "own")
        assert (status, served.kind) == (200, "text/own")
        assert float(answer) == pytest.approx(expected.max(), rel=1e-6)
        assert served.ask("1", "own")[0] == 500


def test_a_handler_reaches_the_rest_api_itself(folder, expected):
    script = """
        import urllib.request

        def handler(data, context):
            request = urllib.request.Request(context.rest_uri, data.read())
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.read(), context.accept_header
        """
    with Served(folder, script) as served:
        body = json.dumps({"instances": X.tolist()})
        found = json.loads(served.ask(body, "application/json")[1])["predictions"]
        np.testing.assert_allclose(found, expected, rtol=1e-6)


LIBRARY = """
import extra

def handler(data, context):
    kinds = context.request_content_type, context.accept_header
    return " ".join([extra.WORD, *kinds]), "text/plain"
"""


def test_code_lib_stands_for_the_requirements_and_json_is_the_default(folder):
    (folder / "code" / "lib").mkdir(parents=True, exist_ok=True)
    (folder / "code" / "lib" / "extra.py").write_text("WORD = 'found'")
    (folder / "code" / "requirements.txt").write_text("no-such-zzz==9\n")
    try:
        with Served(folder, LIBRARY) as served:
            answer = served.ask("x", None)
    finally:
        shutil.rmtree(folder / "code")
    assert answer == (200, b"found application/json application/json")


def test_an_error_of_a_handler_is_told_in_its_words(folder):
    script = "def handler(data, context): raise KeyError('no such word')"
    with Served(folder, script) as served:
        status, body = served.ask("x", "text/x")
    assert (status, json.loads(body)) == (500, {"error": "'no such word'"})


@pytest.mark.parametrize("names", ["input_handler", "handler input_handler", ""])
def test_a_script_must_define_one_way_to_serve(names):
    script = type(sys)("inference")
    for name in names.split():
        setattr(script, name, print)
    with pytest.raises(ValueError, match="either handler, or input_handler and"):
        serving_tensorflow.checked(script)


def test_a_folder_without_a_saved_model_ends_the_server_with_the_reason(tmp_path):
    with pytest.raises(RuntimeError, match="No SavedModel bundle"):
        Served(tmp_path).__enter__()


class Served:
    """A model server over a folder, with a script while it is needed."""

    def __init__(self, folder, script=None):
        self.folder, self.script = folder, script

    def __enter__(self):
        code = self.folder / "code" / "inference.py"
        if self.script:
            code.parent.mkdir(exist_ok=True)
            code.write_text(textwrap.dedent(self.script))
        command = [sys.executable, "-P", exchange.SERVER, "tensorflow", self.folder]
        kept = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
        self.process = subprocess.Popen(
            command,
            env={**kept, "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in self.process.stdout:
            if line.startswith(exchange.READY):
                port = int(line.removeprefix(exchange.READY))
                self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                code.unlink(missing_ok=True)
                return self
        raise RuntimeError(self.process.communicate()[1])

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, body, kind):
        """Return status and body; `kind` is the answer's content type."""
        headers = {"Content-Type": kind} if kind else {}
        self.http.request("POST", "/invocations", body, headers)
        response = self.http.getresponse()
        self.kind = response.headers["Content-Type"]
        return response.status, response.read()
