"""The exercises of lesson 04: saddles, momentum that looks ahead, and a schedule."""

import numpy as np

from course.check import as_numbers, call, exercise, expect, expect_same, numbers
from course.optimizers import SGD, Momentum, cosine


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
    matrices, answer = _matrices(np.random.default_rng()), _in_words(answer)
    for words, wrong in OTHER_KINDS.items():
        agrees = [str(call(answer, **each)) == wrong(**each) for each in matrices]
        expect(not all(agrees), words)
    expect_same(answer, _kind, cases=matrices, what="the kind")
    return (
        "Without eigenvalues: a saddle is where a d < b², and else the sign of a says."
    )


def _matrices(rng):
    """Every kind, with b of both signs and 0, and what looks like another kind."""
    known: list[tuple[float, float, float]] = [
        (1, 2, 1),
        (2, 0, 1),
        (-2, 1, -1),
        (0, 3, 0),
        (-1, -5, -4),
        (4, 0, -1),
    ]
    known += [(1, 1.0001, 1), (-1, 0.9999, -1), (1e-4, 0, 2e-4)]  # nearly level
    for _ in range(60):
        bends = np.diag(rng.choice([-1, 1], 2) * np.exp(rng.uniform(-9, 3, 2)))
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


def _uphill(theta, velocity, gradient, rate, momentum):
    return _nesterov(theta, velocity, gradient, -rate, momentum)


def _keeps_the_step(theta, velocity, gradient, rate, momentum):
    stepped, new = _nesterov(theta, velocity, gradient, rate, momentum)
    return stepped, gradient + momentum * new


OTHER_STEPS = {
    "theta has made a step of ordinary momentum: where is the look ahead? The step "
    "takes the gradient plus momentum times the new velocity.": _ordinary,
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
    parts, rng = ("theta", "the velocity"), np.random.default_rng()
    ends = [(3.0, 0.97), (1e-3, 0.1), (1.5, 0.0)]  # settings that are seldom drawn
    cases = [
        _state(rng, 3) | {"learning_rate": rate, "momentum": momentum}
        for rate, momentum in ends
    ]
    expect_same(
        answer, _nesterov, _state, cases=cases, mistakes=OTHER_STEPS, what=parts
    )
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
    near = np.geomspace(1e-4, 0.05, 10) * rng.uniform(0.8, 1.2, (4, 10))
    # beside both ends, and on both sides of the top
    corners = near * np.array([[1], [-1], [1], [-1]]) + np.array(
        [[0], [0.1], [0.1], [1]]
    )
    points = [*rng.uniform(0, 1, 40), *corners.ravel(), 0.5, 0.1, 0.0, 1.0]
    cases = [{"progress": p} for p in [*map(float, points), 0, 1]]
    what = "your schedule"
    expect_same(answer, _warm_up, cases=cases, mistakes=OTHER_SCHEDULES, what=what)
    return "The first steps are short, whatever the rule."


KAPPAS = 100, 400


@exercise(
    "Write one loop that steps until np.abs(theta).max() < 1e-6, and count.",
    "The gradient is (1, kappa) * theta. Use a fresh rule for each kappa.",
    "Two counts with SGD(2 / (1 + kappa)), two with Momentum and both of its settings.",
)
def narrower(plain, momentum):
    """The numbers of steps of both rules, each for the condition numbers 100, 400."""
    right = [[_steps(rule, kappa) for kappa in KAPPAS] for rule in (_plain, _heavy)]
    given = [as_numbers(plain, "plain"), as_numbers(momentum, "momentum")]
    for name, got in zip(["plain", "momentum"], given, strict=True):
        told = (
            f"{name} has shape {got.shape}, expected two counts, for 100 and for 400."
        )
        expect(got.shape == (2,), told)
        expect(got.max() > 10, f"{name} holds {got}: give the numbers of steps.")
        expect((got % 1 == 0).all(), f"{name} holds {got}: steps are whole numbers.")
        turned = "a narrower ravine takes more steps: give the count for 100 first."
        expect(got[0] < got[1], turned)
    expect(not _close(given, right[::-1]), "right counts, but which is momentum?")
    settings = ["its rate is 2/(1 + κ)", "its rate and its μ both depend on κ"]
    for name, got, counts, hint in zip(
        ["plain", "momentum"], given, right, settings, strict=True
    ):
        told = f"{name} takes other numbers of steps than {got}: {hint}, and each count"
        expect(_close(got, counts), f"{told} needs a fresh rule and the start (1, 1).")
    slow, heavy = (high / low for low, high in right)
    return (
        f"Plain descent takes {slow:.1f} times the steps, momentum {heavy:.1f} times: "
        "one pays the condition number, the other only its square root."
    )


def _close(got, counts):
    """True if no count is off by more than one."""
    return np.abs(np.subtract(got, counts)).max() <= 1


def _plain(kappa):
    return SGD(2 / (1 + kappa))


def _heavy(kappa):
    root = np.sqrt(kappa)
    return Momentum((2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2)


def _steps(rule, kappa):
    place, count, rule = np.ones(2), 0, rule(kappa)
    while np.abs(place).max() >= 1e-6:
        place = rule.step(place, np.array([1, kappa]) * place)
        count += 1
    return count
