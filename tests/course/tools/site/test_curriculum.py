import pytest

from course.tools.lessons import lessons
from course.tools.site.curriculum import contents


def test_contents_list_only_lessons_that_exist(root, toc):
    parts = contents(toc, lessons(folder=root / "notebooks"))["parts"]
    assert [part["caption"] for part in parts] == ["Foundations", "Reference"]
    assert parts[0]["chapters"] == [{"file": "notebooks/03_bends"}]


def test_a_lesson_outside_every_part_is_named(root, toc, save):
    save(root / "notebooks" / "77_lost.ipynb", "")
    with pytest.raises(ValueError, match=r'"77_lost\.ipynb" belongs to no part'):
        contents(toc, lessons(folder=root / "notebooks"))
