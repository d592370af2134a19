"""The definition of a pipeline: parsed once, and checked before anything of it runs.

https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

import graphlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localaws.api.errors import ServiceError, invalid
from localaws.pipelines import caching, conditions, retries
from localaws.pipelines.expressions import (
    BadExpression,
    as_text,
    property_files,
    references,
)
from localaws.pipelines.parameters import TYPES, Parameter
from localaws.pipelines.unknown import MEMBERS, REFUSED, STEP_MEMBERS, unknown

VERSIONS = ("2020-12-01",)
MOST = 50  # steps of a pipeline, those of conditions included
KINDS = (
    *("Processing", "Training", "Tuning", "Transform", "Model", "RegisterModel"),
    *("Condition", "Fail", "Lambda"),
)
_NOTEBOOK = "amazon_sagemaker_scheduler"  # the entry point of a notebook job
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
VARIABLES = (
    *("StartDateTime", "CurrentDateTime", "PipelineName", "PipelineArn"),
    *("PipelineExecutionId", "PipelineExecutionArn"),
    *("TrainingJobName", "ProcessingJobName"),
)
TRIGGERS = ("Completed", "Failed", "Stopped", "Any")


class BadDefinition(ValueError):
    """What a definition may not be: the text says what, and where."""


@dataclass(frozen=True)
class Need:
    """A step that must have ended, as `trigger` says, before another one starts."""

    step: str
    trigger: str = "Completed"


@dataclass(frozen=True)
class Step:
    """A step: what it does, and after which others."""

    name: str
    kind: str
    whole: Mapping[str, Any]  # as the definition has it
    needs: tuple[Need, ...] = ()
    condition: str = ""  # the step in whose branch it is
    outcome: str = ""  # with which outcome of the condition it runs: "True", "False"

    @property
    def arguments(self) -> dict[str, Any]:
        """Return its arguments; of a condition, without the steps of its branches."""
        given = self.whole["Arguments"]
        if self.kind != "Condition":
            return given
        return {"Conditions": given.get("Conditions", [])}

    @property
    def policies(self) -> list[dict[str, Any]]:
        """Return its retry policies."""
        return self.whole.get("RetryPolicies") or []

    @property
    def cached(self) -> int:
        """Return for how many seconds a result may be used again; 0 for never."""
        config = self.whole.get("CacheConfig") or {}
        return caching.seconds(config["ExpireAfter"]) if config.get("Enabled") else 0

    def file(self, name: str) -> dict[str, str] | None:
        """Return one of its property files."""
        files = self.whole.get("PropertyFiles") or []
        return next((one for one in files if one["PropertyFileName"] == name), None)

    @property
    def befores(self) -> list[str]:
        """Return all steps that it comes after."""
        names = [need.step for need in self.needs]
        return [*names, *([self.condition] if self.condition else [])]


@dataclass(frozen=True)
class Definition:
    """A checked definition: parameters and steps by name, steps of branches too."""

    parameters: Mapping[str, Parameter]
    steps: Mapping[str, Step]
    experiment: Mapping[str, Any]


def parse(text: str) -> Definition:
    """Return what a definition says; raise what AWS answers to a bad one."""
    try:
        return _parsed(json.loads(text, parse_constant=no_constant))
    except RecursionError:
        raise _unparsed("It is nested too deeply") from None
    except (BadDefinition, BadExpression) as error:
        raise _unparsed(str(error)) from None
    except ValueError as error:
        raise _unparsed(f"It is not valid JSON: {error}") from None


def _unparsed(why: str) -> ServiceError:
    return invalid(f"Unable to parse pipeline definition. {why}.")


def no_constant(name: str) -> float:
    """Raise ValueError for NaN and Infinity, which Python's JSON has of its own."""
    raise ValueError(f"{name} is not JSON")


