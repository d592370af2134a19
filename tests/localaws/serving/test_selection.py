"""SAGEMAKER_INFERENCE_OUTPUT: what a model says beside its score."""

import numpy as np
import pytest

from localaws.serving.selection import chosen, selected

ALL = ["predicted_label", "labels", "probability", "probabilities", "raw_scores"]


def config(objective, classes=0):
    return {
        "objective": {"name": objective},
        "learner_model_param": {"num_class": str(classes)},
    }


def test_keys_are_read_from_the_environment(monkeypatch):
    assert chosen() == []
    monkeypatch.setenv("SAGEMAKER_INFERENCE_OUTPUT", "Predicted_label, probability")
    assert chosen() == ["predicted_label", "probability"]


def test_two_classes():
    [low, high] = selected(np.array([0.25, 0.75]), ALL, config("binary:logistic"))
    assert high == {
        "predicted_label": 1,
        "labels": [0, 1],
        "probability": 0.75,
        "probabilities": [0.25, 0.75],
        "raw_scores": [0.25, 0.75],
    }
    assert low["predicted_label"] == 0


def test_several_classes():
    found = np.array([[0.25, 0.5, 0.25]])
    [row] = selected(found, ALL, config("multi:softprob", 3))
    assert row["predicted_label"] == 1 and row["labels"] == [0, 1, 2]
    assert row["probability"] == 0.5 and row["probabilities"] == [0.25, 0.5, 0.25]


def test_what_an_objective_lacks_is_nan():
    keys = ["predicted_score", "probability"]
    [row] = selected(np.array([2.5]), keys, config("reg:squarederror"))
    assert row["predicted_score"] == 2.5 and np.isnan(row["probability"])
    [raw] = selected(np.array([0.2]), ["predicted_label"], config("binary:logitraw"))
    assert raw == {"predicted_label": 1}


def test_other_objectives_are_refused():
    with pytest.raises(ValueError, match="Objective `count:poisson` unsupported"):
        selected(np.array([1.0]), ["labels"], config("count:poisson"))
