"""What localaws emulates, as tables for the site: read from the code that does it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

DOCS = "https://docs.aws.amazon.com"
PAGES = {
    "SageMaker": f"{DOCS}/sagemaker/latest/APIReference/API_%s.html",
    "SageMaker Runtime": f"{DOCS}/sagemaker/latest/APIReference/API_runtime_%s.html",
    "IAM": f"{DOCS}/IAM/latest/APIReference/API_%s.html",
}
NOUN = re.compile(r"(?<=[a-z])(?=[A-Z])")
# What people look for, where it is missing; the rest is counted.
LOOKED_FOR = (
    "CreateProcessingJob",
    "CreateTransformJob",
    "CreateHyperParameterTuningJob",
    "CreatePipeline",
    "CreateModelPackage",
    "CreateFeatureGroup",
    "CreateInferenceComponent",
    "CreateExperiment",
    "CreateAutoMLJobV2",
    "CreateMonitoringSchedule",
    "CreateNotebookInstance",
    "CreateDomain",
    "DeleteTrainingJob",
)


@dataclass(frozen=True)
class Operation:
    """An operation that localaws answers: what its handler says, and AWS's page."""

    service: str
    name: str
    sentence: str
    link: str


def handlers() -> list[tuple[str, str, Callable]]:
    """Service, operation and function of all that localaws itself answers."""
    from localaws import app
    from localaws.operations import OPERATIONS

    app.modules()
    return [*(("SageMaker", *row) for row in OPERATIONS.items()), *_routed()]


def operations() -> list[Operation]:
    """Every operation of AWS that localaws itself answers, by service and subject."""
    services = list(PAGES)
    found = [_operation(*row) for row in handlers()]
    return sorted(found, key=lambda row: (services.index(row.service), _subject(row)))


def missing() -> list[str]:
    """The operations of SageMaker that localaws answers with a 400."""
    from localaws import validation

    answered = {row.name for row in operations() if row.service == "SageMaker"}
    return sorted({*validation.service_model("sagemaker").operation_names} - answered)


def page() -> str:
    """The tables and the command line, as a part of a page of the site."""
    rows: dict[str, list[str]] = {service: [] for service in PAGES}
    for row in operations():
        rows[row.service].append(f"| [{row.name}]({row.link}) | {row.sentence} |")
    tables = [
        "\n".join([f"| {service} | what localaws does |", "|---|---|", *lines, ""])
        for service, lines in rows.items()
    ]
    absent = missing()
    named = [f"`{name}`" for name in LOOKED_FOR if name in absent]
    words = (
        f"The other {len(absent)} operations of SageMaker are answered with a 400 that "
        f"names them, at once. Among them: {', '.join(named)}."
    )
    return "\n".join([*tables, words, ""])


@cache
def command_line() -> str:
    """What `localaws --help` and `localaws start --help` print."""
    return f"```text\n{_help()}\n{_help('start')}```\n"


def _operation(service: str, name: str, function: Callable) -> Operation:
    text = (function.__doc__ or "").partition("\n\n")[0]
    return Operation(service, name, " ".join(text.split()), PAGES[service] % name)


def _routed() -> Iterator[tuple[str, str, Callable]]:
    """Yield service, name and handler of the operations that have a path."""
    from localaws import validation
    from localaws.operations import ROUTES

    runtime = validation.service_model("sagemaker-runtime")
    paths = {
        ("SageMaker Runtime", name): re.sub(
            r"\{\w+\}", "x", runtime.operation_model(name).http["requestUri"]
        )
        for name in runtime.operation_names
    }
    iam = validation.service_model("iam").operation_names
    paths |= {("IAM", name): f"/iam/{name}" for name in iam}
    for (service, name), path in paths.items():
        for pattern, function in ROUTES:
            if pattern.fullmatch(path):
                yield service, name, function


def _subject(row: Operation) -> tuple[str, str]:
    """What it is about, then its verb: CreateModel stands beside ListModels."""
    verb, *noun = NOUN.split(row.name)
    return "".join(noun).removesuffix("s"), verb


def _help(*arguments: str) -> str:
    command = [sys.executable, "-m", "localaws", *arguments, "--help"]
    wide = {**os.environ, "COLUMNS": "76"}
    return subprocess.run(
        command, env=wide, capture_output=True, text=True, check=True
    ).stdout
