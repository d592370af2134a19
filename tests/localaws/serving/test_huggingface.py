"""Hugging Face archives are served with the defaults of their own container."""

import io
import json

import pytest
from PIL import Image
from served import CSV, JSON, ask

from localaws.serving import formats, huggingface

# Stands for the library: a pipeline that says what it is asked.
TRANSFORMERS = """
import os

def pipeline(task, model):
    def ask(inputs, **parameters):
        kind = type(inputs).__name__
        return [{"task": task, "model": os.path.basename(model), "kind": kind,
                 "inputs": str(inputs)[:20], "more": str(parameters)}]
    return ask
"""
MODEL = "def model_fn(model_dir): return 'model'\n"


@pytest.fixture
def pipeline(serve, tmp_path):
    """Return a function that serves a folder without a script, by a pipeline."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "transformers.py").write_text(TRANSFORMERS)

    def start(config=None, **variables):
        (tmp_path / "config.json").write_text(json.dumps(config or {}))
        place = {"PYTHONPATH": str(tmp_path / "library")}
        return serve(None, "huggingface", **{**place, **variables})

    return start


def test_without_a_script_a_pipeline_answers(pipeline):
    server = pipeline(HF_TASK="fill-mask")
    body = json.dumps({"inputs": "so", "parameters": {"top_k": 2}})
    status, answer, headers = ask(server, body, JSON, "*/*")
    assert (status, headers["Content-Type"]) == (200, JSON)
    [row] = json.loads(answer)
    assert row["task"] == "fill-mask" and row["inputs"] == "so"
    assert row["more"] == "{'top_k': 2}" and b", " not in answer.split(b"more")[0]


def test_a_csv_goes_in_and_out_with_a_header(pipeline):
    server = pipeline(HF_TASK="fill-mask")
    status, answer, _ = ask(server, "inputs\na\nb\n", CSV, CSV)
    head, row = answer.decode().splitlines()
    assert (status, head) == (200, "task,model,kind,inputs,more")
    assert "\"['a', 'b']\"" in row
    status, answer, _ = ask(server, "1,2\n", CSV)
    assert status == 400 and "CSV with Header" in json.loads(answer)["message"]


def test_the_task_is_inferred_from_the_architecture_or_missed_in_words(pipeline):
    server = pipeline({"architectures": ["BertForTokenClassification"]})
    assert b"token-classification" in ask(server, b'{"inputs": "x"}', JSON)[1]
    with pytest.raises(RuntimeError, match="name it in the variable HF_TASK"):
        pipeline({})


def test_a_missing_library_is_named(serve, tmp_path):
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "transformers.py").write_text("raise ImportError('gone')")
    place = {"PYTHONPATH": str(tmp_path / "library")}
    with pytest.raises(RuntimeError, match='"transformers" for fill-mask'):
        serve(None, "huggingface", HF_TASK="fill-mask", **place)


def test_own_functions_get_the_parsed_request_and_the_context_last(serve):
    server = serve(
        MODEL
        + """
def predict_fn(data, model, context):
    return [data.pop("inputs", data), model, type(context).__name__]
""",
        "huggingface",
    )
    status, answer, _ = ask(server, b'{"inputs": {"a": 1}}', JSON)
    assert (status, json.loads(answer)) == (200, [{"a": 1}, "model", "Context"])


def test_the_type_is_what_was_accepted_even_of_a_pair(serve):
    script = MODEL + "def transform_fn(m, b, c, accept): return b, 'text/x'\n"
    status, answer, headers = ask(serve(script, "huggingface"), b"{}", JSON)
    assert (status, json.loads(answer)) == (200, ["{}", "text/x"])
    assert headers["Content-Type"] == JSON


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b'{"inputs": 1}', JSON, "no such word"),
        (b"{", JSON, "Expecting property name"),
        (b"x", "text/x", '"text/x" is not supported'),
    ],
)
def test_every_error_is_a_400_with_its_message(serve, body, kind, words):
    script = MODEL + "def predict_fn(data, model): raise KeyError('no such word')\n"
    status, answer, headers = ask(serve(script, "huggingface"), body, kind)
    told = json.loads(answer)
    assert (status, told["code"], headers["Content-Type"]) == (400, 400, JSON)
    assert told["type"] == "InternalServerException" and words in told["message"]


def test_images_and_sounds_are_inputs():
    buffer = io.BytesIO()
    Image.new("RGBA", (3, 2)).save(buffer, "PNG")
    found = huggingface.decode(buffer.getvalue(), "image/png")["inputs"]
    assert (found.mode, found.size) == ("RGB", (3, 2))
    assert huggingface.decode(b"RIFF", "audio/wave") == {"inputs": b"RIFF"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inputs\na\n", ["a"]),
        ("question,context\nwho,x\n", [{"question": "who", "context": "x"}]),
    ],
)
def test_rows_are_inputs_or_hold_them(text, expected):
    assert huggingface.decode(text, CSV) == {"inputs": expected}


def test_json_is_compact_and_has_no_nan():
    assert huggingface.encode([{"é": 1.5}], JSON).decode() == '[{"é":1.5}]'
    with pytest.raises(ValueError, match="not JSON compliant"):
        huggingface.encode(float("nan"), JSON)
    with pytest.raises(formats.UnsupportedFormat):
        huggingface.encode([], "text/x")


def test_a_script_may_import_the_toolkit(serve):
    server = serve(
        MODEL
        + """
from sagemaker_huggingface_inference_toolkit import content_types, decoder_encoder

def input_fn(body, content_type):
    return decoder_encoder.decode(body, content_type)["inputs"]

def predict_fn(data, model):
    return [data]

def output_fn(prediction, accept):
    return decoder_encoder.encode(prediction, content_types.JSON)
""",
        "huggingface",
    )
    assert ask(server, b'{"inputs": "x"}', JSON)[1] == b'["x"]'
