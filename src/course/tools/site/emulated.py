"""What localaws emulates, as tables for the site: read from the code that does it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

DOCS = "https://docs.aws.amazon.com"
PAGES = {
    "SageMaker": f"{DOCS}/sagemaker/latest/APIReference/API_%s.html",
    "SageMaker Runtime": f"{DOCS}/sagemaker/latest/APIReference/API_runtime_%s.html",
    "EventBridge": f"{DOCS}/eventbridge/latest/APIReference/API_%s.html",
    "Scheduler": f"{DOCS}/scheduler/latest/APIReference/API_%s.html",
    "Lambda": f"{DOCS}/lambda/latest/api/API_%s.html",
    "API Gateway": f"{DOCS}/apigateway/latest/api/API_%s.html",
    "ApiGatewayV2": f"{DOCS}/goto/WebAPI/apigatewayv2-2018-11-29/%s",
    "CloudWatch": f"{DOCS}/AmazonCloudWatch/latest/APIReference/API_%s.html",
    "Application Auto Scaling": (
        f"{DOCS}/autoscaling/application/APIReference/API_%s.html"
    ),
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
    import localaws.app  # noqa: F401  (what it imports registers operations)
    from localaws.api.registry import OPERATIONS
    from localaws.api.validation import service_model

    return [
        (service_model(service).service_id, name, function)
        for (service, name), function in OPERATIONS.items()
    ]


def operations() -> list[Operation]:
    """Every operation of AWS that localaws itself answers, by service and subject."""
    services = list(PAGES)
    found = [_operation(*row) for row in handlers()]
    return sorted(found, key=lambda row: (services.index(row.service), _subject(row)))


def missing() -> list[str]:
    """The operations of SageMaker that localaws answers with a 400."""
    from localaws.api import validation

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
