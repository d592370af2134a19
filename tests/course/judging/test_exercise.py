"""An exercise: kind to every answer, and specific about what is wrong."""

import numpy as np
import pytest

from course import check
from course.check import call, exercise, expect_array

X = np.array([1.0, 2.0, 3.0])


@exercise("Think of two.", "Write 2 * x.")
def double(answer):
    """A function that doubles an array."""
    expect_array(call(answer, x=X), 2 * X, x=X)
    return "Twice as much."


@exercise("Count.")
def pair(first, second):
    """Two numbers that add up to three."""
    total = check.as_numbers(first) + check.as_numbers(second)
    check.expect(total == 3, f"they add up to {total:g}, expected 3.")


def said(capsys, exercise, *answer) -> str:
    """What the checker prints; it neither raises nor returns anything."""
    assert exercise(*answer) is None
    return capsys.readouterr().out


def test_a_right_answer_is_praised_with_the_remark(capsys):
    assert (
        said(capsys, double, lambda x: x + x) == "✓ double: correct. Twice as much.\n"
    )
    assert said(capsys, pair, 1, 2) == "✓ pair: correct.\n"


@pytest.mark.parametrize(
    ("exercise", "stub"), [(double, [lambda x: ...]), (double, [...]), (pair, [1, ...])]
)
def test_an_untouched_stub_is_not_attempted_yet(capsys, exercise, stub):
    assert "not attempted yet" in said(capsys, exercise, *stub)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: 3 * x, ["x = 1", "is 3, expected 2"]),
        (lambda x: 2 * x[:2], ["shape (2,), expected (3,)"]),
        (lambda x: None, ["returned None", "`return`"]),
        (lambda x: x / "2", ["raised", "for x = [1., 2., 3.]"]),
        (lambda: 1, ["raised TypeError", "0 positional arguments"]),
        (lambda x: ["a", "b", "c"], ["must hold real numbers"]),
        (lambda x: x > 0, ["must hold real numbers"]),
        (lambda x: 2j * x, ["must hold real numbers"]),
        (lambda x: x * np.nan, ["is nan, expected 2"]),
        (lambda x: [[1], [2, 3]], ["no array"]),
        (17, ["expected a function, got 17"]),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong(capsys, answer, words):
    message = said(capsys, double, answer)
    assert message.startswith("✗ double: ")
    assert all(word in message for word in words), message


def test_the_wrong_number_of_answers_is_named(capsys):
    message = said(capsys, pair, 3)
    assert "it takes 2 value(s) (first, second), got 1" in message


def test_an_answer_that_breaks_the_judge_does_not_raise(capsys):
    class Odd:
        def __array__(self, *args, **kwargs):
            raise RuntimeError("no")

        def __repr__(self):
            raise RuntimeError("no again")

    assert "✗ double" in said(capsys, double, lambda x: Odd())
    assert "✗ double: this answer cannot be read" in said(capsys, double, Odd())


def test_hints_come_one_by_one_and_the_last_stays(capsys):
    for expected in ("Hint 1 of 2: Think", "Hint 2 of 2: Write", "Hint 2 of 2: Write"):
        double.hint()
        assert capsys.readouterr().out.startswith(expected)


def test_an_exercise_introduces_itself():
    assert repr(double) == "Exercise double: A function that doubles an array."


def test_every_exercise_of_every_lesson_has_a_task_and_hints():
    from course.check import activations

    found = [e for e in vars(activations).values() if isinstance(e, check.Exercise)]
    assert 3 <= len(found) <= 5
    assert all(exercise.__doc__ and exercise._hints for exercise in found)
