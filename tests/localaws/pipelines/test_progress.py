"""Which steps may begin after what, and how an execution ends."""

import pytest
from defined import condition, definition, processing

from localaws.pipelines.definition import parse
from localaws.pipelines.progress import outcome, ready, running


def states(**statuses):
    return {name: {"Status": status} for name, status in statuses.items()}


def names(made, known, **more):
    return [step.name for step in ready(made, known, **more)]


LINE = parse(
    definition(
        processing("a"),
        processing("b", after=["a"]),
        processing("c"),
        processing("d", after=["b", "c"]),
    )
)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, ["a", "c"]),
        ({"a": "Executing"}, ["c"]),
        ({"a": "Succeeded"}, ["b", "c"]),
        ({"a": "Succeeded", "b": "Succeeded", "c": "Stopping"}, []),
        ({"a": "Succeeded", "b": "Succeeded", "c": "Succeeded"}, ["d"]),
        ({"a": "Failed"}, []),  # no new step starts, "c" neither
        ({"c": "Stopped"}, []),
    ],
)
def test_a_step_begins_when_all_that_it_needs_have_succeeded(known, expected):
    assert names(LINE, states(**known)) == expected


def test_of_a_condition_one_branch_runs():
    made = parse(
        definition(condition("if", [], [processing("yes")], [processing("no")]))
    )
    assert names(made, {}) == ["if"]
    for said, expected in [("True", ["yes"]), ("False", ["no"])]:
        met = {"Status": "Succeeded", "Metadata": {"Condition": {"Outcome": said}}}
        assert names(made, {"if": met}) == expected
    assert names(made, states(**{"if": "Executing"})) == []


def test_what_is_not_selected_does_not_run():
    assert names(LINE, states(a="Succeeded"), selected=["b"]) == ["b"]
    made = parse(definition(condition("if", [], [processing("yes")])))
    assert names(made, {}, selected=["yes"]) == ["yes"]
    assert names(made, {}, selected=["if", "yes"]) == ["if"]


HANDLED = parse(
    definition(
        processing("a"),
        processing("told", after=[{"Step": "a", "Trigger": "Failed"}]),
        processing("after", after=["told"]),
        processing("any", after=[{"Step": "a", "Trigger": "Any"}]),
        processing("next", after=["a"]),
    )
)


def test_a_step_may_wait_for_a_failure():
    assert names(HANDLED, states(a="Failed")) == ["told", "any"]
    assert names(HANDLED, states(a="Succeeded")) == ["any", "next"]
    assert names(HANDLED, states(a="Stopped")) == ["any"]
    assert names(HANDLED, states(a="Failed", told="Succeeded", any="Executing")) == [
        "after"
    ]


@pytest.mark.parametrize(
    ("made", "known", "stopping", "expected"),
    [
        (LINE, {"a": "Succeeded", "c": "Succeeded"}, False, "Succeeded"),
        (LINE, {"a": "Succeeded", "c": "Failed"}, False, "Failed"),
        (LINE, {"a": "Stopped", "c": "Succeeded"}, False, "Stopped"),
        (LINE, {"a": "Stopped", "c": "Failed"}, False, "Failed"),
        (LINE, {"a": "Failed"}, True, "Stopped"),
        (HANDLED, {"a": "Failed", "told": "Succeeded"}, False, "CompletedWithFailures"),
        (HANDLED, {"a": "Failed", "told": "Failed"}, False, "Failed"),
        (HANDLED, {"a": "Failed"}, False, "Failed"),  # the steps that wait did not run
    ],
)
def test_an_execution_ends_as_its_steps_have(made, known, stopping, expected):
    assert outcome(made, states(**known), stopping) == expected


def test_what_has_not_ended_runs():
    assert running(states(a="Starting", b="Stopping", c="Failed", d="Executing")) == [
        "a",
        "b",
        "d",
    ]
