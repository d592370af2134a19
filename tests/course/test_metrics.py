"""The metrics against scikit-learn, SciPy, PyTorch, finite differences, known odds."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import metrics as theirs
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

from course import metrics, nn

EXACT = {"rtol": 1e-12, "atol": 1e-12}
RNG = np.random.default_rng(0)
Y, GUESS = RNG.integers(5, size=(2, 300))
GUESS[:150] = Y[:150]
POSITIVE = RNG.random(300) < 0.2
SCORE = np.round(RNG.random(300) + 0.3 * POSITIVE, 2)  # rounded: many ties
LOGITS = RNG.normal(size=(300, 5)) + 2 * np.eye(5)[Y]


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_a_rate_of_every_class_equals_scikit_learn(name):
    oracle = getattr(theirs, f"{name}_score")
    guess = np.where(GUESS == 3, 2, GUESS)  # nobody answers 3: 0, by convention
    table = metrics.confusion_matrix(Y, guess, 5)
    np.testing.assert_array_equal(table, theirs.confusion_matrix(Y, guess))
    expected = oracle(Y, guess, average=None, zero_division=0)
    np.testing.assert_allclose(getattr(metrics, name)(table), expected, **EXACT)


def test_micro_f1_equals_scikit_learn_and_the_accuracy():
    got = metrics.micro_f1(metrics.confusion_matrix(Y, GUESS, 5))
    assert got == pytest.approx(theirs.f1_score(Y, GUESS, average="micro"), abs=1e-12)
    assert got == pytest.approx(np.mean(Y == GUESS), abs=1e-12)


def test_the_roc_curve_and_its_area_equal_scikit_learn():
    false_rate, true_rate, _ = theirs.roc_curve(
        POSITIVE, SCORE, drop_intermediate=False
    )
    np.testing.assert_allclose(
        metrics.roc_curve(POSITIVE, SCORE), [false_rate, true_rate], **EXACT
    )
    area = metrics.roc_auc(POSITIVE, SCORE)
    assert area == pytest.approx(theirs.roc_auc_score(POSITIVE, SCORE), abs=1e-12)


def test_the_precision_recall_curve_and_its_area_equal_scikit_learn():
    p, r, _ = theirs.precision_recall_curve(POSITIVE, SCORE)
    ours = metrics.precision_recall_curve(POSITIVE, SCORE)
    np.testing.assert_allclose(ours, [p[-2::-1], r[-2::-1]], **EXACT)
    area = metrics.average_precision(POSITIVE, SCORE)
    expected = theirs.average_precision_score(POSITIVE, SCORE)
    assert area == pytest.approx(expected, abs=1e-12)


def test_a_curve_of_one_class_is_refused():
    with pytest.raises(ValueError, match=r"\[1\].*both 0 and 1"):
        metrics.roc_auc(np.ones(3, int), np.arange(3.0))


def test_no_threshold_is_cheaper_than_the_best():
    best = metrics.best_threshold(POSITIVE, SCORE, miss=4)
    costs = {t: metrics.cost(POSITIVE, t <= SCORE, miss=4) for t in np.unique(SCORE)}
    assert costs[best] == min(costs.values())
    assert costs[SCORE.min()] == pytest.approx(100 * np.mean(~POSITIVE))


@pytest.mark.parametrize("temperature", [0.7, 1.0, 3.0])
def test_cross_entropy_and_slopes_equal_pytorch(temperature):
    z = torch.tensor(LOGITS, requires_grad=True)
    t = torch.tensor(temperature, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z / t, torch.tensor(Y))
    loss.backward()
    d_logits, d_temperature = metrics.d_cross_entropy(LOGITS, Y, temperature)
    assert metrics.cross_entropy(LOGITS, Y, temperature) == pytest.approx(loss.item())
    np.testing.assert_allclose(d_logits, z.grad, **EXACT)
    np.testing.assert_allclose(d_temperature, t.grad, **EXACT)


def test_cross_entropy_equals_scikit_learn():
    p = nn.softmax(LOGITS)
    ours = metrics.cross_entropy(LOGITS, Y)
    assert ours == pytest.approx(theirs.log_loss(Y, p), abs=1e-12)


def test_the_temperature_equals_scikit_learns():
    model = LogisticRegression(C=1e3, max_iter=2000).fit(LOGITS[:50], Y[:50])
    frozen = CalibratedClassifierCV(FrozenEstimator(model), method="temperature")
    frozen.fit(LOGITS[50:], Y[50:])
    logits = model.decision_function(LOGITS)
    ours = metrics.fit_temperature(logits[50:], Y[50:])
    p = nn.softmax(logits / ours)
    assert ours > 1.5
    np.testing.assert_allclose(p, frozen.predict_proba(LOGITS), atol=1e-4)


def test_a_model_without_mistakes_has_no_temperature():
    with pytest.raises(ValueError, match="100% of the answers"):
        metrics.fit_temperature(np.eye(4), np.arange(4))


def test_the_reliability_of_every_bin_equals_scikit_learn():
    confidence = np.append(np.round(RNG.random(400), 2), [0, 0.1, 1])  # on borders too
    right = RNG.random(403) < confidence**2
    count, sure, correct = metrics.reliability(confidence, right)
    share, mean = calibration_curve(right, confidence, n_bins=10)
    np.testing.assert_allclose(correct / count, share, **EXACT)
    np.testing.assert_allclose(sure / count, mean, **EXACT)
    gap = np.sum(count * np.abs(share - mean)) / 403
    assert metrics.calibration_error(confidence, right) == pytest.approx(gap, abs=1e-12)


def test_a_bootstrap_interval_equals_scipys_within_its_noise():
    ours = metrics.interval(metrics.bootstrap(np.mean, LOGITS[:, 0], resamples=9999))
    oracle = stats.bootstrap(
        (LOGITS[:, 0],), np.mean, method="percentile", rng=np.random.default_rng(1)
    )
    np.testing.assert_allclose(ours, oracle.confidence_interval, atol=0.01)
    assert metrics.interval(np.arange(101), 0.9) == pytest.approx((5, 95))


def test_a_bootstrap_keeps_pairs_together():
    def gap(a, b):
        return a.mean() - b.mean()

    assert np.ptp(metrics.bootstrap(gap, SCORE, SCORE, resamples=50)) == 0
    first, second = (metrics.bootstrap(np.mean, SCORE, seed=s) for s in (0, 1))
    np.testing.assert_array_equal(first, metrics.bootstrap(np.mean, SCORE, seed=0))
    assert (first != second).any()


def test_a_95_percent_interval_covers_the_truth_as_promised():
    worlds = np.random.default_rng(2).normal(size=(400, 60))
    covered = 0
    for world in worlds:
        low, high = metrics.interval(metrics.bootstrap(np.mean, world, resamples=300))
        covered += low <= 0 <= high
    assert 0.91 < covered / 400 < 0.98


def test_wilsons_interval_equals_scipys():
    hits, n = np.array([0, 3, 9, 10, 150]), np.array([10, 10, 10, 10, 300])
    ends = np.transpose(metrics.wilson(hits, n))
    tests = [stats.binomtest(k, size) for k, size in zip(hits, n, strict=True)]
    expected = [test.proportion_ci(method="wilson")[:] for test in tests]
    assert np.allclose(ends, expected, atol=1e-4)
    low, high = metrics.wilson(10, 10)
    assert 0.72 < low < 0.73 and high == 1


@pytest.mark.parametrize(("only_a", "only_b"), [(3, 12), (12, 3), (7, 7), (0, 5)])
def test_mcnemars_p_value_equals_scipys_exact_test(only_a, only_b):
    right_a = np.repeat([True, False, True], [only_a, only_b, 40])
    right_b = np.repeat([False, True, True], [only_a, only_b, 40])
    expected = stats.binomtest(only_a, only_a + only_b).pvalue
    assert metrics.mcnemar(right_a, right_b) == pytest.approx(expected, abs=1e-12)


def test_models_with_the_same_answers_do_not_differ():
    assert metrics.mcnemar(POSITIVE, POSITIVE) == 1


def test_the_stability_index_is_the_sum_of_both_divergences():
    before, now = np.array([200, 300, 500, 0]), np.array([3, 0, 9, 4])
    q, r = (before + 0.5) / 1002, (now + 0.5) / 18
    both = stats.entropy(q, r) + stats.entropy(r, q)
    assert np.isclose(metrics.stability_index(before, now), both)
    assert metrics.stability_index(before, before) == 0
