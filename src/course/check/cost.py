"""The exercises of lesson 28: a tail of waits, a price upfront, a rule that scales."""

import numpy as np

from course.check import Wrong, as_number, exercise, expect, expect_same

STEADY = 0.9  # of the target


@exercise(
    "waits(gaps / load, services) are the waits at a load; np.percentile has the tail.",
    "Try the loads from 0.5 on in steps of 0.01, and compare with the first.",
    "It is a load between 65% and 75%.",
)
def doubled(load):
    """The load at which the 95th percentile of the waits is twice that at a half."""
    load = as_number(load, "the load")
    expect(load <= 1, f"the load is a share, and {load:g} is more than 1: write 0.6.")
    if 0.655 < load < 0.68:
        raise Wrong("that is where the mean wait doubles: look at the 95th percentile.")
    if 0.74 < load < 0.76:
        raise Wrong(
            "there wait and service together have doubled: the waits alone are asked."
        )
    expect(load > 0.685, "the tail is not twice as long yet: go on.")
    expect(load < 0.735, "there the tail is more than twice as long: stop earlier.")
    return "From half to 71%: beyond, each further percent costs more."


@exercise(
    "What does the plan cost in one month, upfront part included?",
    "Divide a month's dollars of the plan by the price of an hour on demand.",
    "(upfront / 12 + plan * month) / on_demand",
)
def hours_to_break_even(answer):
    """A function (on_demand, plan, upfront, month) -> hours a month to break even.

    `on_demand` and `plan` are dollars an hour, `upfront` dollars a year, `month` the
    hours of a month.
    """
    expect_same(
        answer,
        _hours,
        _plans,
        cases=[{"on_demand": 0.1, "plan": 0.07, "upfront": 0.0, "month": 730}],
        mistakes={
            "the plan is paid in each hour of the month, used or not.": (
                lambda on_demand, plan, upfront, month: (
                    upfront / 12 / (on_demand - plan)
                )
            ),
            "that leaves the upfront part out.": (
                lambda on_demand, plan, upfront, month: plan * month / on_demand
            ),
            "upfront is for a year: a month bears a twelfth of it.": (
                lambda on_demand, plan, upfront, month: (
                    (upfront + plan * month) / on_demand
                )
            ),
            "those are the hours of a year.": (
                lambda on_demand, plan, upfront, month: (
                    (upfront + 12 * plan * month) / on_demand
                )
            ),
            "that is a share of the month: hours are asked for.": (
                lambda on_demand, plan, upfront, month: (
                    (upfront / 12 / month + plan) / on_demand
                )
            ),
            "those are the hours that the plan saves.": (
                lambda on_demand, plan, upfront, month: (
                    month - (upfront / 12 + plan * month) / on_demand
                )
            ),
        },
    )
    return "A promise is a flat line, and renting a ramp: they cross there."


def _hours(on_demand, plan, upfront, month):
    return (upfront / 12 + plan * month) / on_demand


def _plans(rng, size):
    on_demand = float(np.exp(rng.uniform(np.log(0.01), np.log(30))))
    plan, upfront = on_demand * rng.uniform(0.1, 0.8), on_demand * rng.uniform(50, 900)
    month = int(rng.choice([672, 696, 720, 730, 744]))
    return {
        "on_demand": on_demand,
        "plan": float(plan),
        "upfront": float(upfront),
        "month": month,
    }


@exercise(
    "count * metric / target instances would have the target exactly: round up.",
    "Round up where the metric is above the target, or below 0.9 of it; bound it last.",
    "min(max(count, least), most) is between the bounds.",
)
def desired(answer):
    """A function (count, metric, target, least, most) -> the next count."""
    expect_same(
        answer,
        _desired,
        _fleets,
        cases=[
            {"count": 3, "metric": 9.0, "target": 6.0, "least": 1, "most": 20},
            {"count": 4, "metric": 9.0, "target": 6.0, "least": 1, "most": 20},
            {"count": 20, "metric": 5.5, "target": 6.0, "least": 1, "most": 20},
            {"count": 10, "metric": 50.0, "target": 6.0, "least": 1, "most": 20},
            {"count": 20, "metric": 6.3, "target": 6.0, "least": 1, "most": 50},
            {"count": 4, "metric": 0.0, "target": 6.0, "least": 2, "most": 20},
            {"count": 4, "metric": 6.0, "target": 6.0, "least": 1, "most": 20},
            {"count": 9, "metric": 6.0, "target": 6.0, "least": 1, "most": 8},
        ],
        sizes=[1] * 40,
        mistakes={
            "a part of an instance is missing: round up.": _rounded(np.round),
            "rounded down, it stays too high: round up.": _rounded(np.floor),
            "without a margin of 10% below, it changes all the time.": (
                lambda count, metric, target, least, most: _bounded(
                    np.ceil(count * metric / target), least, most
                )
            ),
            "one more or one less is a slow walk: compute how many.": _one_by_one,
            "keep within `least` and `most`.": (
                lambda count, metric, target, least, most: _wished(
                    count, metric, target, np.ceil
                )
            ),
            "what is left as it is must lie within the bounds, too.": _late,
            "the quotient is upside down: a metric above its target needs more.": (
                lambda count, metric, target, least, most: _bounded(
                    _wished(count, target, metric, np.ceil), least, most
                )
            ),
        },
    )
    return "The rule is one line. What swings is the loop that it stands in."


def _wished(count, metric, target, rounded):
    if metric > target or metric < STEADY * target:
        return int(rounded(count * metric / target))
    return count


def _bounded(count, least, most):
    return int(min(max(count, least), most))


def _rounded(rounded):
    return lambda count, metric, target, least, most: _bounded(
        _wished(count, metric, target, rounded), least, most
    )


_desired = _rounded(np.ceil)


def _one_by_one(count, metric, target, least, most):
    change = (metric > target) - (metric < STEADY * target)
    return _bounded(count + change, least, most)


def _late(count, metric, target, least, most):
    wished = _wished(count, metric, target, np.ceil)
    return count if wished == count else _bounded(wished, least, most)


def _fleets(rng, size):
    """A fleet: often above or below, often near the target; tight bounds too."""
    count, target = int(rng.integers(2, 60)), float(rng.choice([0.7, 6.0, 420.0, 33.3]))
    ways = rng.uniform(0, 3), rng.uniform(0.9, 1.1), 0.0, 1.0
    share = ways[rng.choice(4, p=[0.5, 0.4, 0.05, 0.05])]
    least, most = 1, 500
    if rng.random() < 0.5:
        least = int(rng.integers(1, count + 5))
        most = least + int(rng.integers(0, count))
    metric = float(share * target)
    return {
        "count": count,
        "metric": metric,
        "target": target,
        "least": least,
        "most": most,
    }
