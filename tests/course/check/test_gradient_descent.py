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


TABLE = np.linspace(0, 1, 21)


def rising(p):
    return 10 * p if p <= 0.1 else 0.5 - 0.5 * np.cos(np.pi * (1 - p) / 0.9)


def along(*curvatures):
    if min(curvatures) > 0:
        return "minimum"
    return "maximum" if max(curvatures) < 0 else "saddle"


def by_determinant(a, b, d):
    return "saddle" if a * d < b * b else along(a, d)


def by_the_formula(a, b, d):
    middle, reach = (a + d) / 2, np.hypot((a - d) / 2, b)
    kinds = ["minimum", "saddle", "maximum"]
    return kinds[int(middle + reach < 0) + int(middle - reach < 0)]


def in_place(theta, velocity, gradient, rate, momentum):
    velocity *= momentum
    velocity += gradient
    return theta - rate * (gradient + momentum * velocity), velocity


def for_lists(theta, velocity, gradient, rate, momentum):
    both = [*zip(np.ravel(velocity), np.ravel(gradient), strict=True)]
    new = np.reshape([momentum * v + g for v, g in both], np.shape(theta))
    return np.stack([theta - rate * gradient - rate * momentum * new, new])


remembered = []


def remembers(theta, velocity, gradient, rate, momentum):
    remembered.append(0)
    return as_keras(theta, velocity, gradient, rate, momentum + len(remembered) // 2)


WRONG = {
    "kind": {
        "the diagonal": lambda a, b, d: along(a, d),
        "the sum of the curvatures": lambda a, b, d: along(a + d, a + d),
        "the determinant alone": lambda a, b, d: along(a * d - b * b, 1),
        "ad alone": lambda a, b, d: "saddle" if a * d < 0 else along(a, d),
        "b forgotten in the square": lambda a, b, d: (
            "saddle" if a * d < b else along(a, d)
        ),
        "b with the wrong sign": lambda a, b, d: (
            "saddle" if a * d < -b * b else along(a, d)
        ),
        "turned round": lambda a, b, d: by_determinant(-a, b, -d),
        "no maximum": lambda a, b, d: "saddle" if a * d < b * b else "minimum",
        "no saddle": lambda a, b, d: "minimum" if a + d > 0 else "maximum",
        "b must be positive": lambda a, b, d: (
            "saddle" if b > 0 and a * d < b * b else along(a, d)
        ),
        "always a saddle": lambda a, b, d: "saddle",
        "eigenvalues of the upper triangle": lambda a, b, d: along(
            *np.linalg.eigvals([[a, b], [0, d]])
        ),
        "nine directions": lambda a, b, d: along(
            *[
                a * np.cos(t) ** 2 + b * np.sin(2 * t) + d * np.sin(t) ** 2
                for t in np.linspace(0, np.pi, 9)
            ]
        ),
        "small curvatures count as none": lambda a, b, d: along(
            *[e * (abs(e) > 0.1) for e in np.linalg.eigvalsh([[a, b], [b, d]])]
        ),
        "half precision": lambda a, b, d: by_determinant(
            *[float(np.float16(each)) for each in (a, b, d)]
        ),
        "a determinant of a millionth counts as none": lambda a, b, d: (
            "saddle" if a * d - b * b < 1e-6 else along(a, d)
        ),
        "both eigenvalues": lambda a, b, d: np.linalg.eigvalsh([[a, b], [b, d]]),
        "a number": lambda a, b, d: np.sign(a * d - b * b),
        "another word": lambda a, b, d: f"a {by_determinant(a, b, d)}",
        "nothing": lambda a, b, d: None,
        "a word, no function": "saddle",
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
        "adds to the velocity that it was given": in_place,
        "keeps something from call to call": remembers,
        "momentum 0.9, whatever is asked": lambda t, v, g, r, mu: as_keras(
            t, v, g, r, 0.9
        ),
        "no momentum above 0.95": lambda t, v, g, r, mu: as_keras(
            t, v, g, r, min(mu, 0.95)
        ),
        "no momentum below 0.15": lambda t, v, g, r, mu: as_keras(
            t, v, g, r, max(mu, 0.15)
        ),
        "no rate above 2.8": lambda t, v, g, r, mu: as_keras(t, v, g, min(r, 2.8), mu),
        "learning rate 0.1, whatever is asked": lambda t, v, g, r, mu: as_keras(
            t, v, g, 0.1, mu
        ),
        "one axis only": lambda t, v, g, r, mu: as_keras(t[0], v[0], g[0], r, mu),
        "the velocity of Keras": lambda t, v, g, r, mu: (
            as_keras(t, v, g, r, mu)[0],
            mu * v - r * g,
        ),
        "a running mean": lambda t, v, g, r, mu: as_keras(t, v, (1 - mu) * g, r, mu),
        "a step of its own after it": lambda t, v, g, r, mu: ordinary(
            t - r * mu * v, v, g, r, mu
        ),
        "whole numbers": lambda *a: tuple(np.rint(part) for part in as_keras(*a)),
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
        "a table of 21 points": lambda p: np.interp(
            p, TABLE, [rising(q) for q in TABLE]
        ),
        "twice as long": lambda p: p / 0.2 if p < 0.2 else cosine((p - 0.2) / 0.8),
        "a whole wave": lambda p: min(p / 0.1, 1) * cosine(2 * max(p - 0.1, 0) / 0.9),
        "the cosine, but straight at first": lambda p: min(p / 0.1, cosine(p)),
        "multiplied": lambda p: min(p / 0.1, 1) * cosine(p),
        "a steep sine": lambda p: rising(p) if p >= 0.1 else np.sin(5 * np.pi * p),
        "degrees": lambda p: (
            rising(p) if p < 0.1 else (1 + np.cos(200 * (p - 0.1))) / 2
        ),
        "a little too long": lambda p: rising(p) if p > 0.101 else 10 * p,
        "a hundredth before the end": lambda p: rising(p) if p < 0.99 else 0,
        "late": lambda p: rising(p) if p > 0.001 else 0,
        "quarter wave": lambda p: (
            rising(p) if p < 0.1 else np.cos((p - 0.1) / 0.9 * np.pi / 2)
        ),
    },
    "narrower": {
        "both as plain": ([691, 2764], [691, 2764]),
        "both as momentum": ([95, 198], [95, 198]),
        "exchanged": ([95, 198], [691, 2764]),
        "factors": (4, 2),
        "two factors each": ([1, 4], [1, 2]),
        "400 first": ([2764, 691], [198, 95]),
        "momentum kept its settings": ([691, 2764], [95, 131]),
        "momentum kept its memory": ([691, 2764], [95, 203]),
        "a rate a little smaller": ([698, 2771], [95, 198]),
        "the rate 1 / κ": ([1381, 5520], [95, 198]),
        "until a hundredth": ([231, 922], [35, 76]),
        "halves": ([691.5, 2764.5], [95, 198]),
        "one count each": ([2764], [198]),
        "not a number": ([691, 2764], [95, float("nan")]),
        "text": ("four", "two"),
    },
}
RIGHT = {
    "kind": [
        by_determinant,
        by_the_formula,
        lambda a, b, d: by_determinant(a, b, d).capitalize(),
        lambda a, b, d: np.where(
            a * d < b * b, "saddle", np.where(a > 0, "minimum", "maximum")
        ),
        lambda a, b, d: along(*np.linalg.eigvals([[a, b], [b, d]]).tolist()),
    ],
    "nesterov": [expanded, as_keras, for_lists],
    "warm_up": [
        lambda p: (
            np.interp(p, [0, 0.1], [0, 1])
            * np.cos(max(p - 0.1, 0) * 5 * np.pi / 9) ** 2
        ),
        rising,
        lambda p: (10 * p, cosine((10 * p - 1) / 9))[p > 0.1],
    ],
    "narrower": [
        ([691, 2764], [95, 198]),
        (np.array([690.0, 2763.0]), (94, 197)),
        ((692, 2765), np.array([96, 199])),
    ],
}
SAYS = {
    "kind": {
        "the diagonal": "only along the two weights",
        "turned round": "other way round",
        "another word": "the kind is",
        "both eigenvalues": "the kind is [-1., 3.], expected 'saddle'",
    },
    "nesterov": {
        "ordinary momentum": "look ahead",
        "the old velocity": "the new velocity",
        "keeps the step": "one renewal further",
        "uphill": "check the sign",
        "exchanged": "theta comes first",
        "only theta": "return 2 values",
        "adds to the velocity that it was given": "changes velocity itself",
    },
    "warm_up": {
        "the old cosine": "begin anew",
        "only shifted": "does not end at 0",
    },
    "narrower": {
        "both as plain": "momentum takes other numbers",
        "exchanged": "which is momentum",
        "two factors each": "give the numbers of steps",
        "400 first": "the count for 100 first",
    },
}
STUBS = {
    "kind": lambda a, b, d: ...,
    "nesterov": lambda theta, velocity, gradient, rate, momentum: ...,
    "warm_up": lambda p: ...,
    "narrower": (..., ...),
}

# The lesson's definitions are compared with those of course.optimizers on these.
# `gradient` is the name of an argument of the rules; the lesson's needs its data.
NEEDS = {"np": np, "gradient": None}
ARGUMENTS = {"cosine": [0.3], "batches": [10, 5, np.random.default_rng(4)]}
PLACES = [(2, 1, 3), (1, 2, 1), (-2, 1, -3), (-1, -2, -1), (1, -2, 1), (0, 1, 0)]
PLACES += [(3, 0, 1), (-3, 0, -1), (3, 0, -1), (0.5, 0.1, 0.2), (1, 5, -2), (4, 3, 2)]
PLACES += [(-4, 3, -2), (4, -3, 2), (0.1, 0.2, 8), (-0.1, 0.2, -8), (4, 1.9, 1)]
PLACES += [(0.02, 0.01, 0.03), (-0.02, 0.01, -0.03), (17.0, 3.0, 0.5)]
PLACES += [(1, 1.0001, 1), (1e-4, 0, 2e-4)]


def stepped(answer):
    """What the answer gives, and what it leaves of its arguments."""
    state = np.random.default_rng(0).normal(size=(3, 5))
    settings = [(0.3, 0.7)] * 3 + [(3.0, 0.97), (1e-3, 0.1)]
    return [[np.array(answer(*state, *each)) for each in settings], state]


PROBES = {
    "kind": lambda answer: [str(answer(*place)).lower() for place in PLACES],
    "nesterov": stepped,
    "warm_up": lambda answer: [
        answer(p) for p in [*np.linspace(0, 1, 201).tolist(), 5e-4, 0.1005, 0.9995]
    ],
}
