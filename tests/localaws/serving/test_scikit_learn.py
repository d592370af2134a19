"""scikit-learn archives are served with the defaults of their own container."""

import io
import json
import pickle

import numpy as np
import pytest
from served import CSV, JSON, NPY, ask
from sklearn.linear_model import LogisticRegression

SCRIPT = """
import os, pickle

def model_fn(model_dir):
    with open(os.path.join(model_dir, "model.pkl"), "rb") as file:
        return pickle.load(file)
"""
ROWS = np.array([[0.0, 0.0], [3.0, 3.0]])


@pytest.fixture
def learned(serve, tmp_path):
    """Return a function that serves a trained classifier and a script."""
    x, y = np.array([[0.0, 0], [1, 1], [2, 2], [3, 3]]), [0, 0, 1, 1]
    model = LogisticRegression().fit(x, y)
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    return lambda script="", **env: serve(SCRIPT + script, "scikit-learn", **env)


def npy(rows):
    buffer = io.BytesIO()
    np.save(buffer, rows)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("body", "kind", "accept", "expected"),
    [
        (b"0,0\n3,3\n", CSV, CSV, b"0\n1\n"),
        (b"[[0, 0], [3, 3]]", JSON, JSON, b"[0, 1]"),
        (b"[[0, 0], [3, 3]]", JSON, "*/*", b"[0, 1]"),
        (npy(ROWS), NPY, JSON, b"[0, 1]"),
        (npy(ROWS), NPY, NPY, npy(np.array([0, 1]))),
    ],
)
def test_a_model_fn_alone_predicts_in_every_format(
    learned, body, kind, accept, expected
):
    status, answer, headers = ask(learned(), body, kind, accept)
    assert (status, answer) == (200, expected)
    assert headers["Content-Type"] == (JSON if accept == "*/*" else accept)


def test_text_becomes_float32_and_no_content_type_is_json(learned):
    server = learned("""
def predict_fn(data, model):
    return data

def output_fn(prediction, accept):
    return str(prediction.dtype), "text/plain"
""")
    assert ask(server, b"[[1, 2]]", JSON)[1] == b"float32"
    assert ask(server, npy(ROWS), NPY)[1] == b"float64"
    server.request("POST", "/invocations", b"[[1, 2]]")
    assert server.getresponse().read() == b"float32"


@pytest.mark.parametrize(
    ("kind", "accept", "status"), [("image/png", JSON, 415), (JSON, "image/png", 406)]
)
def test_a_format_that_is_not_known_is_named(learned, kind, accept, status):
    found, body, _ = ask(learned(), b"[[0, 0]]", kind, accept)
    assert found == status and b'"image/png" is not supported' in body


def test_the_model_fn_has_no_default(serve):
    with pytest.raises(RuntimeError, match="Please provide a model_fn implementation"):
        serve("def predict_fn(data, model): return data", "scikit-learn")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("json.dumps([1]), accept", (200, b"[1]", JSON)),
        ("'text'", (200, b"text", "text/html; charset=utf-8")),
        ("{'a': 1}", (200, b'{"a": 1}', JSON)),
        ("worker.Response('x', mimetype=accept, status=201)", (201, b"x", JSON)),
        ("worker.Response(encoders.encode([1], CSV), CSV)", (200, b"1\n", CSV)),
    ],
)
def test_a_function_answers_as_in_the_examples_of_the_container(
    learned, answer, expected
):
    server = learned(f"""
import json
from sagemaker_containers.beta.framework import (
    content_types, encoders, env, modules, transformer, worker)
CSV = content_types.CSV

def output_fn(prediction, accept):
    return {answer}
""")
    status, body, headers = ask(server, b"[[0, 0]]", JSON)
    assert (status, body, headers["Content-Type"]) == expected


def test_an_answer_that_cannot_be_sent_says_what_to_return(learned):
    server = learned("def output_fn(prediction, accept): return prediction")
    status, body, _ = ask(server, b"[[0, 0]]", JSON)
    assert status == 500 and b"returned ndarray: return text or bytes" in body


def test_a_transform_fn_stands_for_all_three(learned):
    server = learned("""
def transform_fn(model, body, content_type, accept):
    return type(body).__name__ + str(model.predict([[3, 3]])), content_type
""")
    assert ask(server, b"x", CSV)[1] == b"str[1]"
    assert json.loads(ask(learned(), b"[[3, 3]]", JSON)[1]) == [1]
