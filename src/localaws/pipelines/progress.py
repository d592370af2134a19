"""How far an execution is: which steps may start now, and how it ends.

Of each step that has begun there is a state, as the execution's record keeps it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from localaws.pipelines.definition import Definition, Need, Step

State = dict[str, Any]
States = Mapping[str, State]
ENDED = ("Succeeded", "Failed", "Stopped")
FAILED = "Step failure: One or multiple steps failed."
_AS = {"Completed": ("Succeeded",), "Failed": ("Failed",), "Stopped": ("Stopped",)}


def ready(
    definition: Definition, states: States, selected: Collection[str] = ()
) -> list[Step]:
    """Return the steps that may begin, in the definition's order.

    After a failure that no step waits for, none does: what runs comes to its end.
    """
    if any(not _expected(definition, name) for name in _fallen(states)):
        return []
    return [
        step
        for step in definition.steps.values()
        if step.name not in states
        and (not selected or step.name in selected)
        and _chosen(step, states, selected)
        and all(_met(need, states) for need in step.needs)
    ]


def running(states: States) -> list[str]:
    """Return the names of the steps that have begun and not ended."""
    return [name for name, state in states.items() if state["Status"] not in ENDED]


def outcome(definition: Definition, states: States, stopping: bool) -> str:
    """Return the status of an execution in which nothing runs, or can begin, any more.

    A failure has been dealt with where a step that waited for it has run.
    """
    if stopping:
        return "Stopped"
    fallen = _fallen(states)
    left = [name for name in fallen if not _dealt_with(definition, states, name)]
    for status in ("Failed", "Stopped"):
        if any(states[name]["Status"] == status for name in left):
            return status
    return "CompletedWithFailures" if fallen else "Succeeded"


def _fallen(states: States) -> list[str]:
    return [
        n for n, state in states.items() if state["Status"] in ("Failed", "Stopped")
    ]


def _expected(definition: Definition, name: str) -> bool:
    """Return whether a step waits for one that fails or stops."""
    return any(_waits(step, name) for step in definition.steps.values())


def _dealt_with(definition: Definition, states: States, name: str) -> bool:
    steps = definition.steps.values()
    return any(step.name in states and _waits(step, name) for step in steps)


def _waits(step: Step, name: str) -> bool:
    return any(need.step == name and need.trigger != "Completed" for need in step.needs)


def _chosen(step: Step, states: States, selected: Collection[str]) -> bool:
    """Return whether the branch that a step is in, if it is in one, is to run.

    Who selects a step of a branch and not its condition, has chosen the branch.
    """
    if not step.condition or (selected and step.condition not in selected):
        return True
    state = states.get(step.condition)
    if state is None or state["Status"] != "Succeeded":
        return False
    return bool(state["Metadata"]["Condition"]["Outcome"] == step.outcome)


def _met(need: Need, states: States) -> bool:
    status = states[need.step]["Status"] if need.step in states else ""
    return status in _AS.get(need.trigger, ENDED)
