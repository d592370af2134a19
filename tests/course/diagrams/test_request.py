"""The schematic of the two gates, looked at through what it draws."""

import pytest

from course import diagrams
from course.diagrams import request

TOOLS, SERVICES = ["boto3", "aws ...", "console", "your code"], ["S3", "EC2"]


def test_each_text_can_be_read_and_the_region_costs(unreadable):
    ax = request.gates(TOOLS, [*SERVICES, "SageMaker"])
    assert unreadable(ax) == []
    said = [text.get_text() for text in ax.texts]
    assert {*TOOLS, "EC2", "who asks?", "may they?"} <= set(said)
    assert said.count("$") == 1


def test_both_gates_can_refuse():
    ax = request.gates(TOOLS, SERVICES)
    wrong = diagrams.ROLES["wrong"].line.lower()
    from matplotlib.colors import to_hex

    assert sum(to_hex(patch.get_edgecolor()) == wrong for patch in ax.patches) == 2


def test_too_many_are_refused():
    with pytest.raises(ValueError, match="5 tools"):
        request.gates([*TOOLS, "one more"], SERVICES)
