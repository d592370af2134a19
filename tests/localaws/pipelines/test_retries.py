"""Retry policies, as the SDK writes them."""

import pytest

from localaws.pipelines.retries import again, of_error, of_reason, policy, problems

JOB = {  # of SageMakerJobStepRetryPolicy.to_request()
    "BackoffRate": 2.0,
    "IntervalSeconds": 3,
    "MaxAttempts": 2,
    "ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"],
}
STEP = {  # of StepRetryPolicy.to_request()
    "BackoffRate": 2.0,
    "IntervalSeconds": 60,
    "ExpireAfterMin": 5,
    "ExceptionType": ["Step.THROTTLING"],
}


def test_a_failure_finds_the_policy_of_its_type():
    assert (
        policy([JOB, STEP], of_reason("InternalServerError: the server ended")) is JOB
    )
    assert policy([JOB, STEP], of_error("ThrottlingException", 400)) is STEP
    assert policy([JOB], of_reason("AlgorithmError: exit code: 1")) == {}
    assert policy([JOB], of_error("ValidationException", 400)) == {}


def test_faults_of_the_service_are_tried_again_without_a_policy():
    assert again(policy([], of_error("InternalFailure", 500)), 0, 0, 100) == 101
    assert again(policy([], of_error("ResourceLimitExceeded", 400)), 0, 0, 100) is None


def test_the_wait_grows_until_the_attempts_are_used_up():
    assert [again(JOB, tries, 0, 100) for tries in (0, 1, 2)] == [103, 106, None]


def test_the_wait_ends_when_the_time_is_over():
    assert again(STEP, 0, first=0, now=10) == 70
    assert again(STEP, 2, first=0, now=100) is None  # 240 s later would be after 300


def test_what_the_sdk_writes_has_no_problems():
    assert list(problems([JOB, STEP])) == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ExceptionType": ["Nothing"]}, "ExceptionType"),
        ({"ExceptionType": "Step.THROTTLING"}, "ExceptionType"),
        ({"ExpireAfterMin": 3}, "one of both"),
        ({"MaxAttempts": 21}, "MaxAttempts is 21"),
        ({"BackoffRate": "x"}, "BackoffRate"),
        ({"IntervalSeconds": True}, "IntervalSeconds"),
    ],
)
def test_a_bad_policy_is_told(changes, why):
    assert any(why in text for text in problems([{**JOB, **changes}]))
    assert list(problems(7)) and list(problems([7]))
