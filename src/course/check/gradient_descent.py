"""The exercises of lesson 04: saddles, momentum that looks ahead, and a schedule."""

import numpy as np

from course.check import as_number, exercise, expect, expect_same, numbers
from course.optimizers import cosine


def _kind(a, b, d):
    low, high = np.linalg.eigvalsh([[a, b], [b, d]])
    return "minimum" if low > 0 else "maximum" if high < 0 else "saddle"


def _along_the_weights(a, b, d):
    return "minimum" if min(a, d) > 0 else "maximum" if max(a, d) < 0 else "saddle"


OTHER_KINDS = {
    "that looks only along the two weights. With a = d = 1 and b = 2 the ground rises "
    "along both, and falls between them.": _along_the_weights,
    "right the other way round: where every curvature is positive, every direction "
    "leads up.": lambda a, b, d: _kind(-a, b, -d),
}


@exercise(
    "All eigenvalues positive: every direction leads up. What if one is negative?",
    "a and d are the curvatures along the two weights only; b can turn it all round.",
    "np.linalg.eigvalsh([[a, b], [b, d]]) gives both eigenvalues, the smaller first.",
)
def kind(answer):
    """A function (a, b, d) -> "minimum", "maximum" or "saddle"."""
    matrices = _matrices(np.random.default_rng())
    expect_same(
        _in_words(answer), _kind, cases=matrices, mistakes=OTHER_KINDS, what="the kind"
    )
    return (
        "Without eigenvalues: a saddle is where a d < b², and else the sign of a says."
    )


def _matrices(rng):
    """Every kind, with b of both signs and 0, and what looks like another kind."""
    known = [(1, 2, 1), (2, 0, 1), (-2, 1, -1), (0, 3, 0), (-1, -5, -4), (4, 0, -1)]
    for _ in range(60):
        bends = np.diag(rng.choice([-1, 1], 2) * np.exp(rng.uniform(-2, 2, 2)))
        angle = rng.uniform(0, np.pi)
        right, up = np.cos(angle), np.sin(angle)
        axes = np.array([[right, up], [-up, right]])
        (a, b), (_, d) = axes.T @ bends @ axes
        known.append((a, b, d))
    return [{"a": float(a), "b": float(b), "d": float(d)} for a, b, d in known]


def _in_words(answer):
    """The reader's function, whose word may be in capitals or in an array."""

    def asked(a, b, d):
        word = answer(a, b, d)
        if isinstance(word, np.ndarray) and word.shape == ():
            word = word.item()
        return str(word).strip().lower() if isinstance(word, str) else word

    return asked if callable(answer) else answer


def _nesterov(theta, velocity, gradient, rate, momentum):
    new = momentum * velocity + gradient
    return theta - rate * (gradient + momentum * new), new


def _ordinary(theta, velocity, gradient, rate, momentum):
    new = momentum * velocity + gradient
    return theta - rate * new, new


def _late(theta, velocity, gradient, rate, momentum):
    new = momentum * velocity + gradient
    return theta - rate * (gradient + momentum * velocity), new


def _uphill(theta, velocity, gradient, rate, momentum):
    return _nesterov(theta, velocity, gradient, -rate, momentum)


def _keeps_the_step(theta, velocity, gradient, rate, momentum):
    stepped, new = _nesterov(theta, velocity, gradient, rate, momentum)
    return stepped, gradient + momentum * new


OTHER_STEPS = {
    "theta has made a step of ordinary momentum: where is the look ahead? The step "
    "takes the gradient plus momentum times the new velocity.": _ordinary,
    "theta has stepped with the old velocity; the step takes the new velocity.": _late,
    "theta goes uphill: check the sign of the step.": _uphill,
    "the velocity to return is v itself; what you returned is the step, which looks "
    "one renewal further.": _keeps_the_step,
    "the right two in the wrong order: theta comes first.": (
        lambda *state: _nesterov(*state)[::-1]
    ),
}


