"""What a notebook is told of a cell that did not come to its end in the cloud."""

import contextlib
import sys
from typing import Any, ClassVar

from course.cloud import pipelines
from course.cloud.meter import Meter


class Cells:
    """Follows the cells of a notebook, through IPython's own events.

    An interruption ends the waiting, not the job, which would go on and cost money:
    those that this session started are stopped. ``%%capture`` hides errors too: they
    are shown. A cell that fails later is told which one to run again.
    https://ipython.readthedocs.io/en/stable/config/callbacks.html
    """

    current: ClassVar["Cells | None"] = None  # a process has one at most

    def __init__(self, shell: Any, meter: Meter) -> None:
        self._shell, self._meter = shell, meter
        self._hidden: BaseException | None = None  # what %%capture has swallowed
        self._broken: dict[str, int | None] = {}  # sources of cells, and their numbers

    def follow(self) -> None:
        """Listen from now on, in place of another."""
        if Cells.current:
            Cells.current.leave()
        self._shell.events.register("post_run_cell", self.after)
        Cells.current = self

    def leave(self) -> None:
        """Listen no longer."""
        self._shell.events.unregister("post_run_cell", self.after)
        Cells.current = None

    def after(self, result: Any) -> None:
        """Take a cell that has ended; print what is to be known of its error."""
        error = result.error_in_exec
        if not result.info.store_history:  # it was run by %%capture, inside another
            self._hidden = error
            return
        hidden, self._hidden = self._hidden, None
        if isinstance(hidden or error, KeyboardInterrupt):
            print(*self._stop_jobs(), sep="\n")
        elif hidden:
            print(f"This cell failed: {type(hidden).__name__}: {hidden}")
        elif error and self._broken:
            numbers = " and ".join(f"[{n}]" for n in self._broken.values())
            print(f"First run again what did not come to its end: cell {numbers}.")
        source = result.info.raw_cell
        self._broken.pop(source, None)
        if hidden or isinstance(error, KeyboardInterrupt):
            self._broken[source] = result.execution_count

    def _stop_jobs(self) -> list[str]:
        """Stop the jobs of this session that run; say what goes on."""
        import boto3

        sagemaker = boto3.client("sagemaker")
        begun = dict(self._meter.begun)
        arns = [
            arn
            for arn in begun.pop("execution")
            if pipelines.stopped_now(sagemaker, arn)
        ]
        stopped = [
            (kind, name)
            for kind, names in begun.items()  # tunings first: they begin others
            for name in names
            if stopped_now(sagemaker, kind, name)
        ]
        return [
            "Interrupted.",
            *(f"The {kind} job {name} is being stopped." for kind, name in stopped),
            *(
                f"The pipeline execution {pipelines.label(arn)} is being stopped."
                for arn in arns
            ),
            *(
                f"The endpoint {name} goes on: cloud.clean_up() deletes it."
                for name in self._meter.endpoints
            ),
        ]


def stopped_now(sagemaker: Any, kind: str, name: str) -> bool:
    """Stop a job of a kind, such as "training"; return whether it was running.

    What a tuning job has started is stopped with it.
    """
    from botocore.exceptions import ClientError

    job = f"{stem(kind)}_job"
    label = "".join(word.capitalize() for word in job.split("_"))
    with contextlib.suppress(ClientError):  # it is gone, or has just ended
        found = getattr(sagemaker, f"describe_{job}")(**{f"{label}Name": name})
        if found[f"{label}Status"] == "InProgress":
            getattr(sagemaker, f"stop_{job}")(**{f"{label}Name": name})
            for each in tuned(sagemaker, name) if kind == "tuning" else ():
                stopped_now(sagemaker, "training", each)
            return True
    return False


def stem(kind: str) -> str:
    """Return how boto3 names the jobs of a kind."""
    return "hyper_parameter_tuning" if kind == "tuning" else kind


def tuned(sagemaker: Any, name: str) -> list[str]:
    """Return the names of the training jobs that a tuning job has started."""
    listed = "list_training_jobs_for_hyper_parameter_tuning_job"
    pages = sagemaker.get_paginator(listed).paginate(HyperParameterTuningJobName=name)
    return [row["TrainingJobName"] for p in pages for row in p["TrainingJobSummaries"]]


def follow(meter: Meter) -> None:
    """Follow the cells of the notebook that this process runs, if it runs one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        Cells(shell, meter).follow()
