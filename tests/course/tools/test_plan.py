import pytest
from nbformat import v4

from course.tools import plan, runner

GOOD = {"check": "cnn", "runs": [{"seed": 1}]}


def test_a_plan_is_read_with_what_it_leaves_out():
    found = plan.read({"course": GOOD})
    assert (found.check, found.runs, found.module) == ("cnn", [{"seed": 1}], "")
    assert (found.full, found.limits) == ([], {})


def test_a_module_in_a_folder_has_a_dot():
    assert plan.read({"course": GOOD | {"module": "cloud.permissions"}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"check": "cnns"}, '"check" is "cnns", but src/course/check has no such'),
        ({"check": "../cnn"}, '"check" is "../cnn"'),
        ({"module": "check.cnns"}, '"module" is "check.cnns", but src/course has no'),
        ({"module": "nn.x"}, '"module" is "nn.x", but src/course has no'),
        ({"runs": []}, '"runs" is empty'),
        ({"runs": ["seed"]}, r"\"runs\" is \['seed'\], expected objects"),
        ({"full": [{}]}, r'"full" is \[{}\], expected objects'),
        ({"runs": 5}, '"runs" is 5, expected objects'),
        ({"limits": {"words": 5}}, 'the limit "words" is 5, expected two numbers'),
        ({"limits": {"words": [5]}}, r'"words" is \[5\], expected two numbers'),
        ({"needs": ["3"]}, r"\"needs\" is \['3'\], expected numbers of lessons"),
        ({"needs": "03"}, '"needs" is 03, expected numbers of lessons'),
        ({"minutes": {"reading": 9}}, r"\"minutes\" is .*, expected .*\"doing\": 50"),
        ({"minutes": [9, 9]}, r'"minutes" is \[9, 9\], expected'),
        ({"minutes": {"reading": 9, "doing": 0}}, '"minutes" is .*, expected'),
        ({"size": 3}, r"\['check', 'runs', 'size'\], expected check, runs, module"),
    ],
)
def test_what_no_lesson_can_be_tested_with_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        plan.read({"course": GOOD | change})


@pytest.mark.parametrize("metadata", [{}, {"course": "cnn"}])
def test_a_notebook_without_a_plan_is_sent_to_contributing(metadata):
    with pytest.raises(ValueError, match=r'no part "course".*CONTRIBUTING'):
        plan.read(metadata)


def test_saving_a_lesson_keeps_its_plan_and_nothing_else_that_is_strange():
    given = {"course": GOOD, "papermill": {"duration": 1}, "jupytext": {}}
    kept = runner.tidy(v4.new_notebook(metadata=given)).metadata
    assert set(kept) == {"course", "kernelspec", "language_info"}
    assert kept["course"] == GOOD