def _parsed(whole: Any) -> Definition:
    if not isinstance(whole, dict):
        raise BadDefinition("It must be a JSON object")
    if whole.get("Version") not in VERSIONS:
        said = whole.get("Version")
        raise BadDefinition(f'Its Version is {said!r}; it must be "{VERSIONS[0]}"')
    if whole.get("MlflowConfig"):
        raise BadDefinition("localaws has no MLflow server: leave MlflowConfig out")
    if found := unknown(whole, MEMBERS):
        raise BadDefinition(f"The pipeline has {found}")
    parameters = _parameters(_list(whole, "Parameters", "the pipeline"))
    steps: dict[str, Step] = {}
    for step in _steps(_list(whole, "Steps", "the pipeline"), "", ""):
        if step.name in steps:
            raise BadDefinition(f'Two steps have the name "{step.name}"')
        steps[step.name] = step
    if not 1 <= len(steps) <= MOST:
        raise BadDefinition(f"It has {len(steps)} steps; it must have 1 to {MOST}")
    experiment = whole.get("PipelineExperimentConfig") or {}
    if not isinstance(experiment, dict):
        raise BadDefinition("PipelineExperimentConfig must be an object")
    definition = Definition(parameters, steps, experiment)
    _check_references(definition)
    _check_order(steps)
    return definition


def _list(whole: Mapping[str, Any], name: str, where: str) -> list[Any]:
    value = whole.get(name) or []
    if not isinstance(value, list):
        raise BadDefinition(f"{name} of {where} must be a list")
    return value


def _parameters(rows: list[Any]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for one in map(_parameter, rows):
        if one.name in found:
            raise BadDefinition(f'Two parameters have the name "{one.name}"')
        found[one.name] = one
    return found


def _parameter(row: Any) -> Parameter:
    name = row.get("Name") if isinstance(row, dict) else None
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name):
        raise BadDefinition(f"A parameter is {str(row)[:80]}; it must have a Name")
    kind, default = row.get("Type"), row.get("DefaultValue")
    if kind not in TYPES:
        raise BadDefinition(
            f'The parameter "{name}" is of type {kind!r}; give {", ".join(TYPES)}'
        )
    choices = _list(row, "EnumValues", f'the parameter "{name}"')
    made = Parameter(name, kind, default, tuple(map(as_text, choices)))
    if default is not None and not made.fits(default):
        raise BadDefinition(f'The default of "{name}", {default!r}, is no {kind}')
    if default is not None and choices and default not in choices:
        raise BadDefinition(f'The default of "{name}", {default!r}, is no choice')
    return made


def _steps(rows: list[Any], condition: str, outcome: str) -> Iterator[Step]:
    """Yield the steps of a list, and after each condition those of its branches."""
    for row in rows:
        step = _step(row, condition, outcome)
        yield step
        if step.kind == "Condition":
            where = f'the step "{step.name}"'
            for branch, said in (("IfSteps", "True"), ("ElseSteps", "False")):
                inside = _list(step.whole["Arguments"], branch, where)
                yield from _steps(inside, step.name, said)


def _step(row: Any, condition: str, outcome: str) -> Step:
    name = row.get("Name") if isinstance(row, dict) else None
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadDefinition(
            f"A step is {str(row)[:80]}; it must have a Name of up to 64 letters, "
            "digits, - and _"
        )
    where, kind = f'The step "{name}"', row.get("Type")
    if not isinstance(row.get("Arguments"), dict):
        raise BadDefinition(f"{where} has no Arguments, an object")
    _check_kind(where, kind, row)
    if unheard := unknown(row, STEP_MEMBERS):
        raise BadDefinition(f"{where} has {unheard}")
    needs = tuple(_needs(where, row))
    step = Step(name, kind, row, needs, condition, outcome)
    inside = [need.step for need in needs]
    found = (one.name for one in references(step.arguments) if one.root == "Steps")
    implied = tuple(
        Need(other) for other in dict.fromkeys(found) if other not in inside
    )
    return Step(name, kind, row, (*needs, *implied), condition, outcome)


