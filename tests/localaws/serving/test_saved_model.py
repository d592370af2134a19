"""A SavedModel answers as TensorFlow Serving's REST API is documented to."""

import base64
import json

import numpy as np
import pytest

from localaws.serving import saved_model
from localaws.serving.saved_model import BadRequest, SavedModel

tf = pytest.importorskip("tensorflow")

TWICE = [tf.TensorSpec([None, 2], tf.float32, name="x")]
SUM = [
    tf.TensorSpec([None], tf.float32, name="a"),
    tf.TensorSpec([None], tf.int32, name="b"),
]
LENGTH = [tf.TensorSpec([None], tf.string, name="text")]


class Module(tf.Module):
    @tf.function(input_signature=TWICE)
    def twice(self, x):
        return {"y": 2 * x}

    @tf.function(input_signature=SUM)
    def sum(self, a, b):
        total = a + tf.cast(b, tf.float32)
        return {"total": total, "words": tf.strings.as_string(b)}

    @tf.function(input_signature=LENGTH)
    def length(self, text):
        return {"length": tf.strings.length(text)}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "7"
    module = Module()
    names = {"serving_default": module.twice, "sum": module.sum, "len": module.length}
    tf.saved_model.save(module, str(folder), signatures=names)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OMP_NUM_THREADS", raising=False)  # TensorFlow has begun already
        return SavedModel(folder)


def ask(model, **request):
    return model.predict(json.dumps(request).encode())


def test_rows_and_columns_give_what_the_function_computes(model):
    x = np.array([[0.5, 1], [-2, 3]], np.float32)
    assert ask(model, instances=x.tolist()) == {"predictions": (2 * x).tolist()}
    assert ask(model, inputs=x.tolist()) == {"outputs": (2 * x).tolist()}
    assert ask(model, inputs={"x": x.tolist()}) == {"outputs": (2 * x).tolist()}
    assert model.version == "7"


def test_several_inputs_and_outputs_are_named_in_both_forms(model):
    rows = [{"a": 0.5, "b": 1}, {"a": 1.0, "b": 2}]
    found = ask(model, signature_name="sum", instances=rows)
    assert found["predictions"] == [
        {"total": 1.5, "words": "1"},
        {"total": 3.0, "words": "2"},
    ]
    columns = {"a": [0.5, 1.0], "b": [1, 2]}
    found = ask(model, signature_name="sum", inputs=columns)
    assert found["outputs"] == {"total": [1.5, 3.0], "words": ["1", "2"]}


def test_bytes_come_as_base64(model):
    text = base64.b64encode(b"\xff\x00\xfe").decode()
    found = ask(model, signature_name="len", instances=[{"b64": text}, "ab"])
    assert found == {"predictions": [3, 2]}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (b"{", "JSON Parse error"),
        (b"[1]", "either 'instances' or 'inputs'"),
        (b'{"instances": [], "inputs": []}', "either 'instances' or 'inputs'"),
        (b'{"instances": []}', "at least one element"),
        (b'{"instances": 5}', "must be a list"),
        (b'{"instances": [["a", "b"]]}', 'The input "x" must be float32'),
        (b'{"instances": [[1, 2, 3]]}', "has shape .1, 3., and the model expects"),
        (b'{"instances": [[1, 2], [3]]}', 'The input "x" must be float32'),
        (b'{"instances": [{"z": 1}]}', r"named \['z'\], expected \['x'\]"),
        (b'{"signature_name": "no", "inputs": 1}', 'The signature "no" is unknown'),
        (b'{"signature_name": "sum", "inputs": 1}', "several inputs: name them"),
        (
            b'{"signature_name": "sum", "inputs": {"a": [1.0, 2.0], "b": [1, 2, 3]}}',
            r"^Incompatible shapes: \[\d\] vs\. \[\d\]$",
        ),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(model, request_, words):
    with pytest.raises(BadRequest, match=words):
        model.predict(request_)


def test_the_newest_version_of_each_model_is_found(tmp_path):
    for place in ("9", "10", "net/1", "net/02", "deep/er/3", "net/latest", "x"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "saved_model.pb").touch()
    found = {
        name: str(path.relative_to(tmp_path))
        for name, path in saved_model.find(tmp_path)
    }
    assert found == {"model": "10", "net": "net/02", "er": "deep/er/3"}
    assert saved_model.find(tmp_path / "10") == []
