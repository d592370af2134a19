"""The exercises of lesson 04: answers that are wrong, right, and not attempted."""

import numpy as np

from course.optimizers import cosine


def ordinary(theta, velocity, gradient, rate, momentum):
    velocity = momentum * velocity + gradient
    return theta - rate * velocity, velocity


def late(theta, velocity, gradient, rate, momentum):
    step = gradient + momentum * velocity
    return theta - rate * step, momentum * velocity + gradient


def uphill(theta, velocity, gradient, rate, momentum):
    velocity = momentum * velocity + gradient
    return theta + rate * (gradient + momentum * velocity), velocity


def keeps_the_step(theta, velocity, gradient, rate, momentum):
    step = gradient + momentum * (momentum * velocity + gradient)
    return theta - rate * step, step


def forgets_the_gradient(theta, velocity, gradient, rate, momentum):
    velocity = momentum * velocity + gradient
    return theta - rate * momentum * velocity, velocity


def expanded(theta, velocity, gradient, rate, momentum):
    ahead = (1 + momentum) * gradient + momentum**2 * velocity
    return [theta - rate * ahead, gradient + velocity * momentum]


def as_keras(theta, velocity, gradient, rate, momentum):
    scaled = -rate * velocity * momentum - rate * gradient
    return theta + momentum * scaled - rate * gradient, scaled / -rate


WRONG = {
    "angle": {
        "straight to the bottom": 0,
        "sideways": 90,
        "radians": 1.3714,
        "from the gradient": 101.42,
        "the other angle": 11.42,
        "the cosine": 200 / 1010,
        "as in the lesson": 76.08,
        "a list": [78.58],
        "text": "79 degrees",
    },
    "nesterov": {
        "ordinary momentum": ordinary,
        "the old velocity": late,
        "uphill": uphill,
        "keeps the step": keeps_the_step,
        "forgets the gradient": forgets_the_gradient,
        "only theta": lambda *a: ordinary(*a)[0],
        "exchanged": lambda *a: as_keras(*a)[::-1],
        "nothing": lambda *a: None,
    },
    "warm_up": {
        "only the cosine": cosine,
        "the old cosine": lambda p: p / 0.1 if p < 0.1 else cosine(p),
        "only shifted": lambda p: p / 0.1 if p < 0.1 else cosine(p - 0.1),
        "too steep": lambda p: p if p < 0.1 else cosine((p - 0.1) / 0.9),
        "a straight way down": lambda p: min(p / 0.1, (1 - p) / 0.9),
        "constant after": lambda p: min(p / 0.1, 1),
        "upside down": lambda p: 1 - min(p / 0.1, 1) * cosine(p),
        "a list": lambda p: [p],
        "nothing": lambda p: None,
    },
    "narrower": {
        "both as plain": (4, 4),
        "both as momentum": (2, 2),
        "exchanged": (2, 4),
        "squared": (16, 4),
        "no difference": (1, 1),
        "inverted": (0.25, 0.48),
        "numbers of steps": (2764, 198),
        "momentum kept its settings": (4.0, 1.38),
        "text": ("four", "two"),
    },
}
RIGHT = {
    "angle": [78.58, 79, np.degrees(np.arctan2(100, 10) - np.arctan2(1, 10))],
    "nesterov": [expanded, as_keras],
    "warm_up": [
        lambda p: (
            np.interp(p, [0, 0.1], [0, 1])
            * np.cos(max(p - 0.1, 0) * 5 * np.pi / 9) ** 2
        ),
        lambda p: 10 * p if p <= 0.1 else 0.5 - 0.5 * np.cos(np.pi * (1 - p) / 0.9),
    ],
    "narrower": [(4, 2), (2764 / 691, 198 / 95), (np.float64(4.1), 2.1)],
}
SAYS = {
    "angle": {
        "straight to the bottom": "round bowl",
        "radians": "np.degrees",
        "from the gradient": "uphill",
    },
    "nesterov": {
        "ordinary momentum": "look ahead",
        "the old velocity": "the new velocity",
        "keeps the step": "one renewal further",
    },
    "warm_up": {
        "the old cosine": "begin anew",
        "only shifted": "instead of 0",
    },
    "narrower": {
        "both as plain": "does not suffer as much",
        "exchanged": "which of the two",
        "numbers of steps": "by what factor",
    },
}
STUBS = {
    "angle": ...,
    "nesterov": lambda theta, velocity, gradient, rate, momentum: ...,
    "warm_up": lambda p: ...,
    "narrower": (..., ...),
}

# The lesson's definitions are compared with those of course.optimizers on these.
NEEDS = {"np": np}
ARGUMENTS = {"cosine": [0.3], "batches": [10, 5, np.random.default_rng(4)]}
