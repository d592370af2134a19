"""Selective execution: some steps run, the others are as an earlier one left them.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-selective-ex.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from localaws.api.errors import invalid
from localaws.pipelines.definition import Definition
from localaws.pipelines.progress import State


def reused(
    made: Definition, selected: Collection[str], source: Mapping[str, Any] | None
) -> dict[str, State]:
    """Return the states that selected steps start from; `source` is the execution.

    Raises what AWS answers where they cannot start, or are not all of a way.
    """
    for name in selected:
        if name not in made.steps:
            raise invalid(f'The pipeline has no step "{name}" to select.')
    _check_connected(made, selected)
    wanted = {
        need.step
        for name in selected
        for need in made.steps[name].needs
        if need.step not in selected
    }
    return {name: _taken(name, source) for name in made.steps if name in wanted}


def _taken(name: str, source: Mapping[str, Any] | None) -> State:
    if source is None:
        raise invalid(
            f'The selected steps need the step "{name}", which is not selected: give '
            "the SourcePipelineExecutionArn of an execution in which it has succeeded."
        )
    arn, state = source["PipelineExecutionArn"], source["_steps"].get(name, {})
    if state.get("Status") != "Succeeded":
        raise invalid(
            f'The selected steps need the step "{name}", which has not succeeded in '
            f"the execution {arn}: select it too."
        )
    kept = {key: value for key, value in state.items() if key != "Cache"}
    return {**kept, "Selective": arn}


def _check_connected(made: Definition, selected: Collection[str]) -> None:
    """Raise where a step lies on a way between two that are selected, and is not."""
    after = {name: _all_before(made, name) for name in made.steps}
    for name, befores in after.items():
        if name in selected or not befores & set(selected):
            continue
        behind = [one for one in selected if name in after[one]]
        if behind:
            first = sorted(befores & set(selected))[0]
            raise invalid(
                f'The step "{name}" lies between the selected steps "{first}" and '
                f'"{behind[0]}": select it too.'
            )


def _all_before(made: Definition, name: str) -> set[str]:
    found, left = set[str](), list(made.steps[name].befores)
    while left:
        if (one := left.pop()) not in found:
            found.add(one)
            left += made.steps[one].befores
    return found


def again(made: Definition, states: Mapping[str, State]) -> dict[str, State]:
    """Return the states that a retry starts from: those of no step that has failed.

    Nor of what ran because one had failed.
    """
    fallen = {
        n for n, state in states.items() if state["Status"] in ("Failed", "Stopped")
    }
    return {
        name: state
        for name, state in states.items()
        if name not in fallen and not _all_before(made, name) & fallen
    }
