"""What the algorithm measures beside XGBoost, and how its lines are read."""

import numpy as np
import pytest
import xgboost
from sklearn import metrics as oracle

from localaws.algorithms import metrics
from localaws.training.patterns import Pattern

LABELS = np.array([0, 1, 1, 0, 1, 0])
SCORES = np.array([0.1, 0.9, 0.4, 0.6, 0.7, 0.2])


def measured(predictions, objective, *names, labels=LABELS):
    data = xgboost.DMatrix(np.zeros((len(labels), 1)), label=labels)
    return dict(metrics.measure(list(names), objective)(predictions, data))


def test_the_metrics_of_two_classes_are_those_of_scikit_learn():
    found = measured(SCORES, "binary:logistic", *metrics.OWN)
    said = (SCORES > 0.5).astype(int)
    assert found["accuracy"] == oracle.accuracy_score(LABELS, said)
    assert found["f1"] == found["f1_macro"]
    assert found["f1"] == oracle.f1_score(LABELS, said, average="macro")
    assert found["precision"] == oracle.precision_score(LABELS, said)
    assert found["recall_micro"] == oracle.recall_score(LABELS, said, average="micro")
    assert found["mse"] == pytest.approx(((LABELS - SCORES) ** 2).mean())
    assert found["r2"] == pytest.approx(oracle.r2_score(LABELS, SCORES))


def test_classes_are_read_from_what_an_objective_predicts():
    wide = np.array([[0.2, 0.8], [0.7, 0.3]])
    assert metrics.classes(wide, "multi:softprob").tolist() == [1, 0]
    assert metrics.classes(np.array([2.0, 0.0]), "multi:softmax").tolist() == [2, 0]
    raw = np.array([0.3, -0.2])
    assert metrics.classes(raw, "binary:logitraw").tolist() == [1, 0]
    assert metrics.classes(raw, "binary:logistic").tolist() == [0, 0]


def test_each_definition_finds_its_metric_and_no_other():
    rows = metrics.definitions()
    names = [row["Name"] for row in rows]
    assert len(names) == len(set(names)) and "validation:rmse" in names
    line = "[12]#011train-rmse:0.5#011train-rmsle:2#011validation-rmse:1.5e-3"
    found = {
        row["Name"]: text for row in rows for text in Pattern(row["Regex"]).found(line)
    }
    assert found == {
        "train:rmse": "0.5",
        "train:rmsle": "2",
        "validation:rmse": "1.5e-3",
    }
