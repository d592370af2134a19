"""What a record says of its training jobs: counters, the best, how long ago it was."""

import pytest

from localaws.tuning import summary
from localaws.tuning.summary import AIM, begin, finish, give_up


def job(value=None, end=0.0, status="Completed", kind="Maximize", reason=""):
    found = begin(f"job-{end}", "arn", "d", {"x": "1"})
    metrics = [{"MetricName": "other", "Value": 99.0}]
    metrics += [] if value is None else [{"MetricName": "score", "Value": value}]
    record = {"TrainingJobStatus": status, "TrainingEndTime": end}
    record |= {"FinalMetricDataList": metrics}
    record |= {"FailureReason": reason} if reason else {}
    finish(found, record, "score", kind == "Maximize")
    return found


def test_a_job_says_what_its_record_does():
    found = job(2.5, 7.0)
    assert found[AIM] == {"Type": "Maximize", "MetricName": "score", "Value": 2.5}
    assert found["ObjectiveStatus"] == "Succeeded" and found["TrainingEndTime"] == 7.0
    assert found["TrainingJobDefinitionName"] == "d"
    assert "TrainingJobDefinitionName" not in begin("n", "arn", "", {})


@pytest.mark.parametrize(("value", "status"), [(None, "Completed"), (1.0, "Failed")])
def test_without_an_objective_or_a_success_there_is_none(value, status):
    found = job(value, status=status)
    assert found["ObjectiveStatus"] == "Failed" and summary.value(found) is None
    assert summary.best([found]) is None


def test_a_job_that_was_stopped_has_its_last_objective():
    assert summary.value(job(3.0, status="Stopped")) == 3.0


@pytest.mark.parametrize(("kind", "expected"), [("Maximize", 3.0), ("Minimize", 1.0)])
def test_the_best_is_the_largest_or_least_and_of_equals_the_first(kind, expected):
    values = enumerate([2.0, 3.0, 1.0, 3.0, 1.0])
    jobs = [job(value, float(end), kind=kind) for end, value in values]
    found = summary.best(jobs)
    assert summary.value(found) == expected
    assert found["TrainingEndTime"] == (1.0 if kind == "Maximize" else 2.0)
    assert summary.not_improving(jobs) == (3 if kind == "Maximize" else 2)
    assert summary.reached(jobs, expected)
    worse, better = (2.9, 3.1) if kind == "Maximize" else (1.1, 0.9)
    assert summary.reached(jobs, worse) and not summary.reached(jobs, better)


def test_without_results_nothing_is_reached():
    assert not summary.reached([], 0.0) and summary.not_improving([job()]) == 0


def test_counters_tell_what_aws_would_try_again():
    lost = job(status="Failed", reason="InternalServerError: gone")
    jobs = [job(1.0), job(status="Failed", reason="AlgorithmError"), lost]
    jobs += [job(1.0, status="Stopped"), begin("n", "a", "", {})]
    record = {"_jobs": jobs}
    summary.refresh(record)
    assert record["TrainingJobStatusCounters"] == {
        "Completed": 1,
        "InProgress": 1,
        "RetryableError": 1,
        "NonRetryableError": 1,
        "Stopped": 1,
    }
    counts = {"Succeeded": 2, "Pending": 1, "Failed": 2}
    assert record["ObjectiveStatusCounters"] == counts


def test_the_end_leaves_no_job_that_runs():
    running = begin("n", "a", "", {})
    record = {"_jobs": [running, job(1.0)], "CreationTime": 0.0}
    summary.fail(record, "r" * 2000)
    assert record["HyperParameterTuningJobStatus"] == "Failed"
    assert len(record["FailureReason"]) == 1024 == len(running["FailureReason"])
    assert record["TrainingJobStatusCounters"]["InProgress"] == 0
    assert record["ConsumedResources"]["RuntimeInSeconds"] > 0


def test_a_job_that_is_given_up_has_failed():
    found = begin("n", "a", "", {})
    give_up(found, "why")
    assert (found["TrainingJobStatus"], found["FailureReason"]) == ("Failed", "why")
