"""Hyperparameters are taken, or refused in the words of the algorithm's container."""

import pytest

from localaws.algorithms.errors import UserError
from localaws.algorithms.hyperparameters import before, checked, within

ROUNDS = {"num_round": "10"}


def test_texts_become_values_and_aliases_their_names():
    given = {
        **ROUNDS,
        "learning_rate": "0.3",
        "max_depth": "5",
        "objective": "binary:logistic",
        "eval_metric": "auc,error@0.7",
        "tree_method": "hist",
        "monotone_constraints": "(1, -1)",
        "interaction_constraints": "[[1, 2], [3]]",
        "updater": "grow_quantile_histmaker,prune",
        "seed": "-5",
    }
    assert checked(given) == {
        "num_round": 10,
        "eta": 0.3,
        "max_depth": 5,
        "objective": "binary:logistic",
        "eval_metric": ["auc", "error@0.7"],
        "tree_method": "hist",
        "monotone_constraints": (1, -1),
        "interaction_constraints": [[1, 2], [3]],
        "updater": ["grow_quantile_histmaker", "prune"],
        "seed": -5,
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"num_round": None}, "Missing required hyperparameter: num_round"),
        ({"epochs": "3"}, "Extraneous hyperparameter found: epochs"),
        ({"sagemaker_program": ""}, "Extraneous .* found: sagemaker_program"),
        ({"num_round": "0"}, r"Hyperparameter num_round: 0 is not in \[1, \+inf\)"),
        ({"num_round": "ten"}, 'Hyperparameter num_round: could not parse value "ten"'),
        ({"max_depth": "2.5"}, 'could not parse value "2.5" as an integer'),
        ({"eta": "2"}, r"Hyperparameter eta: 2.0 is not in \[0, 1\]"),
        ({"eta": "nan"}, r"Hyperparameter eta: nan is not in \[0, 1\]"),
        ({"gamma": "inf"}, r"Hyperparameter gamma: inf is not in \[0, \+inf\)"),
        ({"subsample": "0"}, r"Hyperparameter subsample: 0.0 is not in \(0, 1\]"),
        (
            {"booster": "tree"},
            r"booster: tree is not in \['gbtree', 'gblinear', 'd",
        ),
        ({"objective": "mse"}, "objective: mse is not in .*'reg:squarederror'"),
        ({"csv_weights": "2"}, r"csv_weights: 2 is not in \[0, 1\]"),
        ({"objective": "multi:softmax"}, "Require input for parameter 'num_class'"),
        ({"eval_metric": "auc"}, "'auc' can only be applied for classification"),
        ({"eval_metric": "aft-nloglik"}, "only be applied for 'survival:aft'"),
        ({"eval_metric": "good"}, r"eval_metric: value \['good'\] not in range"),
        ({"eval_metric": "rmse@2"}, "'rmse@2' is not supported.*'error', 'ndcg'"),
        ({"eval_metric": "error@x"}, "'error@t' expects float input"),
        ({"monotone_constraints": "(1,)"}, "can be used only when the tree_method"),
        ({"monotone_constraints": "(2,)"}, r"value \(2,\) not in range \[-1, 0, 1\]"),
        ({"monotone_constraints": "(1"}, 'could not parse value "\\(1" as a list'),
        ({"interaction_constraints": "[[1]]"}, "either 'exact', 'hist' or 'approx'"),
        ({"interaction_constraints": "[1]"}, r"value \[1\] not in range"),
        ({"updater": "grow"}, r"updater: value \['grow'\] not in range"),
        ({"updater": "shotgun"}, "Tree updater should be selected from"),
        ({"updater": "distcol,grow_colmaker"}, "Only one tree grow plugin"),
        ({"updater": "prune", "booster": "gblinear"}, "Linear updater should be"),
        ({"updater": "sync", "process_type": "update"}, "'refresh' and 'prune'"),
        ({"_kfold": "5"}, "localaws does no cross-validation"),
        ({"use_dask_gpu_training": "true"}, "localaws does not train with Dask"),
        ({"_tuning_objective_metric": "rmse"}, "_tuning_objective_metric: rmse is not"),
    ],
)
def test_wrong_ones_are_refused_in_words(given, words):
    whole = {name: text for name, text in (ROUNDS | given).items() if text is not None}
    with pytest.raises(UserError, match=words):
        checked(whole)


def test_silent_is_of_old_versions():
    assert checked({**ROUNDS, "silent": "1"}, "1.0-1")["silent"] == 1
    for version in ("1.2-1", "3.0-5", ""):
        with pytest.raises(UserError, match="Extraneous hyperparameter found: silent"):
            checked({**ROUNDS, "silent": "1"}, version)


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        ("[0, 1]", (0, 0.5, 1), (-1, 1.1)),
        ("(0, 1)", (0.5,), (0, 1)),
        ("[1, +inf)", (1, 1e9), (0.5, float("inf"))),
    ],
)
def test_intervals_have_their_edges_or_not(interval, inside, outside):
    assert all(within(value, interval) for value in inside)
    assert not any(within(value, interval) for value in outside)


def test_versions_are_compared_as_numbers():
    assert before("0.90-2-cpu-py3", 1, 3) and before("1.2-2", 1, 3)
    assert not any(before(one, 1, 3) for one in ("1.3-1", "1.10-1", "", "latest"))
