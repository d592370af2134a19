"""Lessons run from top to bottom, asserts included, with other parameters too.

With which, the metadata of the notebook says.
"""

from pathlib import Path

import papermill
import pytest

from course.tools import permissions
from course.tools.lessons import lessons

DATA = Path(__file__).parents[3] / "shared" / "data"
LESSONS = lessons()


def rows(kind):
    return [
        pytest.param(lesson, dict(chosen), id=f"{lesson.name}-{dict(chosen)}")
        for lesson in LESSONS
        for chosen in getattr(lesson.plan, kind)
    ]


@pytest.mark.parametrize(("lesson", "parameters"), rows("runs"))
def test_the_lesson_runs_with(lesson, parameters, tmp_path):
    """A cloud lesson runs with the permissions that the site lists for it, no more."""
    assert set(parameters) <= set(papermill.inspect_notebook(lesson.path))
    if permissions.uses_cloud(lesson):
        needs = permissions.stored().get(lesson.name)
        assert needs, f"write down what it needs: course permissions {lesson.number}"
        assert permissions.record(lesson, parameters, needs) == needs
        return
    execute(lesson, parameters, tmp_path)


def execute(lesson, parameters, tmp_path):
    done = papermill.execute_notebook(
        lesson.path,
        tmp_path / "done.ipynb",
        parameters,
        cwd=lesson.path.parent,
        progress_bar=False,
        request_save_on_cell_execute=False,
    )
    injected = [c for c in done.cells if "injected-parameters" in c.metadata.tags]
    assert len(injected) == 1 and all(name in injected[0].source for name in parameters)


@pytest.mark.full
@pytest.mark.skipif(not DATA.exists(), reason=f"no {DATA.name} beside the checkout")
@pytest.mark.parametrize(("lesson", "parameters"), rows("full"))
def test_the_lesson_runs_in_full_size_with(lesson, parameters, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(DATA))
    execute(lesson, parameters, tmp_path)
