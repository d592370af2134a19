"""Runs of tuning jobs whose training jobs end at once: what begins and ends them."""

import re

import pytest
from tuning_jobs import categories, continuous, definition, request
from waiting import until

from localaws.jobs.run import Jobs

AIM = "FinalHyperParameterTuningJobObjectiveMetric"
STATUS = "HyperParameterTuningJobStatus"


def values(record):
    return [job["TunedHyperParameters"] for job in record["_jobs"]]


def counters(record):
    return {k: v for k, v in record["TrainingJobStatusCounters"].items() if v}


def criteria(**changes):
    return {"config": {"TuningJobCompletionCriteria": changes}}


def test_jobs_are_named_counted_and_the_best_is_found(tunings):
    tags = [{"Key": "k", "Value": "v"}]
    done = tunings.run(request(limits={"MaxNumberOfTrainingJobs": 4}, Tags=tags))
    assert (done[STATUS], counters(done)) == ("Completed", {"Completed": 4})
    assert done["ObjectiveStatusCounters"]["Succeeded"] == 4
    names = [job["TrainingJobName"] for job in done["_jobs"]]
    for number, name in enumerate(names, 1):
        assert re.fullmatch(rf"tune-00{number}-[0-9a-f]{{8}}", name)
        found = tunings.client.trained.get(name)
        assert found["TuningJobArn"] == done["HyperParameterTuningJobArn"]
    assert {tuple(map(str, job["Tags"])) for job in tunings.client.asked} == {
        tuple(map(str, tags))
    }
    scores = [float(each["x"]) for each in values(done)]
    best = done["BestTrainingJob"]
    assert best["TrainingJobName"] == names[scores.index(max(scores))]
    assert best[AIM] == {
        "Type": "Maximize",
        "MetricName": "score",
        "Value": max(scores),
    }
    assert "OverallBestTrainingJob" not in done
    assert done["ConsumedResources"] == {"RuntimeInSeconds": 0}


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_the_same_seed_gives_the_same_tuning_in_whichever_order_jobs_end(
    tunings, strategy
):
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 3}
    config = {"Strategy": strategy}
    first = tunings.run(request("first", limits=limits, config=config))
    tunings.client.held = lambda number: number % 3 == 1  # each third takes long
    tunings.call("create", **request("second", limits=limits, config=config))
    begun = [0]

    def step():
        """End the job that has run longest, where no more have begun meanwhile."""
        found = tunings.table.get("second")
        begun.append(len(found["_jobs"]))
        waiting = tunings.client.trained.names(besides=("Completed",))
        if waiting and begun[-1] == begun[-2]:
            tunings.client.end(waiting[0])
        return found[STATUS] != "InProgress"

    until(step)
    second = tunings.ended("second")
    assert values(first) == values(second)
    tunings.client.held = lambda number: False
    other = tunings.run(request("other", limits=limits, config={"RandomSeed": 2}))
    assert values(other) != values(first)


