import numpy as np
import pytest
from exercises import said

from course.check import start_here as check


def count(predicted, actual):
    return float(sum(p == a for p, a in zip(predicted, actual, strict=True)))


WRONG_ACCURACIES = {
    "a blind guess": lambda predicted, actual: 0.1,
    "the share of errors": lambda predicted, actual: np.mean(predicted != actual),
    "a count": count,
    "per image": lambda predicted, actual: predicted == actual,
    "percent": lambda predicted, actual: 100 * np.mean(predicted == actual),
    "only the first": lambda predicted, actual: float(predicted[0] == actual[0]),
    "no return": lambda predicted, actual: None,
    "a number": 0.975,
}


@pytest.mark.parametrize("name", WRONG_ACCURACIES)
def test_accuracy_rejects(name, capsys):
    assert said(capsys, check.accuracy, WRONG_ACCURACIES[name]).startswith("✗")


def test_accuracy_accepts_a_loop_too(capsys):
    def answer(predicted, actual):
        return count(predicted, actual) / len(actual)

    assert said(capsys, check.accuracy, answer).startswith("✓")


WRONG_PASSES = {
    "never passes": lambda p, t: p.argmax(axis=1),
    "always passes": lambda p, t: np.full(len(p), -1),
    "strictly above": lambda p, t: np.where(p.max(axis=1) > t, p.argmax(axis=1), -1),
    "the other way": lambda p, t: np.where(p.max(axis=1) < t, p.argmax(axis=1), -1),
    "whether sure": lambda p, t: p.max(axis=1) >= t,
    "wrong axis": lambda p, t: np.where(p.max(axis=0) >= t, p.argmax(axis=0), -1),
    "zero for unsure": lambda p, t: np.where(p.max(axis=1) >= t, p.argmax(axis=1), 0),
    "the probability": lambda p, t: p.max(axis=1),
}


@pytest.mark.parametrize("name", WRONG_PASSES)
def test_answer_or_pass_rejects(name, capsys):
    assert said(capsys, check.answer_or_pass, WRONG_PASSES[name]).startswith("✗")


def test_answer_or_pass_accepts_a_plain_list(capsys):
    def answer(probabilities, threshold):
        rows = [list(row) for row in probabilities]
        return [r.index(max(r)) if not max(r) < threshold else -1 for r in rows]

    assert said(capsys, check.answer_or_pass, answer).startswith("✓")


@pytest.mark.parametrize("share", [0.1, 8 / 36, 8, -0.8, 0.0, "most", [0.8, 0.9]])
def test_shared_mistakes_rejects(share, capsys):
    assert said(capsys, check.shared_mistakes, share).startswith("✗")


@pytest.mark.parametrize("share", [8 / 9, np.float32(0.727), 0.8])
def test_shared_mistakes_accepts_what_other_seeds_give_too(share, capsys):
    assert said(capsys, check.shared_mistakes, share).startswith("✓")


def test_chance_is_answered_as_the_misconception_that_it_is(capsys):
    assert "what chance would give" in said(capsys, check.shared_mistakes, 0.1)


@pytest.mark.parametrize("name", ["accuracy", "answer_or_pass"])
def test_an_untouched_stub_is_not_attempted(name, capsys):
    assert "not attempted yet" in said(capsys, getattr(check, name), lambda a, b: ...)
