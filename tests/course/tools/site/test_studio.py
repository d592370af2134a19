"""The page on Studio holds the bill of each cloud lesson, and the policy of all."""

import json
import re

import pytest

from course.tools.lessons import ROOT, lessons
from course.tools.permissions import BESIDES, policy, stored, uses_cloud
from course.tools.site.studio import bill, page

TEXT = (ROOT / "book" / "studio.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shown():
    return page(TEXT, lessons(), stored())


def test_each_cloud_lesson_has_its_bill(shown):
    cloud = [lesson for lesson in lessons() if uses_cloud(lesson)]
    assert len(cloud) >= 3
    for lesson in cloud:
        assert f"({lesson.page}.ipynb) | {bill(lesson) or 'nothing'} |" in shown
    assert any(float(bill(lesson)[1:]) > 0 for lesson in cloud if bill(lesson))


def test_the_policy_is_that_of_all_lessons_and_names_no_account(shown):
    blocks = map(json.loads, re.findall(r"```json\n(.*?)\n```", shown, re.S))
    assert list(blocks) == [policy(stored().values()), policy([BESIDES])]
    assert "123456789012" not in shown


def test_nothing_is_left_to_be_filled_in(shown):
    assert not re.search(r"^(COSTS|POLICY|BESIDES)$", shown, re.M)
