"""The schematic of the loop, looked at through what it draws."""

from course.diagrams.feedback import loop

SAYS = "mean of 1 minute", "for 3 minutes", "dashed: starts, 5 minutes"


def test_each_text_can_be_read_and_what_answers_costs(unreadable):
    ax = loop(*SAYS)
    assert unreadable(ax) == []
    shown = [text.get_text() for text in ax.texts]
    assert {*SAYS, "metric", "alarm", "policy"} <= set(shown)
    assert shown.count("$") == 2


def test_one_instance_is_only_starting(unreadable):
    lines = [patch.get_linestyle() for patch in loop(*SAYS).patches]
    assert sum(not isinstance(line, str) for line in lines) == 1
