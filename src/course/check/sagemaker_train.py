"""The exercises of lesson 18: a metric from the log, arguments, an exit code."""

import json
import re
from collections.abc import Sequence

import numpy as np

from course.check import Wrong, as_number, call, describe, exercise, expect, given

LINES = {
    "epoch=1 train_loss=1.8452 test_accuracy=0.8639": "1.8452",
    "epoch=12 train_loss=1.2e-05 test_accuracy=0.9861": "1.2e-05",
    "epoch=20 train_loss=3e-4 test_accuracy=1.0000": "3e-4",
    "epoch=21 train_loss=7 test_accuracy=0.9944": "7",
}
CASES: tuple[dict[str, object], ...] = (
    {"epochs": 5, "learning-rate": 0.01},
    {"name": "first try", "hidden": 64},
    {"layers": [64, 32], "shuffle": True, "schedule": {"step": 3}},
    {},
)


def _lines(rng: np.random.Generator) -> dict[str, str]:
    """Lines of a log with losses that nobody knows beforehand."""
    values = [f"{value:.{digits}f}" for digits, value in enumerate(rng.random(6))]
    values += [repr(float(value)) for value in rng.random(3)]
    values += [f"{value:.2e}" for value in 10 ** rng.uniform(-9, 9, size=6)]
    end = f"test_accuracy={rng.random():.4f}"
    return {f"epoch={rng.integers(1, 99)} train_loss={v} {end}": v for v in values}


def _hyperparameters(rng: np.random.Generator) -> dict[str, object]:
    """Values of each kind, under names that nobody knows beforehand."""
    values = [int(rng.integers(-9, 99)), float(rng.random()), bool(rng.integers(2))]
    others = [
        "two words",
        str(rng.integers(99)),
        None,
        rng.random(2).tolist(),
        {"a": []},
    ]
    return {f"{rng.integers(10**6)}-name": value for value in (*values, *others)}


@exercise(
    "The text before the number stands there as it is: train_loss=",
    "Parentheses mark what is the value. [0-9.]+ matches 0.3933; what may follow it?",
    "An optional part is (?:...)?: here the letter e, a sign, and digits.",
)
def loss_pattern(pattern):
    """A regular expression whose only group is the training loss in a log line."""
    expect(isinstance(pattern, str), f"expected a text, got {describe(pattern)}.")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        expect(False, f"this is no regular expression: {error}.")
    expect(
        compiled.groups == 1,
        f"SageMaker takes the value from one pair of parentheses; yours has "
        f"{compiled.groups}. Write (?:...) for those that only group.",
    )
    for line, value in (LINES | _lines(np.random.default_rng())).items():
        found = compiled.search(line)
        if found is None:
            raise Wrong(f'it finds nothing in "{line}".')
        expect(
            found[1] == value,
            f'in "{line}" it finds "{found[1]}", expected "{value}".',
        )
    other = "epoch=2 validation_loss=0.5"
    for line in (other, f"{other} test_accuracy=0.9333"):
        expect(
            compiled.search(line) is None,
            f'it finds a training loss in "{line}", which has none.',
        )
    return "Such a line, printed on purpose, is all that a metric needs."


@exercise(
    "Go through the items: each gives two arguments, the name with -- and the value.",
    "Arguments are texts. json.dumps turns a number, a list or True into one.",
    "A text must not go through json.dumps: it would get quotation marks.",
)
def to_arguments(answer):
    """A function from hyperparameters to command-line arguments, a list of texts."""
    rng = np.random.default_rng()
    for case in (*CASES, *(_hyperparameters(rng) for _ in range(3))):
        expected = [
            part
            for key, value in case.items()
            for part in (
                f"--{key}",
                value if isinstance(value, str) else json.dumps(value),
            )
        ]
        result = call(answer, hyperparameters=case)
        expect(
            isinstance(result, list | tuple),
            f"return a list of texts; it returned {describe(result)} of type "
            f"{type(result).__name__}.",
        )
        odd = [part for part in result if not isinstance(part, str)]
        expect(not odd, f"every argument is a text, but {describe(odd[:1])} is not.")
        _compare(result, expected, given({"hyperparameters": case}))
    return "So does the SDK's driver, inside the job."


def _compare(got: Sequence[str], expected: list[str], about: str) -> None:
    """Raise Wrong, with the first argument that differs, unless all are the same."""
    pairs = enumerate(zip(got, expected, strict=False), start=1)
    for place, (one, other) in pairs:
        told = f"argument {place} is {describe(one)}, expected {describe(other)}"
        expect(one == other, f"{told}{about}.")
    many = f"it returned {len(got)} arguments, expected {len(expected)}"
    expect(len(got) == len(expected), f"{many}{about}.")


@exercise(
    "Set trainer.hyperparameters before train, and catch FailedStatusError as above.",
    "The failure reason ends in the exit code.",
)
def exit_code(code):
    """The exit code of the job whose learning rate is a word."""
    value = as_number(code, "the exit code")
    expect(value != 0, "0 means success, and this job fails.")
    expect(
        value != 1,
        "1 is an uncaught error of Python. Here the script never got that far: look at "
        "the end of the failure reason.",
    )
    expect(value == 2, f"the failure reason names another code than {value:g}.")
    return (
        "argparse ended the program before it began: the log says "
        "\"argument --learning-rate: invalid float value: 'fast'\"."
    )
