from importlib import import_module

import pytest

from course.check import Exercise
from course.desk import exercises
from course.tools.lessons import lessons


def test_a_lesson_names_its_exercises_in_their_order(root):
    [lesson] = exercises.committed()
    assert lesson.exercises == ["double", "half"]
    assert lesson.key("half") == "doubling.half"


def test_a_solution_is_found_by_the_exercise_that_it_answers(root):
    lesson = exercises.checked_by("doubling")
    assert lesson.solution("half") == "half = 0.5\ncheck.half(half)"
    with pytest.raises(ValueError, match=r'07_doubling.* no solution of "third"'):
        lesson.solution("third")


def test_a_lesson_that_is_not_there_is_an_error_that_says_so(root):
    assert exercises.numbered("07").path.stem == "07_doubling"
    with pytest.raises(ValueError, match=r"no lesson .* has the number 08"):
        exercises.numbered("08")
    with pytest.raises(ValueError, match=r'no lesson .* exercises of "halving"'):
        exercises.checked_by("halving")


def test_a_lesson_that_is_no_notebook_is_named(root):
    path = root / "notebooks" / "07_doubling.ipynb"
    path.write_text("<<<<<<< HEAD")
    with pytest.raises(ValueError, match=r'07_doubling.ipynb" cannot be read'):
        _ = exercises.numbered("07").exercises


def test_only_calls_that_begin_a_line_ask_for_an_exercise():
    text = "try:\n    check.first(1)\ncheck.second(\n    2)\n# check.third(3)"
    assert exercises.asked(text) == ["second"]


@pytest.mark.parametrize("number", [lesson.number for lesson in lessons()])
def test_every_exercise_of_a_lessons_module_is_asked_and_has_a_solution(number):
    lesson = exercises.numbered(number)
    module = vars(import_module(f"course.check.{lesson.check}"))
    there = {name for name, each in module.items() if isinstance(each, Exercise)}
    assert set(lesson.exercises) == there
    assert all(lesson.solution(name) for name in there)
