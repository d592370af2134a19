import pytest

from course.tools import lessons


def test_lessons_are_found_by_number_and_by_name(folder):
    assert [x.name for x in lessons.lessons(["02", "01_g"])] == ["01_good", "02_bad"]
    assert lessons.lessons()[0].title == "About 01_good"


def test_a_lesson_that_is_not_there_is_answered_with_those_that_are(folder):
    with pytest.raises(ValueError, match=r'no lesson "07".*01_good, 02_bad'):
        lessons.lessons(["07"])


def test_only_numbered_notebooks_are_lessons(folder, write):
    write(folder, "Untitled", "size = 2")
    assert [x.number for x in lessons.lessons(folder=folder)] == ["01", "02"]


def test_lessons_have_number_title_and_question(folder, write):
    lesson = lessons.lessons(["01"])[0]
    assert (lesson.number, lesson.title) == ("01", "About 01_good")
    assert lesson.question == "Is it good?"
    assert lesson.page == "notebooks/01_good"


def test_an_odd_plan_is_answered_with_the_name_of_the_notebook(folder):
    with pytest.raises(ValueError, match=r'^01_good\.ipynb: .*no part "course"'):
        _ = lessons.lessons()[0].plan


@pytest.mark.parametrize("wish", ["1", "01", "01_good", "01_g"])
def test_one_lesson_is_meant_by_its_number_or_name(folder, wish):
    assert lessons.lesson(wish).name == "01_good"


def test_a_wish_that_means_no_lesson_or_several_is_told(folder):
    with pytest.raises(ValueError, match=r'no lesson "07"'):
        lessons.lesson("7")
    with pytest.raises(ValueError, match=r'"" may be 01_good, 02_bad'):
        lessons.lesson("")
