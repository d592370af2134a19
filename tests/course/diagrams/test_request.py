"""The schematic of the two gates, looked at through what it draws."""

import numpy as np
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


def test_bits_that_change_like_tosses_lie_on_the_curve_of_the_coin():
    bits = np.random.default_rng(0).binomial(256, 0.5, size=10_000)
    ax = request.flips(bits, "Half of them")
    [coins] = ax.lines
    curve = dict(zip(*coins.get_data(), strict=True))
    bars = {bar.get_x() + 2: bar.get_height() for bar in ax.patches}
    assert max(abs(bars[x] - curve[x]) for x in bars) < 0.03 * len(bits)
    assert ax.get_title() == "Half of them" and max(bars.values()) > 1500
