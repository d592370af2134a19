"""Types of steps whose work one request to SageMaker begins, in the role's name.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from __future__ import annotations

import contextlib
import json
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

_BEST = {"Maximize": "Descending", "Minimize": "Ascending"}
_LETTERS = string.ascii_lowercase + string.digits
PART = 20  # characters of a step's name in that of its job


@dataclass(frozen=True)
class Seen:
    """What Describe says of a step's work: how it is, and its properties."""

    status: str  # "Completed", "Failed", "Stopped"; else it goes on
    reason: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Work:
    """A type of step: what its operations are called, and how its work is named."""

    noun: str  # "ProcessingJob": CreateProcessingJob, DescribeProcessingJob, ...
    metadata: str  # of ListPipelineExecutionSteps
    longest: int = 63  # characters of a name
    runs: bool = True  # whether it goes on after it was created

    @property
    def member(self) -> str:
        """Return the member of requests that names it."""
        return f"{self.noun}Name"

    def name(self, execution: str, step: str, given: str = "") -> str:
        """Return a new name, as AWS makes them; `given` is a prefix of the user's.

        "pipelines-p4jn9xou8a8s-myprocessingstep1-tmgxry49ug", in AWS's own example.
        """
        part = step.lower().replace("_", "-")[:PART]
        if self.longest < 63:  # a tuning's
            begin = f"{execution}-{part[:8]}"
        else:
            begin = f"{given}-{execution}" if given else f"pipelines-{execution}-{part}"
        return f"{begin[: self.longest - 11]}-{letters(10)}"

    def begin(
        self, client: Any, arguments: Mapping[str, Any], name: str, tags: list[dict]
    ) -> tuple[str, str]:
        """Create it; return by what it is described from now on, and its ARN."""
        arguments = given(arguments)
        named = {
            **arguments,
            self.member: name,
            "Tags": [*arguments.get("Tags", []), *tags],
        }
        answer = self._ask(client, "create", named)
        return name, answer[f"{self.noun}Arn"]

    def look(self, client: Any, known: str) -> Seen:
        """Return how it is; ClientError where it is not to be seen."""
        answer = self._ask(client, "describe", {self.member: known})
        answer.pop("ResponseMetadata", None)
        status = answer.get(f"{self.noun}Status", "Completed")
        return Seen(status, answer.get("FailureReason", ""), plain(answer))

    def stop(self, client: Any, known: str) -> None:
        """Ask it to end, if it has not."""
        if self.runs:
            with contextlib.suppress(ClientError):
                self._ask(client, "stop", {self.member: known})

    def _ask(self, client: Any, verb: str, members: dict[str, Any]) -> dict[str, Any]:
        return getattr(client, f"{verb}_{xform_name(self.noun)}")(**members)


class Tuning(Work):
    """A tuning, whose properties have its training jobs too, the best ones first."""

    def look(self, client: Any, known: str) -> Seen:
        """Return how it is, with the summaries of up to 50 of its training jobs."""
        seen = super().look(client, known)
        if seen.status == "Completed":
            answer = client.list_training_jobs_for_hyper_parameter_tuning_job(
                HyperParameterTuningJobName=known,
                SortBy="FinalObjectiveMetricValue",
                SortOrder=_BEST[_goal(seen.properties)],
                MaxResults=50,
            )
            seen.properties["TrainingJobSummaries"] = plain(
                answer["TrainingJobSummaries"]
            )
        return seen


def _goal(tuning: Mapping[str, Any]) -> str:
    """Return what a tuning does with its objective: all its definitions do the same.

    The objective stands in the tuning's configuration, or in each definition.
    """
    config, one = "HyperParameterTuningJobConfig", tuning.get("TrainingJobDefinition")
    [first, *_] = tuning.get("TrainingJobDefinitions") or [one or {}]
    shared = tuning[config].get("HyperParameterTuningJobObjective")
    return str((shared or first["TuningObjective"])["Type"])


class Package(Work):
    """A version of a model package, whose group is made where it is not there."""

    def begin(
        self, client: Any, arguments: Mapping[str, Any], name: str, tags: list[dict]
    ) -> tuple[str, str]:
        """Create it; a version is described by its ARN, and takes no tags."""
        named = given(arguments)
        if group := named.get("ModelPackageGroupName"):
            self._make_group(client, group)
        else:
            named[self.member] = name
        arn = self._ask(client, "create", named)["ModelPackageArn"]
        return arn, arn

    def _make_group(self, client: Any, group: str) -> None:
        try:
            client.describe_model_package_group(ModelPackageGroupName=group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationException":
                raise
            try:
                client.create_model_package_group(ModelPackageGroupName=group)
            except ClientError as taken:  # another execution has made it meanwhile
                if "already exists" not in str(taken):
                    raise


WORKS: dict[str, Work] = {
    "Processing": Work("ProcessingJob", "ProcessingJob"),
    "Training": Work("TrainingJob", "TrainingJob"),
    "Transform": Work("TransformJob", "TransformJob"),
    "Tuning": Tuning("HyperParameterTuningJob", "TuningJob", longest=32),
    "Model": Work("Model", "Model", runs=False),
    "RegisterModel": Package("ModelPackage", "RegisterModel", runs=False),
}


def letters(count: int) -> str:
    """Return random small letters and digits, as they stand in AWS's names."""
    return "".join(secrets.choice(_LETTERS) for _ in range(count))


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments without those that are null, at any depth."""
    return {
        name: given(value) if isinstance(value, Mapping) else value
        for name, value in arguments.items()
        if value is not None
    }


def plain(value: Any) -> Any:
    """Return an answer as JSON has it, times as text."""
    return json.loads(json.dumps(value, default=_text))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return str(value)