def _check_kind(where: str, kind: Any, row: Mapping[str, Any]) -> None:
    if kind == "Training":
        algorithm = row["Arguments"].get("AlgorithmSpecification")
        entry = (
            algorithm.get("ContainerEntrypoint") if isinstance(algorithm, dict) else ()
        )
        kind = "NotebookJob" if entry == [_NOTEBOOK] else kind
    if kind not in KINDS:
        known = f"localaws knows {', '.join(KINDS)}"
        why = REFUSED.get(kind, known) if isinstance(kind, str) else known
        raise BadDefinition(
            f"{where} is of type {kind!r}, which localaws does not run: {why}"
        )
    if kind == "Condition":
        conditions.check(row["Arguments"].get("Conditions"), where)
    if kind == "Lambda" and not row.get("FunctionArn"):
        raise BadDefinition(f"{where} has no FunctionArn")
    _check_files(where, row)
    for problem in retries.problems(row.get("RetryPolicies") or []):
        raise BadDefinition(f"{where}: {problem}")
    config = row.get("CacheConfig") or {}
    if not isinstance(config, dict):
        raise BadDefinition(f"{where}: CacheConfig must be an object")
    if not isinstance(on := config.get("Enabled", False), bool):
        raise BadDefinition(
            f"{where}: Enabled of CacheConfig is {on!r}; it must be true or false"
        )
    if config.get("Enabled"):
        _check_cache(where, kind, config)


def _check_cache(where: str, kind: str, config: Mapping[str, Any]) -> None:
    if kind not in caching.KEYS:
        raise BadDefinition(f"{where}: a step of type {kind} has no cache")
    try:
        caching.seconds(str(config.get("ExpireAfter", "")))
    except ValueError as error:
        raise BadDefinition(f"{where}: ExpireAfter of CacheConfig: {error}") from None


def _check_files(where: str, row: Mapping[str, Any]) -> None:
    for file in _list(row, "PropertyFiles", where):
        for name in ("PropertyFileName", "OutputName", "FilePath"):
            if not isinstance(file, dict) or not isinstance(file.get(name), str):
                raise BadDefinition(f"{where}: a property file must have a {name}")


def _needs(where: str, row: Mapping[str, Any]) -> Iterator[Need]:
    for one in _list(row, "DependsOn", where):
        if isinstance(one, str):
            yield Need(one)
            continue
        step = one.get("Step") if isinstance(one, dict) else None
        trigger = one.get("Trigger", "Completed") if isinstance(one, dict) else None
        if not isinstance(step, str) or trigger not in TRIGGERS:
            raise BadDefinition(
                f"{where}: DependsOn has {one!r}; give the name of a step, or its Step "
                f"and a Trigger: {', '.join(TRIGGERS)}"
            )
        yield Need(step, trigger)


def _check_references(definition: Definition) -> None:
    """Raise where something names a parameter, step or file that there is not."""
    for step in definition.steps.values():
        where = f'The step "{step.name}"'
        for name in step.befores:
            if name not in definition.steps:
                raise BadDefinition(
                    f'{where} needs the step "{name}", which is not there'
                )
        for one in references([step.arguments, step.whole.get("FunctionArn")]):
            _check_name(definition, where, one.root, one.name, one.text)
        for other, name in property_files(step.arguments):
            if definition.steps[other].file(name) is None:
                raise BadDefinition(
                    f'{where} reads the property file "{name}", which the step '
                    f'"{other}" does not have'
                )
    for one in references(dict(definition.experiment)):
        if one.root == "Steps":
            raise BadDefinition(f'The experiment refers to "{one.text}", a step')
        _check_name(definition, "The experiment", one.root, one.name, one.text)


def _check_name(
    definition: Definition, where: str, root: str, name: str, text: str
) -> None:
    known = {
        "Parameters": definition.parameters,
        "Steps": definition.steps,
        "Execution": VARIABLES,
    }[root]
    if name not in known:
        raise BadDefinition(f'{where} refers to "{text}", which is not there')


def _check_order(steps: Mapping[str, Step]) -> None:
    try:
        order = {name: step.befores for name, step in steps.items()}
        list(graphlib.TopologicalSorter(order).static_order())
    except graphlib.CycleError as error:
        way = " -> ".join(reversed(error.args[1]))
        raise BadDefinition(
            f"Its steps depend on each other in a circle: {way}"
        ) from None
