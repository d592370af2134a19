"""XGBoost archives: the algorithm's server, or a script with the defaults."""

import json
import pickle

import numpy as np
import pytest
import xgboost
from boosted import csv, libsvm, table
from served import CSV, JSON, ask

LINES, LIBSVM = "application/jsonlines", "text/libsvm"
X, Y = table(20)
SCRIPT = """
import os, xgboost

def model_fn(model_dir):
    model = xgboost.Booster()
    model.load_model(os.path.join(model_dir, "xgboost-model"))
    return model
"""


@pytest.fixture
def booster(tmp_path):
    """Return a function that trains and writes the model; what it predicts."""

    def train(pickled=False, name="xgboost-model", rounds=3, **values):
        model = xgboost.train(values, xgboost.DMatrix(X, label=Y), rounds)
        content = pickle.dumps(model) if pickled else model.save_raw("ubj")
        (tmp_path / name).write_bytes(content)
        return model.predict(xgboost.DMatrix(X))

    return train


def numbers(text):
    return np.array([float(word) for word in text.split(",")])


@pytest.mark.parametrize("pickled", [False, True])
@pytest.mark.parametrize(("kind", "write"), [(CSV, csv), (LIBSVM, libsvm)])
def test_a_model_without_a_script_answers_as_the_algorithm(
    serve, booster, pickled, kind, write
):
    expected, server = booster(pickled), serve(framework="xgboost")
    body = write(X).encode()
    status, answer, headers = ask(server, body, kind)
    assert status == 200 and headers["Content-Type"] == "text/csv; charset=utf-8"
    assert np.abs(numbers(answer.decode()) - expected).max() < 1e-6
    status, answer, headers = ask(server, body, kind, JSON)
    scores = [row["score"] for row in json.loads(answer)["predictions"]]
    assert headers["Content-Type"] == JSON and np.abs(scores - expected).max() < 1e-6
    status, answer, headers = ask(server, body, kind, LINES)
    scores = [json.loads(line)["score"] for line in answer.decode().splitlines()]
    assert headers["Content-Type"] == LINES and np.abs(scores - expected).max() < 1e-6


def test_requests_that_fail_have_a_status_and_words(serve, booster):
    booster()
    server = serve(framework="xgboost")
    assert ask(server, b"", CSV)[:2] == (204, b"")
    status, said, _ = ask(server, b"1,x", CSV)
    assert status == 415 and b"please ensure data is in csv format" in said
    status, said, _ = ask(server, b"{}", JSON)
    assert status == 415 and b"is not an accepted ContentType: csv" in said
    status, said, _ = ask(server, b"1,2,3,4,5,6", CSV)
    assert status == 400 and said.startswith(b"Unable to evaluate payload provided:")
    assert b"Number of columns does not match" in said and b"[bt]" not in said
    status, said, _ = ask(server, b"1,2,3,4", CSV, "image/png")
    assert status == 406 and b"Accept type image/png is not supported" in said


def test_classes_have_a_list_of_scores(serve, booster, tmp_path):
    labels = (Y > 0).astype(int) + (Y > 1)
    data = xgboost.DMatrix(X, label=labels)
    model = xgboost.train({"objective": "multi:softprob", "num_class": 3}, data, 2)
    (tmp_path / "xgboost-model").write_bytes(model.save_raw("ubj"))
    server = serve(framework="xgboost")
    status, answer, _ = ask(server, csv(X[:2]).encode(), CSV)
    expected = model.predict(xgboost.DMatrix(X[:2])).tolist()
    assert status == 200 and json.loads(f"[{answer.decode()}]") == expected


def test_in_a_transform_job_each_prediction_is_a_line(serve, booster):
    expected = booster()
    server = serve(framework="xgboost", SAGEMAKER_BATCH="true")
    _, answer, _ = ask(server, csv(X).encode(), CSV)
    assert answer.endswith(b"\n") and len(answer.splitlines()) == len(X)
    assert np.abs(np.array(answer.split(), float) - expected).max() < 1e-6


def test_chosen_keys_stand_beside_each_other(serve, booster, tmp_path):
    data = xgboost.DMatrix(X, label=Y > 0)
    model = xgboost.train({"objective": "binary:logistic"}, data, 2)
    (tmp_path / "xgboost-model").write_bytes(model.save_raw("ubj"))
    keys = "predicted_label,probabilities"
    server = serve(framework="xgboost", SAGEMAKER_INFERENCE_OUTPUT=keys)
    score = float(model.predict(xgboost.DMatrix(X[:1]))[0])
    _, answer, _ = ask(server, csv(X[:1]).encode(), CSV)
    pair = [1.0 - score, score]
    assert answer.decode() == f'{int(score > 0.5)},"{pair}"'
    _, answer, _ = ask(server, csv(X[:1]).encode(), CSV, JSON)
    [row] = json.loads(answer)["predictions"]
    assert row == {"predicted_label": int(score > 0.5), "probabilities": pair}


def test_several_models_answer_with_their_mean(serve, booster):
    first, second = booster(name="xgboost-model-0"), booster(name="m-1", rounds=9)
    server = serve(framework="xgboost")
    _, answer, _ = ask(server, csv(X).encode(), CSV)
    assert np.abs(numbers(answer.decode()) - (first + second) / 2).max() < 1e-6


@pytest.mark.parametrize("content", [None, b"no model"])
def test_an_archive_without_a_model_is_not_served(serve, tmp_path, content):
    if content:
        (tmp_path / "xgboost-model").write_bytes(content)
    words = "cannot be loaded" if content else "has no file at its root"
    with pytest.raises(RuntimeError, match=words):
        serve(framework="xgboost")


def test_a_script_has_the_defaults_of_the_container(serve, booster):
    expected, server = booster(), serve(SCRIPT, "xgboost")
    _, answer, _ = ask(server, csv(X).encode(), CSV, CSV)
    assert np.abs(np.array(answer.split(), float) - expected).max() < 1e-6
    _, answer, _ = ask(server, libsvm(X).encode(), LIBSVM, JSON)
    assert np.abs(np.array(json.loads(answer)) - expected).max() < 1e-6
    status, said, _ = ask(server, b"{}", JSON)
    assert status == 415 and b"is not an accepted ContentType" in said


def test_a_script_must_say_how_its_model_is_loaded(serve, booster):
    booster()
    with pytest.raises(RuntimeError, match="Please provide a model_fn implementation"):
        serve("def output_fn(prediction, accept): return 'x'", "xgboost")


def test_a_script_finds_the_encoders_of_the_container(serve, booster):
    expected = booster()
    script = """
from sagemaker_xgboost_container import encoder

def input_fn(body, content_type):
    return encoder.libsvm_to_dmatrix(body)

def output_fn(prediction, accept):
    rows = {"predictions": prediction.tolist()}
    return encoder.json_to_jsonlines(rows), "application/jsonlines"
"""
    server = serve(SCRIPT + script, "xgboost")
    _, answer, _ = ask(server, libsvm(X).encode(), LIBSVM)
    assert np.abs(np.array(answer.split(), float) - expected).max() < 1e-6