@exercise(
    "First the new velocity, exactly as in Momentum.",
    "The step then uses the new velocity, and the gradient a second time.",
    "theta - learning_rate * (gradient + momentum * velocity), with the new velocity.",
)
def nesterov(answer):
    """A function (theta, velocity, gradient, learning_rate, momentum) -> new pair."""
    parts = "theta", "the velocity"
    expect_same(answer, _nesterov, _state, mistakes=OTHER_STEPS, what=parts)
    return "Keras and PyTorch call it nesterov=True."


def _state(rng, size):
    """Weights with one axis or two, and settings, all of them other ones each time."""
    shape = (3, size, 3) if size % 2 else (3, size)
    state = dict(
        zip(["theta", "velocity", "gradient"], numbers(rng, shape), strict=True)
    )
    rate, momentum = np.exp(rng.uniform(-4, 1)), rng.uniform(0.2, 0.99)
    return state | {"learning_rate": float(rate), "momentum": float(momentum)}


def _warm_up(p):
    return p / 0.1 if p < 0.1 else cosine((p - 0.1) / 0.9)


OTHER_SCHEDULES = {
    "from 0.1 on this is the old cosine, which is already below 1 there: it has to "
    "begin anew at p = 0.1.": lambda p: p / 0.1 if p < 0.1 else cosine(p),
    "it does not end at 0: what is left after the warm-up is only 0.9 long and has to "
    "be stretched to 1.": lambda p: p / 0.1 if p < 0.1 else cosine(p - 0.1),
}


@exercise(
    "Two cases: p below 0.1, and the rest.",
    "The line is p / 0.1. The cosine must still begin at its own 0, at p = 0.1.",
    "Stretch the rest to 0 ... 1: cosine((p - 0.1) / 0.9).",
)
def warm_up(answer):
    """A function of p: from 0 up to 1 at p = 0.1, then a half cosine down to 0."""
    rng = np.random.default_rng()
    points = [*rng.uniform(0, 1, 40), *rng.uniform(0, 0.2, 20), 0.5, 0.1, 0.0, 1.0]
    cases = [{"progress": p} for p in [*map(float, points), 0, 1]]
    what = "your schedule"
    expect_same(answer, _warm_up, cases=cases, mistakes=OTHER_SCHEDULES, what=what)
    return "The first steps are short, whatever the rule."


@exercise(
    "Write one loop that steps until np.abs(theta).max() < 1e-6, and count.",
    "The gradient is (1, kappa) * theta. Use a fresh rule for each kappa.",
    "Divide the count for 400 by the count for 100, once for SGD, once for Momentum.",
)
def narrower(plain_factor, momentum_factor):
    """By what factors the steps grow when the condition number grows fourfold."""
    plain = as_number(plain_factor, "plain_factor")
    heavy = as_number(momentum_factor, "momentum_factor")
    fits = [3.9 < plain < 4.1, 1.96 < heavy < 2.16]
    swapped = abs(plain / 2 - 1) < 0.12 and abs(heavy / 4 - 1) < 0.12
    expect(not swapped, "right numbers, but which of the two is momentum?")
    expect(
        not (plain < 1 and heavy < 1),
        "a narrower ravine takes more steps, not fewer: the count for 400 over the "
        "count for 100.",
    )
    expect(
        max(plain, heavy) < 50,
        "these look like numbers of steps; asked is by what factor they grow.",
    )
    expect(
        not (fits[0] and abs(heavy / plain - 1) < 0.1),
        "right for plain descent, but momentum does not suffer as much. Did its two "
        "settings follow the condition number?",
    )
    expect(fits[0], f"plain_factor is {plain:.3g}; its learning rate is 2/(1 + κ).")
    expect(
        fits[1],
        f"right for plain descent, but momentum_factor is {heavy:.3g}; its "
        "learning rate and μ both depend on κ, and each count needs a fresh rule.",
    )
    return "Plain descent pays the condition number, momentum only its square root."
