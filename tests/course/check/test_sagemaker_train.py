"""The exercises of lesson 18: answers that are wrong, right, and not attempted."""

import json


def flat(hyperparameters, text=str):
    return [x for k, v in hyperparameters.items() for x in (f"--{k}", text(v))]


def as_json(value):
    return json.dumps(value)


def as_tuple(hyperparameters):
    return tuple(flat(hyperparameters, lambda v: v if type(v) is str else as_json(v)))


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
    },
    "to_arguments": {
        "numbers stay numbers": lambda h: flat(h, lambda value: value),
        "text in quotation marks": lambda h: flat(h, as_json),
        "Python's own text": flat,
        "one text": lambda h: " ".join(flat(h)),
        "names without dashes": lambda h: [x.lstrip("-") for x in flat(h)],
        "name=value": lambda h: [f"--{k}={v}" for k, v in h.items()],
        "values only": lambda h: [str(value) for value in h.values()],
        "no return": lambda h: None,
    },
    "exit_code": {
        "success": 0,
        "an uncaught error": 1,
        "killed": 137,
        "negative": -2,
        "another": 22,
        "text": "two",
        "a list": [2, 2],
    },
}
RIGHT = {
    "loss_pattern": [r"train_loss=(\S+)", r"\btrain_loss=([\d.e+-]+) "],
    "to_arguments": [as_tuple],
    "exit_code": [2, 2.0],
}
SAYS = {"exit_code": {"an uncaught error": "never got that far"}}
STUBS = {
    "loss_pattern": ...,
    "to_arguments": lambda hyperparameters: ...,
    "exit_code": ...,
}
