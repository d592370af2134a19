"""States follow from datapoints as AWS's tables say."""

import pytest

from localaws.alarms.evaluation import ALARM, OK, UNKNOWN, decide, evaluation_range

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# Datapoints, the newest on the right, how many must be filled, and the states where
# what is missing counts as missing, is ignored, breaches, or does not.
STAYS = None
THREE_OF_THREE = {
    "0-X-X": (0, OK, OK, OK, OK),
    "0----": (2, OK, OK, OK, OK),
    "-----": (3, UNKNOWN, STAYS, ALARM, OK),
    "0XX-X": (0, ALARM, ALARM, ALARM, ALARM),
    "--X--": (2, ALARM, STAYS, ALARM, OK),
}
TWO_OF_THREE = {
    "0-X-X": (0, ALARM, ALARM, ALARM, ALARM),
    "00X0X": (0, ALARM, ALARM, ALARM, ALARM),
    "0-X--": (1, OK, OK, ALARM, OK),
    "----0": (2, OK, OK, ALARM, OK),
    "---X-": (2, ALARM, STAYS, ALARM, OK),
}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
TABLE = [
    (points, to_alarm, filled, treatment, state)
    for to_alarm, rows in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for points, (filled, *states) in rows.items()
    for treatment, state in zip(TREATMENTS, states, strict=True)
]


def breaches(points):
    return [{"0": False, "X": True, "-": None}[point] for point in points]


@pytest.mark.parametrize(("points", "to_alarm", "filled", "treatment", "state"), TABLE)
def test_the_tables_of_aws_hold(points, to_alarm, filled, treatment, state):
    found = decide(breaches(points), 3, to_alarm, treatment)
    assert (found.state, found.filled) == (state, filled)


@pytest.mark.parametrize("points", ["----X", "---X-"])
def test_an_alarm_does_not_come_early_for_points_that_are_too_new(points):
    assert decide(breaches(points), 3, 3, "missing").state == OK
    assert decide(breaches(points), 3, 3, "breaching").state == ALARM


def test_the_range_of_the_tables_has_five_periods_for_three():
    assert evaluation_range(3) == 5


def test_the_newest_points_decide_and_are_named():
    found = decide(breaches("XX00X"), 3, 2, "missing")
    assert (found.state, found.evaluated, found.breaching) == (OK, (2, 3, 4), 1)
