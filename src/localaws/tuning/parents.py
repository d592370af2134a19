"""Warm start: what earlier tuning jobs have found, where they can be gone on from.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from localaws.api.errors import invalid
from localaws.jobs.run import DONE
from localaws.records.store import Record, Table
from localaws.tuning.definitions import OBJECTIVE, Definition, read
from localaws.tuning.plan import cost
from localaws.tuning.summary import IDENTICAL, Job, ended
from localaws.tuning.values import Values

MOST = 500  # training jobs of all parents together
CHANGES = 10  # of hyperparameters, from what is tuned to what is not, and of values


def known(
    request: Mapping[str, Any], definitions: Sequence[Definition], table: Table
) -> dict[str, Any]:
    """Return what a record keeps of its parents; raise where one cannot be one."""
    config = request.get("WarmStartConfig")
    if not config:
        return {}
    strategy = request["HyperParameterTuningJobConfig"]["Strategy"]
    if len(definitions) > 1 or strategy == "Grid":
        what = "several definitions" if len(definitions) > 1 else "the strategy Grid"
        raise invalid(f"A warm start is not possible with {what}.")
    [definition] = definitions
    rows = config["ParentHyperParameterTuningJobs"]
    names = [row.get("HyperParameterTuningJobName", "") for row in rows]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f'The parent tuning job "{twice[0]}" is named more than once.')
    identical = config["WarmStartType"] == IDENTICAL
    seen, jobs = [], []
    for name in names:
        parent = table.get(name)
        before = _parent(name, parent, definition, identical)
        own = [job for job in parent["_jobs"] if ended(job)]
        jobs += [{**job, "TuningJobName": name} for job in own]
        source = "" if identical else name
        seen += [row for job in own if (row := _seen(job, before, definition, source))]
    if len(jobs) > MOST:
        raise invalid(f"The parents have {len(jobs)} training jobs, more than {MOST}.")
    return {"_parents": jobs, "_known": seen}


def _parent(name: str, parent: Record, new: Definition, identical: bool) -> Definition:
    """Return the definition of a parent; raise where it is not to be gone on from."""
    status = parent["HyperParameterTuningJobStatus"]
    if status not in DONE:
        raise invalid(
            f'The parent tuning job "{name}" is in status {status}: a parent must have '
            "ended."
        )
    definitions = read(parent)
    if len(definitions) > 1:
        raise invalid(f'The parent tuning job "{name}" has several definitions.')
    [old] = definitions
    if (old.metric, old.maximizes) != (new.metric, new.maximizes):
        raise invalid(
            f'The parent tuning job "{name}" has another objective, "{old.metric}": it '
            "must be the same."
        )
    _check_hyperparameters(name, old, new)
    if identical:
        _check_identical(name, old, new)
    return old


def _check_hyperparameters(name: str, old: Definition, new: Definition) -> None:
    kinds = {one.name: one.kind for one in old.parameters}
    tuned = {one.name: one.kind for one in new.parameters}
    before, after = {*kinds, *old.static}, {*tuned, *new.static}
    if before - _CODE != after - _CODE:
        changed = ", ".join(sorted((before ^ after) - _CODE))
        raise invalid(
            f'The parent tuning job "{name}" has other hyperparameters ({changed}): '
            "those that are static and those that are tuned must be the same together."
        )
    for each in sorted(kinds.keys() & tuned.keys()):
        if kinds[each] != tuned[each]:
            raise invalid(
                f'The hyperparameter "{each}" is {tuned[each]}, but {kinds[each]} in '
                f'the parent tuning job "{name}": its type must not change.'
            )
    fixed = kinds.keys() - tuned.keys()
    both = (old.static.keys() & new.static.keys()) - _CODE
    other = [each for each in both if old.static[each] != new.static[each]]
    if (count := len(fixed) + len(other)) > CHANGES:
        raise invalid(
            f"{count} hyperparameters have become static or have other values than in "
            f'the parent tuning job "{name}": at most {CHANGES} may.'
        )


# Where the code is: the SDK uploads it anew for each tuning job.
_CODE = {"sagemaker_program", "sagemaker_submit_directory", OBJECTIVE}


def _check_identical(name: str, old: Definition, new: Definition) -> None:
    def data(one: Definition) -> list[Any]:
        channels = one.given.get("InputDataConfig") or []
        return [row for row in channels if row["ChannelName"] not in _CODE_CHANNELS]

    if old.image != new.image or data(old) != data(new):
        what = "image" if old.image != new.image else "input data"
        raise invalid(
            f'The parent tuning job "{name}" has another {what}, which the type '
            f"{IDENTICAL} does not allow. Use TransferLearning."
        )


_CODE_CHANNELS = ("code", "sm_drivers")


def _seen(
    job: Job, old: Definition, new: Definition, source: str
) -> dict[str, Any] | None:
    """Return what is known of a parent's job, as the new job tunes; None if nothing."""
    had: Values = {**old.static, **job["TunedHyperParameters"]}
    found = {one.name: had[one.name] for one in new.parameters}
    try:
        for one in new.parameters:
            one.place(found[one.name])
    except ValueError:  # a category that there is no more
        return None
    return {"values": found, "cost": cost(old, job), "source": source}
