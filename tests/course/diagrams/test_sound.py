"""The picture of a sound's way, looked at through what it draws."""

import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course.diagrams import sound

STAGES = [(f"stage {k}", f"({k}, 129)") for k in range(6)]
STEPS = [(f"step {k}", "does something") for k in range(5)]


@pytest.mark.parametrize("count", [2, 5, 6])
def test_each_stage_leads_through_a_step_to_the_next(count, unreadable):
    ax = sound.numbers(STAGES[:count], STEPS[: count - 1])
    kinds = [type(patch) for patch in ax.patches]
    assert kinds.count(FancyBboxPatch) == 2 * count - 1
    assert kinds.count(FancyArrowPatch) == 2 * (count - 1)
    said = {text.get_text() for text in ax.texts}
    assert {word for pair in STAGES[:count] for word in pair} <= said
    assert unreadable(ax) == []


@pytest.mark.parametrize(("stages", "steps"), [(1, 0), (3, 3), (4, 2), (7, 6)])
def test_what_cannot_be_drawn_is_refused(stages, steps):
    given = [("a", "b")] * stages, [("c", "d")] * steps
    with pytest.raises(ValueError, match=f"{stages} stages and {steps} steps"):
        sound.numbers(*given)
