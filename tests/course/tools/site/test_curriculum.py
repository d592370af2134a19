import pytest

from course.tools import lessons
from course.tools.site import curriculum
from course.tools.site.curriculum import Curriculum, Entry, planned, read

ROOT = lessons.ROOT
PLANNED = """
"03": {title: Bends as planned, question: "Why?", needs: ["02"]}
"10": {title: Attention, question: "What?", needs: ["03"]}
"12": {title: Audio, question: "How?", needs: []}
"""


@pytest.fixture
def course(root):
    """Lesson 03 is written, 10 and 12 are planned."""
    (root / "book" / "planned.yml").write_text(PLANNED)
    return read(root)


def test_contents_list_only_lessons_that_are_written(course):
    parts = course.contents()["parts"]
    assert [part["caption"] for part in parts] == ["Foundations", "Reference"]
    assert parts[0]["chapters"] == [{"file": "notebooks/03_bends"}]


def test_a_lesson_outside_every_part_is_named(root, save):
    save(root / "notebooks" / "77_lost.ipynb", "")
    with pytest.raises(ValueError, match=r'"notebooks/77_lost" belongs to no part'):
        read(root).contents()


def test_a_written_lesson_takes_the_place_of_its_plan(course):
    assert [entry.number for entry in course.entries] == ["03", "10", "12"]
    assert course.find("03").title == "Bends"
    assert course.parts()[1] == ("Networks", course.entries[1:])


def test_a_number_that_no_lesson_has_is_named(course):
    with pytest.raises(ValueError, match='no lesson "11"'):
        course.find("11")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Lesson 10 drops it.", "Lesson 10 *(planned)* drops it."),
        ("In lesson\n12 we hear", "In lesson\n12 *(planned)* we hear"),
        ("lessons 03, 10 and 12.", "lessons 03, 10 *(planned)* and 12 *(planned)*."),
        ("09 RNN · 10 attention · 11", "09 RNN · 10 attention *(planned)* · 11"),
        ("[lesson 03](03_bends.ipynb)", "[lesson 03](03_bends.ipynb)"),
        ("10 of 12 lessons, 12 audio clips", "10 of 12 lessons, 12 audio clips"),
    ],
)
def test_a_mention_of_a_planned_lesson_says_so(course, text, shown):
    assert course.mark(text) == shown


def test_the_plan_lists_the_lessons_that_are_not_written_and_no_others():
    course = read(ROOT)
    assert [entry.number for entry in course.entries] == [f"{n:02}" for n in range(30)]
    written = {entry.number for entry in course.entries if entry.page}
    assert [e.title for e in planned(ROOT) if e.number in written] == []


def test_what_a_lesson_needs_comes_before_it():
    for entry in read(ROOT).entries:
        assert all(need < entry.number for need in entry.needs), entry.title


def test_every_written_lesson_says_what_it_takes():
    for lesson in lessons.lessons():
        plan = lesson.plan
        assert plan.minutes and plan.will, lesson.name
        assert plan.needs or plan.besides, lesson.name


def test_a_lesson_is_written_when_it_has_a_page():
    skeleton = {"parts": [{"caption": "All", "lessons": [0, 9]}]}
    course = Curriculum(skeleton, [Entry("05", "Five", "Why?", page="notebooks/05")])
    assert course.mark("lesson 05") == "lesson 05"
    assert curriculum.MARK not in course.mark("05 five")
