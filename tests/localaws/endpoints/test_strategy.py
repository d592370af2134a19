"""What a DeploymentConfig asks for, and what cannot be."""

import pytest

from localaws.api.errors import ServiceError
from localaws.endpoints.strategy import AT_ONCE, strategy_of


def config(*counts, names="ab"):
    rows = [
        {"VariantName": name, "InitialInstanceCount": count}
        for name, count in zip(names, counts, strict=False)
    ]
    return {"ProductionVariants": rows}


def policy(kind, value=None, unit="CAPACITY_PERCENT", wait=0, **members):
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    size = {sizes[kind]: {"Type": unit, "Value": value}} if value else {}
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **size}
    given = {"TrafficRoutingConfiguration": routing, **members}
    return {"BlueGreenUpdatePolicy": given}


@pytest.mark.parametrize(
    ("given", "counts", "shares"),
    [
        ({}, [1], [1]),
        (policy("ALL_AT_ONCE"), [1], [1]),
        (policy("CANARY", 10), [1], [0.1, 1]),
        (policy("CANARY", 1, "INSTANCE_COUNT"), [4], [0.25, 1]),
        (policy("CANARY", 1), [1, 3], [0.01, 1]),
        (policy("LINEAR", 50), [1], [0.5, 1]),
        (policy("LINEAR", 40), [1], [0.4, 0.8, 1]),
        (policy("LINEAR", 20), [1], [0.2, 0.4, 0.6, 0.8, 1]),
        (policy("LINEAR", 10), [1], [*(n / 10 for n in range(1, 10)), 1]),
        (policy("LINEAR", 1, "INSTANCE_COUNT"), [3, 3], [1 / 3, 2 / 3, 1]),
    ],
)
def test_requests_move_in_steps_of_the_size_that_is_given(given, counts, shares):
    found = strategy_of(given, config(*counts), config(*counts))
    assert found.shares == pytest.approx(shares)


def test_waits_and_alarms_are_those_of_the_request():
    given = policy("CANARY", 10, wait=60, TerminationWaitInSeconds=30)
    given["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    given["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": "x"}]}
    found = strategy_of(given, config(1), config(1))
    assert (found.bake, found.linger, found.limit) == (60, 30, 600)
    assert found.alarms == ("x",) and found.gradual
    assert strategy_of({}, config(1), config(1)) == AT_ONCE and not AT_ONCE.gradual


SERVERLESS = {"ProductionVariants": [{"VariantName": "a", "ServerlessConfig": {}}]}
LONG = {"MaximumExecutionTimeoutInSeconds": 600, "TerminationWaitInSeconds": 300}


@pytest.mark.parametrize(
    ("given", "new", "old", "words"),
    [
        (policy("CANARY"), config(1), config(1), "CANARY needs CanarySize"),
        (policy("LINEAR"), config(1), config(1), "LINEAR needs LinearStepSize"),
        (policy("CANARY", 51), config(1), config(1), "at most 50%"),
        (policy("LINEAR", 9), config(1), config(1), "must be 10-50%"),
        (policy("CANARY", 1, "INSTANCE_COUNT"), config(1), config(1), "at most 50%"),
        (policy("LINEAR", 1, "INSTANCE_COUNT"), config(2, 3), config(2, 3), "PERCENT"),
        (policy("CANARY", 9, wait=300, **LONG), config(1), config(1), "together, 600"),
        (policy("CANARY", 9), config(1), config(1, names="b"), "same variant names"),
        (policy("CANARY", 9), SERVERLESS, config(1), "without a DeploymentConfig"),
    ],
)
def test_what_cannot_be_is_refused_in_words(given, new, old, words):
    with pytest.raises(ServiceError, match=words) as caught:
        strategy_of(given, new, old)
    assert caught.value.code == "ValidationException"


def test_a_size_of_another_type_is_refused():
    given = policy("CANARY", 10)
    routing = given["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    routing["Type"] = "ALL_AT_ONCE"
    with pytest.raises(ServiceError, match="CanarySize is of no use"):
        strategy_of(given, config(1), config(1))
