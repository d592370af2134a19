"""Why a job failed, in words a reader can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

LONGEST = 1024  # of FailureReason
_HEAD = "Traceback (most recent call last):"
_EXCEPTION = re.compile(r"(?:[a-zA-Z_]\w*\.)*[A-Z]\w*(?:: .*)?")
# What the SDK's drivers write when the script that they started fails.
_DRIVERS = ("subprocess.CalledProcessError", "Training Execution failed. For more")

APOSTROPHE = (
    'The hyperparameter "{name}" contains an apostrophe, and the environment.py of '
    "SageMaker SDK 3.27 cannot pass it on to the script"
)


class JobFailed(Exception):
    """A job fails, and the text is its `FailureReason`."""


def reason(
    failure: str,
    log: Iterable[str],
    status: int,
    hyperparameters: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return `FailureReason` of an algorithm that ended with `status`.

    What the algorithm wrote to /opt/ml/output/failure, else the last exception in its
    log; the SDK's drivers write only that the script failed, which explains nothing.
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    text = failure.strip()
    if status == 2 and not exception(log):  # what a shell says to a stray apostrophe
        for name, value in hyperparameters.items():
            if "'" in name + value:
                return algorithm_error(APOSTROPHE.format(name=name), status)
    if not text or any(words in text for words in _DRIVERS):
        text = exception(log) or text
    return algorithm_error(text or "The script gave no reason; see its log", status)


def algorithm_error(text: str, status: int) -> str:
    """Return a reason that blames the algorithm, within AWS's limit of length."""
    end = f", exit code: {status}"
    return f"AlgorithmError: {text}"[: LONGEST - len(end)] + end


def exception(log: Iterable[str]) -> str:
    """Return the exception's line of the last traceback in a log, or nothing."""
    found, inside = "", False
    for line in map(str.strip, log):
        if line == _HEAD:
            inside = True
        elif line.startswith("Command failed with exit code"):
            inside = False  # the driver's own traceback follows
        elif inside and _EXCEPTION.fullmatch(line):
            found = line
    return found
