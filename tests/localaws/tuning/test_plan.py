"""The plan: whose turn it is, what it knows by then, and when it waits."""

import pytest
from tuning_jobs import categories, continuous, definition, request

from localaws.tuning.plan import Plan
from localaws.tuning.summary import AIM, begin

OBJECTIVE = {"Type": "Maximize", "MetricName": "score"}


def plan(**changes):
    return Plan({**request(**changes), "_seed": 1})


def job(plan, number, score=None, ended=True):
    """Return the summary of a job with its own values: those of an idle plan."""
    found = begin(f"j{number}", "arn", "", {"x": str(number / 10)})
    if ended:
        found["TrainingJobStatus"] = "Completed"
        found[AIM] = {"Type": "Maximize", "MetricName": "score", "Value": score or 0.0}
    return found


class Notes:
    """Stands for a strategy: it notes what it is told."""

    def suggest(self, number, seen, pending):
        self.told = (
            number,
            [(one.values["x"], one.cost) for one in seen],
            [values["x"] for values in pending],
        )
        return {}


def told(one, jobs):
    one.strategies = [Notes() for _ in one.definitions]
    return one.strategies[0].told if one.next(jobs) else None


def test_a_strategy_is_told_of_costs_and_of_jobs_that_run():
    one = plan(limits={"MaxParallelTrainingJobs": 2})
    jobs = [job(one, 1, 0.5), job(one, 2, ended=False), job(one, 3, 0.7)]
    assert told(one, jobs) == (3, [("0.1", -0.5), ("0.3", -0.7)], ["0.2"])


def test_with_a_seed_bayesian_knows_what_it_always_knows_by_then():
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2}
    one = plan(config={"Strategy": "Bayesian"}, limits=limits)
    first, second, third = (job(one, number, 0.5) for number in (1, 2, 3))
    slow = job(one, 1, ended=False)
    assert told(one, [slow]) == (1, [], ["0.1"])
    assert told(one, [first]) == (1, [], ["0.1"])  # whether it has ended or not
    assert told(one, [slow, second]) is None
    assert told(one, [first, second]) == (2, [("0.1", -0.5)], ["0.2"])
    expected = (3, [("0.1", -0.5), ("0.2", -0.5)], ["0.3"])
    assert told(one, [first, second, third]) == expected


def test_one_at_a_time_knows_all():
    one = plan(config={"Strategy": "Bayesian"})
    assert told(one, [job(one, 1, 1.0)]) == (1, [("0.1", -1.0)], [])


def test_without_a_seed_nothing_waits():
    config = {"Strategy": "Bayesian", "RandomSeed": None}
    one = plan(config=config, limits={"MaxParallelTrainingJobs": 2})
    jobs = [job(one, 1, ended=False), job(one, 2, 0.3)]
    assert told(one, jobs) == (2, [("0.2", -0.3)], ["0.1"])


def several(strategy, *ranges, **limits):
    given = [
        definition(
            DefinitionName=f"d{number}",
            TuningObjective=OBJECTIVE,
            HyperParameterRanges=each,
        )
        for number, each in enumerate(ranges)
    ]
    none = {"HyperParameterTuningJobObjective": None, "ParameterRanges": None}
    return plan(
        TrainingJobDefinition=None,
        TrainingJobDefinitions=given,
        config={**none, "Strategy": strategy},
        limits=limits,
    )


def test_definitions_take_turns():
    one = several("Random", continuous(), continuous())
    assert [one.turn(number) for number in range(4)] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_grids_follow_one_another():
    grids = categories(c="ab"), categories(c="xyz")
    one = several("Grid", *grids, MaxNumberOfTrainingJobs=None)
    assert one.total == 5
    turns = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert [one.turn(number) for number in range(5)] == turns


@pytest.mark.parametrize("source", ["", "parent"])
def test_what_parents_know_comes_first(source):
    known = [{"values": {"x": "0.9"}, "cost": 4.0, "source": source}]
    one = Plan({**request(), "_seed": 1, "_known": known})
    assert told(one, [job(one, 1, 1.0)]) == (1, [("0.9", 4.0), ("0.1", -1.0)], [])