def test_no_more_run_at_once_than_may(tunings):
    tunings.client.held = lambda number: True
    limits = {"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 2}
    tunings.call("create", **request(limits=limits))
    begun = []
    while len(begun) < 5:
        running = until(lambda: tunings.client.trained.names(besides=("Completed",)))
        assert len(running) <= 2
        begun.append(running[0])
        tunings.client.end(running[0])
    assert counters(tunings.ended()) == {"Completed": 5}


def test_a_grid_has_each_combination_and_definitions_follow_one_another(tunings):
    tunings.client.score = lambda given: ord(given["c"])
    ranges = categories(c="ab", d="xy")
    limits = {"MaxNumberOfTrainingJobs": None, "MaxParallelTrainingJobs": 3}
    config = {"Strategy": "Grid", "ParameterRanges": ranges}
    done = tunings.run(request(limits=limits, config=config))
    found = [each["c"] + each["d"] for each in values(done)]
    assert found == ["ax", "ay", "bx", "by"]
    assert done["BestTrainingJob"]["TunedHyperParameters"] == {"c": "b", "d": "x"}


def test_definitions_take_turns_each_with_its_ranges_and_its_objective(tunings):
    aim = {"Type": "Minimize", "MetricName": "score"}
    several = [
        definition(
            DefinitionName=name,
            TuningObjective=aim,
            HyperParameterRanges=continuous("x", *ends),
        )
        for name, ends in {"low": ("0", "1"), "high": ("5", "6")}.items()
    ]
    none = {"HyperParameterTuningJobObjective": None, "ParameterRanges": None}
    done = tunings.run(
        request(
            TrainingJobDefinition=None,
            TrainingJobDefinitions=several,
            config=none,
            limits={"MaxNumberOfTrainingJobs": 4},
        )
    )
    names = [job["TrainingJobDefinitionName"] for job in done["_jobs"]]
    assert names == ["low", "high", "low", "high"]
    scores = [float(each["x"]) for each in values(done)]
    assert max(scores[0::2]) < 5 <= min(scores[1::2])
    assert done["BestTrainingJob"][AIM]["Value"] == min(scores)
    assert done["BestTrainingJob"]["TrainingJobDefinitionName"] == "low"


def test_a_target_ends_the_tuning_and_stops_what_runs(tunings):
    tunings.client.held = lambda number: number == 1
    tunings.client.score = lambda given: 0.9
    limits = {"MaxNumberOfTrainingJobs": 8, "MaxParallelTrainingJobs": 2}
    done = tunings.run(
        request(limits=limits, **criteria(TargetObjectiveMetricValue=0.9))
    )
    assert done[STATUS] == "Completed"
    assert counters(done) == {"Completed": 1, "Stopped": 1}
    assert tunings.client.stopped == [done["_jobs"][0]["TrainingJobName"]]


def test_jobs_that_do_not_improve_end_the_tuning(tunings):
    tunings.client.score = lambda given: {1: 5.0, 2: 7.0}.get(
        len(tunings.client.asked), 6
    )
    stop = {"MaxNumberOfTrainingJobsNotImproving": 3}
    many = {"MaxNumberOfTrainingJobs": 20}
    done = tunings.run(request(limits=many, **criteria(BestObjectiveNotImproving=stop)))
    assert (done[STATUS], counters(done)) == ("Completed", {"Completed": 5})
    details = done["TuningJobCompletionDetails"]
    assert details == {"NumberOfTrainingJobsObjectiveNotImproving": 3}


def test_its_time_ends_the_tuning_and_stops_what_runs(tunings):
    tunings.client.held = lambda number: number == 2
    asked = request(limits={"MaxRuntimeInSeconds": 0.3})
    done = tunings.run(asked)
    assert done[STATUS] == "Completed"
    assert counters(done) == {"Completed": 1, "Stopped": 1}


def test_a_stop_stops_what_runs(tunings):
    tunings.client.held = lambda number: number == 2
    tunings.call("create", **request())
    until(lambda: len(tunings.client.asked) == 2)
    tunings.call("stop", HyperParameterTuningJobName="tune")
    done = tunings.ended()
    assert (done[STATUS], counters(done)) == ("Stopped", {"Completed": 1, "Stopped": 1})
    assert "FailureReason" not in done


def test_it_fails_where_all_training_jobs_fail(tunings):
    tunings.client.status = lambda given: "Failed"
    done = tunings.run(request(limits={"MaxNumberOfTrainingJobs": 7}))
    assert (done[STATUS], counters(done)) == ("Failed", {"NonRetryableError": 7})
    assert done["FailureReason"].startswith("All training jobs failed. Please take a")
    assert done["ObjectiveStatusCounters"]["Failed"] == 7
    assert done["_jobs"][0]["FailureReason"] == "AlgorithmError: told so"
    assert "BestTrainingJob" not in done


@pytest.mark.parametrize(("asked", "run"), [(3, 3), (9, 5)])
def test_it_fails_where_none_says_its_objective(tunings, asked, run):
    tunings.client.score = lambda given: None
    done = tunings.run(request(limits={"MaxNumberOfTrainingJobs": asked}))
    assert (done[STATUS], counters(done)) == ("Failed", {"Completed": run})
    words = f"No objective metrics found after running {run} training jobs."
    assert done["FailureReason"].startswith(words)


def test_one_failure_is_none_of_the_tuning(tunings):
    statuses = iter(["Failed", "Completed", "Completed"])
    tunings.client.status = lambda given: next(statuses)
    done = tunings.run(request())
    assert done[STATUS] == "Completed"
    assert counters(done) == {"Completed": 2, "NonRetryableError": 1}


def test_a_training_job_that_cannot_be_created_fails_the_tuning(tunings):
    tunings.client.refusal = "no such role any more"
    done = tunings.run(request())
    assert done[STATUS] == "Failed" and len(done["_jobs"]) == 1
    assert "could not be created: " in done["FailureReason"]
    assert "no such role any more" in done["FailureReason"]


def test_it_takes_no_place_of_the_machine(tunings):
    jobs = tunings.context.part(Jobs)
    places = [jobs.places.acquire(blocking=False) for _ in range(100)]
    assert not all(places)
    assert tunings.run(request())[STATUS] == "Completed"


def test_the_servers_end_fails_it_and_what_it_had_begun(tunings):
    tunings.client.held = lambda number: True
    tunings.call("create", **request())
    until(lambda: tunings.client.asked)
    tunings.context.closing.set()
    tunings.context.part(Jobs).close()
    done = tunings.table.get("tune")
    assert (done[STATUS], counters(done)) == ("Failed", {"RetryableError": 1})
    assert done["FailureReason"].startswith("InternalServerError: the localaws server")
    assert tunings.client.stopped == []


def test_the_servers_end_does_not_wait_for_what_is_being_stopped(tunings):
    tunings.client.held, tunings.client.deaf = lambda number: True, True
    tunings.call("create", **request())
    until(lambda: tunings.client.asked)
    run = tunings.context.part(Jobs).find(tunings.table, "tune")
    tunings.call("stop", HyperParameterTuningJobName="tune")
    until(lambda: tunings.client.stopped)
    tunings.context.closing.set()
    run.abandon()
    assert not run.is_alive()
    done = tunings.table.get("tune")
    assert (done[STATUS], counters(done)) == ("Stopped", {"RetryableError": 1})


def test_a_training_job_that_is_deleted_counts_as_failed(tunings):
    tunings.client.held = lambda number: number == 1
    tunings.call("create", **request())
    [name] = until(lambda: tunings.client.trained.names())
    tunings.client.trained.delete(name)
    done = tunings.ended()
    assert counters(done) == {"Completed": 2, "NonRetryableError": 1}
    assert "was deleted" in done["_jobs"][0]["FailureReason"]


def test_a_training_job_may_be_deleted_before_its_tuning_job_is_noted(tunings):
    end, client = tunings.client.end, tunings.client
    client.end = lambda name: (
        client.trained.delete(name) if len(client.asked) == 1 else end(name)
    )
    tunings.call("create", **request())
    done = tunings.ended()
    assert counters(done) == {"Completed": 2, "NonRetryableError": 1}
    assert "was deleted" in done["_jobs"][0]["FailureReason"]
