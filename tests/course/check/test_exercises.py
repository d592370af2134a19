"""Every exercise refuses what is wrong, takes what is right, and says which it was.

The answers are in `test_<check>.py` beside this file, one for each module of
`course.check`: WRONG, RIGHT, STUBS, and SAYS, the words that a wrong answer is told.
An answer of several parts is a tuple.
"""

from importlib import import_module
from pkgutil import iter_modules

import pytest
from definitions import cases, lesson_of

import course.check
from course.check import Exercise

CHECKS = [module.name for module in iter_modules(course.check.__path__)]


def rows(table) -> list:
    """A case for each answer of a table: check module, exercise, answer."""
    return [
        pytest.param(check, name, answer, id=f"{check}-{name}-{label}")
        for check in CHECKS
        for name, answers in getattr(cases(check), table).items()
        for label, answer in labelled(answers)
    ]


def labelled(answers):
    return answers.items() if isinstance(answers, dict) else enumerate(answers)


def stubs() -> list:
    return [
        pytest.param(check, name, stub, id=f"{check}-{name}")
        for check in CHECKS
        for name, stub in cases(check).STUBS.items()
    ]


def explained() -> list:
    """A case for each entry of SAYS: check module, exercise, answer, words."""
    return [
        pytest.param(
            check,
            name,
            cases(check).WRONG[name][label],
            words,
            id=f"{check}-{name}-{label}",
        )
        for check in CHECKS
        for name, told in cases(check).SAYS.items()
        for label, words in told.items()
    ]


def exercises(check) -> dict[str, Exercise]:
    found = vars(import_module(f"course.check.{check}"))
    return {name: each for name, each in found.items() if isinstance(each, Exercise)}


@pytest.fixture
def verdict(capsys):
    """What an exercise prints of an answer; it returns nothing and never raises."""

    def said(check, name, answer) -> str:
        parts = answer if isinstance(answer, tuple) else (answer,)
        assert exercises(check)[name](*parts) is None
        return capsys.readouterr().out

    return said


@pytest.mark.parametrize(("check", "name", "answer"), rows("WRONG"))
def test_a_wrong_answer_is_refused(verdict, check, name, answer):
    message = verdict(check, name, answer)
    assert message.startswith(f"✗ {name}: ")
    assert "cannot be read" not in message


@pytest.mark.parametrize(("check", "name", "answer"), rows("RIGHT"))
def test_a_right_answer_in_other_words_is_taken(verdict, check, name, answer):
    assert verdict(check, name, answer).startswith(f"✓ {name}: correct.")


@pytest.mark.parametrize(("check", "name", "stub"), stubs())
def test_an_untouched_stub_is_not_attempted_yet(verdict, check, name, stub):
    assert f"{name}: not attempted yet" in verdict(check, name, stub)


@pytest.mark.parametrize(("check", "name", "answer", "words"), explained())
def test_a_common_mistake_gets_its_own_explanation(verdict, check, name, answer, words):
    assert words in verdict(check, name, answer)


@pytest.mark.parametrize("check", CHECKS)
def test_every_exercise_has_a_task_hints_and_at_least_five_wrong_answers(check):
    found, tables = exercises(check), cases(check)
    for table in (tables.WRONG, tables.RIGHT, tables.STUBS):
        assert set(table) == set(found)
    assert all(each.__doc__ and each._hints for each in found.values())
    assert all(len(answers) >= 5 for answers in tables.WRONG.values())


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_module_belongs_to_one_lesson(check):
    assert lesson_of(check).plan.check == check
