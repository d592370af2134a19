"""How many instances a policy wants, against AWS's examples and a plain search."""

import random

import pytest

from localaws.scaling.decision import stepped, tracked, wanted

# https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
OUT = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10} | {"n": 0},
    {"MetricIntervalLowerBound": 10, "MetricIntervalUpperBound": 20} | {"n": 10},
    {"MetricIntervalLowerBound": 20} | {"n": 30},
]
IN = [
    {"MetricIntervalLowerBound": -10, "MetricIntervalUpperBound": 0} | {"n": 0},
    {"MetricIntervalLowerBound": -20, "MetricIntervalUpperBound": -10} | {"n": -10},
    {"MetricIntervalUpperBound": -20} | {"n": -30},
]


def steps(rows, kind="PercentChangeInCapacity", **members):
    made = [
        {**{k: v for k, v in row.items() if k != "n"}, "ScalingAdjustment": row["n"]}
        for row in rows
    ]
    return {"AdjustmentType": kind, "StepAdjustments": made, **members}


@pytest.mark.parametrize(
    ("rows", "breach", "base", "expected"),
    [
        (OUT, 0, 10, 10),  # a metric of 50, where the threshold is 50
        (OUT, 9.9, 10, 10),
        (OUT, 10, 10, 11),  # of 60: 10% of 10
        (OUT, 19, 11, 12),  # 10% of 11 is 1.1
        (OUT, 25, 11, 14),  # 30% of 11 is 3.3
        (IN, -9, 14, 14),
        (IN, -10, 14, 13),  # of 40: below the threshold the upper bound belongs to it
        (IN, -19, 14, 13),  # 10% of 14 is 1.4
        (IN, -20, 13, 10),  # 30% of 13 is 3.9
        (IN, -21, 13, 10),
    ],
)
def test_steps_are_taken_as_aws_documents_them(rows, breach, base, expected):
    assert stepped(steps(rows), base, breach) == expected


@pytest.mark.parametrize(
    ("kind", "adjustment", "members", "base", "expected"),
    [
        ("ChangeInCapacity", 2, {}, 3, 5),
        ("ChangeInCapacity", -1, {}, 3, 2),
        ("ExactCapacity", 7, {}, 3, 7),
        ("PercentChangeInCapacity", 127, {}, 10, 22),  # 12.7 is 12
        ("PercentChangeInCapacity", 6, {}, 10, 11),  # 0.6 is 1
        ("PercentChangeInCapacity", -6, {}, 10, 9),  # -0.6 is -1
        ("PercentChangeInCapacity", -66, {}, 10, 4),  # -6.6 is -6
        ("PercentChangeInCapacity", 25, {"MinAdjustmentMagnitude": 2}, 4, 6),
        ("PercentChangeInCapacity", -25, {"MinAdjustmentMagnitude": 2}, 4, 2),
        ("PercentChangeInCapacity", 0, {"MinAdjustmentMagnitude": 2}, 4, 4),
    ],
)
def test_adjustments_are_rounded_as_aws_documents_them(
    kind, adjustment, members, base, expected
):
    config = steps([{"MetricIntervalLowerBound": 0, "n": adjustment}], kind, **members)
    assert stepped(config, base, 1) == expected
    assert stepped(config, base, -1) is None  # no step is for that


def test_datapoints_become_one_as_the_policy_says():
    config = steps([{"MetricIntervalLowerBound": 2, "n": 1}], "ChangeInCapacity")
    for how, expected in [("Average", None), ("Maximum", 2), ("Minimum", None)]:
        config["MetricAggregationType"] = how
        policy = {"StepScalingPolicyConfiguration": config}
        assert wanted(policy, 1, 10, [10, 11, 13]) == expected


def searched(base, value, target):
    """Return the fewest instances that bring the whole load below the target each."""
    count = 0
    while base * value > count * target + 1e-6:
        count += 1
    return count


def test_a_target_is_tracked_by_the_fewest_instances_that_keep_it():
    chance = random.Random(1)
    for _ in range(2000):
        base, target = chance.randint(1, 9), chance.choice([0.5, 1, 7, 70.0])
        value = chance.choice([chance.uniform(0, 4), chance.randint(0, 4)]) * target
        expected = searched(base, value, target)
        found = tracked({"TargetValue": target}, base, [value])
        assert found == (None if expected == base else expected)


def test_down_it_follows_the_largest_of_the_datapoints_or_not_at_all():
    config = {"TargetValue": 10}
    assert tracked(config, 4, [1, 6, 1]) == 3
    assert tracked(config, 4, [20, 6, 1]) is None  # it has just been high
    assert tracked({**config, "DisableScaleIn": True}, 4, [1, 1]) is None
    assert tracked({**config, "DisableScaleIn": True}, 4, [1, 20]) == 8
