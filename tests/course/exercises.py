"""What the tests of all checkers share: cases from a table, and a check's verdict."""

import pytest


def cases(table) -> list:
    """A parameter set (exercise, answer) for each answer of a table by exercise."""
    found = []
    for name, answers in table.items():
        labelled = answers.items() if isinstance(answers, dict) else enumerate(answers)
        for label, answer in labelled:
            found.append(pytest.param(name, answer, id=f"{name}-{label}"))
    return found


def said(capsys, check, *answer) -> str:
    """What a check prints of an answer; it returns nothing and never raises."""
    assert check(*answer) is None
    return capsys.readouterr().out
