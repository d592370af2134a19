"""The exercises of lesson 18: answers that are wrong, right, and not attempted."""

import functools
import json

import numpy as np


def flat(hyperparameters, text=str):
    return [x for k, v in hyperparameters.items() for x in (f"--{k}", text(v))]


def as_json(value):
    return json.dumps(value)


def as_tuple(hyperparameters):
    return tuple(flat(hyperparameters, lambda v: v if type(v) is str else as_json(v)))


def by_reducing(hyperparameters):
    pairs = ((f"--{k}", v) for k, v in hyperparameters.items())
    whole = functools.reduce(lambda a, b: a + b, pairs, ())
    return [part if isinstance(part, str) else as_json(part) for part in whole]


def by_json(hyperparameters):
    texts = [(f"--{k}", json.dumps(v)) for k, v in hyperparameters.items()]
    return [json.loads(t) if t.startswith('"') else t for pair in texts for t in pair]


WRONG = {
    "loss_pattern": {
        "no group": r"train_loss=[0-9.]+",
        "two groups": r"(train_loss)=([0-9.]+)",
        "any loss": r"loss=([0-9.]+(?:e[+-]?[0-9]+)?)",
        "the accuracy": r"accuracy=([0-9.]+)",
        "no exponent": r"train_loss=([0-9.]+)",
        "to the end of the line": r"train_loss=(.*)",
        "digits only": r"train_loss=([0-9]+)",
        "broken": r"train_loss=([0-9.]+",
        "a number": 0.39,
        "any value before the test's": r"=(\S+) test",
        "ten characters": r"train_loss=([0-9.e+-]{1,10}) ",
        "four digits": r"train_loss=(\d\.\d{4}|1\.2e-05|3e-4|7)",
    },
    "to_arguments": {
        "numbers stay numbers": lambda h: flat(h, lambda value: value),
        "text in quotation marks": lambda h: flat(h, as_json),
        "Python's own text": flat,
        "one text": lambda h: " ".join(flat(h)),
        "names without dashes": lambda h: [x.lstrip("-") for x in flat(h)],
        "name=value": lambda h: [f"--{k}={v}" for k, v in h.items()],
        "an empty one more": lambda h: [*as_tuple(h), ""],
        "values only": lambda h: [str(value) for value in h.values()],
        "no return": lambda h: None,
        "numbers alone": lambda h: flat(
            {k: v for k, v in h.items() if not isinstance(v, list | dict)}, as_json
        ),
        "a table": lambda h: [*flat(h)] if "epochs" in h else as_tuple(h)[:2],
        "changes what it was given": lambda h: [as_tuple(h), h.clear()][0],
    },
    "exit_code": {
        "success": 0,
        "the misconception": 1,
        "killed": 137,
        "negative": -2,
        "another": 22,
        "text": "two",
        "a list": [2, 2],
        "not a number": float("nan"),
        "nearly": 2.001,
        "the signal of a kill": -9,
    },
}
RIGHT = {
    "loss_pattern": [
        r"train_loss=(\S+)",
        r"\btrain_loss=([\d.e+-]+) ",
        r"(?<=train_loss=)([^ ]*)",
    ],
    "to_arguments": [as_tuple, by_reducing, by_json],
    "exit_code": [2, 2.0, np.int64(2)],
}
SAYS = {
    "to_arguments": {
        "text in quotation marks": "argument 2 is",
        "an empty one more": "arguments, expected",
    },
    "exit_code": {"the misconception": "never got that far"},
}
STUBS = {
    "loss_pattern": ...,
    "to_arguments": lambda hyperparameters: ...,
    "exit_code": ...,
}
NEEDS = {"json": json}
ASKED = [{"a": 1, "b-c": 0.5}, {"t": "two words", "on": True, "l": [1, 2]}, {}]


def arguments_of(answer):
    """What it returns for each, and the names that it leaves in what it was given."""
    given = [dict(hyperparameters) for hyperparameters in ASKED]
    return [list(answer(one)) for one in given] + [list(one) for one in given]


PROBES = {"to_arguments": arguments_of}
