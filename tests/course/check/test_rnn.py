"""The exercises of lesson 09: answers that are wrong, right, and not attempted."""

import numpy as np

from course import autograd, recurrent


def divided_by_length(states, numbers):
    return (states * (numbers != 0)[..., None]).mean(axis=1)


def added_up(states, numbers):
    return (states * (numbers != 0)[..., None]).sum(axis=1)


def one_by_one(states, numbers):
    rows = zip(states, numbers, strict=True)
    return np.array([state[number > 0].mean(axis=0) for state, number in rows])


WRONG = {
    "count": {
        "once a letter": 32 * 18_688,
        "no biases": 18_432,
        "one gate": 6_208,
        "PyTorch's": 18_816,
        "three biases": 18_624,
        "an LSTM's": 24_832,
        "a list": [18_688],
    },
    "masked_mean": {
        "over all steps": lambda states, numbers: states.mean(axis=1),
        "divided by the length": divided_by_length,
        "the sum": added_up,
        "the last step": lambda states, numbers: states[:, -1],
        "over the units": lambda states, numbers: states.mean(axis=2),
        "nothing": lambda states, numbers: None,
    },
    "forget_bias": {
        "the gate": 0.9828,
        "zero": 0,
        "the usual one": 1,
        "too open": 8.0,
        "negative": -4.05,
        "text": "four",
    },
    "backwards": {
        "forwards": (0.76, "better"),
        "same": (0.3, "same"),
        "the bag's": (0.558, "same"),
        "better": (0.3, "better"),
        "names out of order": (0.05, "worse"),
        "in percent": (30, "worse"),
        "another word": (0.3, "lower"),
    },
}
RIGHT = {
    "count": [18_688, 3 * 97 * 64 + 64.0],
    "masked_mean": [one_by_one],
    "forget_bias": [4.0, np.log(1 / (2 ** (1 / 40) - 1))],
    "backwards": [(0.3, "worse"), (np.float64(0.2), " Worse ")],
}
SAYS = {
    "count": {
        "once a letter": "same ones",
    },
    "masked_mean": {
        "divided by the length": "still counted",
    },
    "forget_bias": {
        "the gate": "what the gate must be",
    },
    "backwards": {
        "same": "depends on their order",
        "the bag's": "bag of letters reaches",
    },
}
STUBS = {
    "count": ...,
    "masked_mean": lambda states, numbers: ...,
    "forget_bias": ...,
    "backwards": (..., ...),
}

RNG = np.random.default_rng(0)
NUMBERS = recurrent.alphabet(["peru", "chad"])
STATE = [RNG.normal(size=(3, 5)) for _ in range(2)]
INPUT = RNG.normal(size=(7, 3, 4))  # (time, batch, inputs)
GATES = [RNG.normal(size=(4, *shape)) for shape in [(4, 5), (5, 5), (5,)]]
# The lesson's definitions are compared with those of course.recurrent on these.
NEEDS = {
    "np": np,
    "tanh": autograd.tanh,
    "sigmoid": recurrent.sigmoid,
    "PAD": 0,
    "UNKNOWN": 1,
}
ARGUMENTS = {
    "rnn_step": [INPUT[0], STATE[0], *GATES],
    "gru_step": [INPUT[0], STATE[0], *GATES],
    "lstm_step": [INPUT[0], STATE, *GATES],
    "unroll": [recurrent.gru_step, INPUT, STATE[0], *GATES],
    "alphabet": [["peru", "chad"]],
    "encode": [["peru", "chile", "chad, cuba"], NUMBERS, 6],
}
