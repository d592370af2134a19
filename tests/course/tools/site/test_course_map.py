import re

from course.tools.site import course_map
from course.tools.site.curriculum import Curriculum, Entry

COURSE = Curriculum(
    {"parts": [{"caption": "All", "lessons": [0, 9]}, {"caption": "Notes"}]},
    [
        Entry("01", "Data", "How?", minutes=80, page="notebooks/01_data"),
        Entry("02", "Lines & curves", "How far?", ["01"], page="notebooks/02_lines"),
        Entry("03", "Bends", "Why?", ["01", "02"]),
    ],
)


def cards():
    return dict(
        re.findall(r'<li id="lesson-(\d\d)"(.+?)</li>', course_map.page(COURSE))
    )


def test_a_written_lesson_is_a_link_that_says_what_it_needs():
    card = cards()["02"]
    assert '<a href="notebooks/02_lines.html">' in card and "needs 01" in card
    assert "Lines &amp; curves" in card


def test_a_planned_lesson_is_no_link_and_says_that_it_is_planned():
    card = cards()["03"]
    assert "href" not in card and "planned · needs 01, 02" in card


def test_the_table_has_a_row_for_each_lesson():
    rows = re.findall(r"^\| .*\d\d · .+$", course_map.page(COURSE), re.MULTILINE)
    assert rows == [
        "| [01 · Data](notebooks/01_data.ipynb) | How? |  | 80 |",
        "| [02 · Lines & curves](notebooks/02_lines.ipynb) | How far? | 01 |  |",
        "| 03 · Bends *(planned)* | Why? | 01, 02 |  |",
    ]


def test_pointing_at_a_lesson_lights_exactly_what_it_needs():
    rules = re.findall(
        r"has\(#lesson-(\d\d):is.+?#lesson-(\d\d)", course_map.style(COURSE)
    )
    assert rules == [("02", "01"), ("03", "01"), ("03", "02")]


def test_a_course_without_needs_has_no_rule():
    assert course_map.style(Curriculum({"parts": []}, [])) == ""
