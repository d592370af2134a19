import json

import pytest
from exercises import said

from course.check import sagemaker_train as check

WRONG_PATTERNS = {
    "no group": r"train_loss=[0-9.]+",
    "two groups": r"(train_loss)=([0-9.]+)",
    "any loss": r"loss=([0-9.]+(?:e[+-]?[0-9]+)?)",
    "the accuracy": r"accuracy=([0-9.]+)",
    "no exponent": r"train_loss=([0-9.]+)",
    "to the end of the line": r"train_loss=(.*)",
    "digits only": r"train_loss=([0-9]+)",
    "broken": r"train_loss=([0-9.]+",
    "a number": 0.39,
}


@pytest.mark.parametrize("name", WRONG_PATTERNS)
def test_loss_pattern_rejects(name, capsys):
    assert said(capsys, check.loss_pattern, WRONG_PATTERNS[name]).startswith("✗")


@pytest.mark.parametrize("right", [r"train_loss=(\S+)", r"\btrain_loss=([\d.e+-]+) "])
def test_loss_pattern_accepts_other_ways(right, capsys):
    assert said(capsys, check.loss_pattern, right).startswith("✓")


def flat(hyperparameters, text=str):
    return [x for k, v in hyperparameters.items() for x in (f"--{k}", text(v))]


def as_json(value):
    return json.dumps(value)


WRONG_ARGUMENTS = {
    "numbers stay numbers": lambda h: flat(h, lambda value: value),
    "text in quotation marks": lambda h: flat(h, as_json),
    "Python's own text": flat,
    "one text": lambda h: " ".join(flat(h)),
    "names without dashes": lambda h: [x.lstrip("-") for x in flat(h)],
    "name=value": lambda h: [f"--{k}={v}" for k, v in h.items()],
    "values only": lambda h: [str(value) for value in h.values()],
    "no return": lambda h: None,
}


@pytest.mark.parametrize("name", WRONG_ARGUMENTS)
def test_to_arguments_rejects(name, capsys):
    assert said(capsys, check.to_arguments, WRONG_ARGUMENTS[name]).startswith("✗")


def test_to_arguments_accepts_a_comprehension_and_a_tuple(capsys):
    def answer(hyperparameters):
        return tuple(
            flat(hyperparameters, lambda v: v if type(v) is str else as_json(v))
        )

    assert said(capsys, check.to_arguments, answer).startswith("✓")


@pytest.mark.parametrize("code", [0, 1, 137, -2, 22, "two", [2, 2]])
def test_exit_code_rejects(code, capsys):
    assert said(capsys, check.exit_code, code).startswith("✗")


@pytest.mark.parametrize("code", [2, 2.0])
def test_exit_code_accepts(code, capsys):
    assert said(capsys, check.exit_code, code).startswith("✓")


def test_an_uncaught_error_is_answered_as_the_misconception_that_it_is(capsys):
    assert "never got that far" in said(capsys, check.exit_code, 1)


def test_untouched_stubs_are_not_attempted(capsys):
    for exercise, stub in [
        (check.loss_pattern, ...),
        (check.to_arguments, lambda hyperparameters: ...),
        (check.exit_code, ...),
    ]:
        assert "not attempted yet" in said(capsys, exercise, stub)
