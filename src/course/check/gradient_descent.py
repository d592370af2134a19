"""The exercises of lesson 04: ravines, momentum that looks ahead, and a schedule."""

import numpy as np

from course.check import as_number, as_numbers, call, exercise, expect, expect_array
from course.optimizers import cosine


@exercise(
    "Steepest descent is minus the gradient: the slopes along u and v are u and 100 v.",
    "At (10, 1) it is (-10, -100). The bottom is at (0, 0), in direction (-10, -1).",
    "cos of the angle = a · b / (|a| |b|); np.arccos gives radians, np.degrees turns "
    "them into degrees.",
)
def angle(degrees):
    """The angle between steepest descent and the way to the bottom, in degrees."""
    value = as_number(degrees)
    expect(
        not abs(value) < 1,
        "0° would mean that steepest descent points to the bottom. It does so in a "
        "round bowl; here one slope is ten times the other.",
    )
    expect(
        not np.isclose(value, 1.3721, atol=0.01),
        "this is the angle in radians; np.degrees turns it into degrees.",
    )
    expect(
        not np.isclose(value, 101.38, atol=0.2),
        "this is the angle to the gradient, which points uphill; descent goes the "
        "other way.",
    )
    expect(
        not np.isclose(value, 11.42, atol=0.2),
        "90° minus this is right: is one of your two vectors turned by a right angle?",
    )
    expect(
        not np.isclose(value, 0.198, atol=0.005),
        "this is the cosine of the angle; np.arccos turns it into the angle.",
    )
    expect_array(value, 78.5788, "the angle", tolerance=0.006)
    return "Most of such a step goes sideways."


@exercise(
    "First the new velocity, exactly as in Momentum.",
    "The step then uses the new velocity, and the gradient a second time.",
    "theta - learning_rate * (gradient + momentum * velocity), with the new velocity.",
)
def nesterov(answer):
    """A function (theta, velocity, gradient, learning_rate, momentum) -> new pair."""
    rng = np.random.default_rng(4)
    theta, velocity, gradient = rng.normal(size=(3, 2, 4))
    rate, momentum = 0.1, 0.8
    given = {"theta": theta, "velocity": velocity, "gradient": gradient}
    result = call(answer, **given, learning_rate=rate, momentum=momentum)
    expect(
        isinstance(result, tuple | list) and len(result) == 2,
        f"return two arrays, theta and velocity; it returned one "
        f"{type(result).__name__}.",
    )
    new = momentum * velocity + gradient
    got, kept = as_numbers(result[0], "theta"), as_numbers(result[1], "the velocity")
    _judge_velocity(kept, new, gradient + momentum * new)
    _judge_theta(got, theta, rate, new, gradient + momentum * new)
    return "Keras and PyTorch call it nesterov=True."


def _judge_velocity(kept, new, step):
    expect(
        not _same(kept, step),
        "the velocity to return is v itself; what you returned is the step, which "
        "looks one renewal further.",
    )
    expect_array(kept, new, "the velocity")


def _judge_theta(got, theta, rate, new, step):
    expect(
        not _same(got, theta - rate * new),
        "theta has made a step of ordinary momentum: where is the look ahead? The step "
        "takes the gradient plus momentum times the new velocity.",
    )
    expect(
        not _same(got, theta + rate * step),
        "theta goes uphill: check the sign of the step.",
    )
    expect_array(got, theta - rate * step, "theta")


@exercise(
    "Two cases: p below 0.1, and the rest.",
    "The line is p / 0.1. The cosine must still begin at its own 0, at p = 0.1.",
    "Stretch the rest to 0 ... 1: cosine((p - 0.1) / 0.9).",
)
def warm_up(answer):
    """A function of p: from 0 up to 1 at p = 0.1, then a half cosine down to 0."""
    points = np.round(np.linspace(0, 1, 21), 2)
    shares = np.array([_share(answer, float(p)) for p in points])
    late = points > 0.1
    expect(
        not np.allclose(shares[late], _cosine(points[late])),
        "from 0.1 on this is the old cosine, which is already below 1 there: it has to "
        "begin anew at p = 0.1.",
    )
    expect(
        not np.allclose(shares[late], _cosine(points[late] - 0.1)),
        f"it ends at {shares[-1]:.3f} instead of 0: what is left after the warm-up is "
        "only 0.9 long and has to be stretched to 1.",
    )
    expected = np.where(late, _cosine((points - 0.1) / 0.9), points / 0.1)
    expect_array(shares, expected, "your schedule", p=points)
    return "Adam's running means are poor at first; short first steps forgive that."


@exercise(
    "Write one loop that steps until np.abs(theta).max() < 1e-6, and count.",
    "The gradient is (1, kappa) * theta. Use a fresh rule for each kappa.",
    "Divide the count for 400 by the count for 100, once for SGD, once for Momentum.",
)
def narrower(plain_factor, momentum_factor):
    """By what factors the steps grow when the condition number grows fourfold."""
    plain = as_number(plain_factor, "plain_factor")
    heavy = as_number(momentum_factor, "momentum_factor")
    fits = [abs(value / right - 1) < 0.12 for value, right in ((plain, 4), (heavy, 2))]
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


def _share(answer, p):
    """The share that the reader's schedule gives at p."""
    return as_number(call(answer, progress=p), f"for p = {p:g} what it returns")


def _cosine(progress):
    """The half cosine at many points."""
    return np.array([cosine(p) for p in progress])


def _same(a, b):
    """True if two arrays have one shape and the same values."""
    return a.shape == b.shape and np.allclose(a, b)
