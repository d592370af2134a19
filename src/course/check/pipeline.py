"""The exercises of lesson 29: a gate, its luck, and the order of a pipeline."""

import numpy as np

from course.check import Wrong, as_number, describe, exercise, expect, expect_same

# What has to come before what, and what is said to whoever turns it round.
BEFORE = {
    ("load", "drop copies"): "what is not loaded has no copies.",
    ("drop copies", "split"): (
        "a copy on each side of the split: what is held out has been trained on."
    ),
    ("split", "measure the pixels"): (
        "what is measured on all letters has seen those that are held out."
    ),
    ("measure the pixels", "train"): "training scales by what was measured.",
    ("train", "evaluate"): "there is nothing to evaluate yet.",
    ("fetch the present model", "evaluate"): (
        "evaluate compares with the present model: fetch it first."
    ),
    ("evaluate", "gate"): "the gate reads the report that evaluate writes.",
    ("gate", "register"): "what the gate refuses must not become a version.",
    ("register", "approve"): "only a version of the registry can be approved.",
    ("approve", "deploy"): "then it answers customers before anybody has agreed.",
}
STEPS = list(dict.fromkeys(name for pair in BEFORE for name in pair))
# How many of 10,000 models pass that are a point worse: as draws say, in which a tie is
# refused, up to what the normal distribution says.
PASSED = {0: (1250, 1750), 1: (140, 320), 2: (3, 30)}


@exercise(
    "For each letter: 1 where only the new one is right, -1 where only the present is.",
    "The error of the mean is the standard deviation over the root of the letters.",
    "apart.mean() > margin * apart.std() / np.sqrt(len(apart))",
)
def gate(answer):
    """A function (new, present, margin) -> whether the new model passes."""
    expect_same(
        answer,
        _gate,
        _challenge,
        cases=[
            {"new": np.ones(9, bool), "present": np.ones(9, bool), "margin": 0.0},
            {"new": np.ones(9, bool), "present": np.zeros(9, bool), "margin": 2.0},
            {"new": np.arange(90) < 30, "present": np.arange(90) > 35, "margin": 1.5},
            {"new": np.arange(90) < 44, "present": np.arange(90) > 44, "margin": 1.5},
            {"new": np.arange(90) < 36, "present": np.zeros(90, bool), "margin": 7.0},
            {
                "new": np.arange(401) < 201,
                "present": np.arange(401) > 200,
                "margin": 0.0,
            },
        ],
        sizes=range(40),
        what="whether it passes",
        mistakes={
            "that has no margin.": lambda new, present, margin: (
                np.mean(new) > np.mean(present)
            ),
            "that is the error if there were no gain, McNemar's: the gain is taken off "
            "before squares are summed, as a standard deviation does.": (
                lambda new, present, margin: (
                    _gain(new, present)
                    > margin * np.sqrt(np.mean(new != present) / len(new))
                )
            ),
            "both read the same letters: the error is that of the differences.": (
                _apart
            ),
            "the standard deviation is that of one letter: divide it by the root of "
            "their number.": lambda new, present, margin: (
                _gain(new, present) > margin * np.std(new.astype(float) - present)
            ),
            "that refuses only what is clearly worse: ask for proof that it is "
            "better.": lambda new, present, margin: (
                _gain(new, present) > -margin * _error(new, present)
            ),
            "the margin counts errors; it is no accuracy.": (
                lambda new, present, margin: _gain(new, present) > margin
            ),
            "a model that is worse by so much does not pass.": (
                lambda new, present, margin: (
                    abs(_gain(new, present)) > margin * _error(new, present)
                )
            ),
        },
    )
    return "A gate that asks letter by letter needs fewer letters."


def _gain(new, present):
    return np.mean(new.astype(float) - present)


def _error(new, present):
    return np.std(new.astype(float) - present) / np.sqrt(len(new))


def _gate(new, present, margin):
    return bool(_gain(new, present) > margin * _error(new, present))


def _apart(new, present, margin):
    """As if each had read letters of its own."""
    variance = sum(np.mean(each) * (1 - np.mean(each)) for each in (new, present))
    return _gain(new, present) > margin * np.sqrt(variance / len(new))


def _challenge(rng, size):
    """Two readers of some hundred letters; the margin is near what decides."""
    count = int(rng.integers(60, 400)) + size
    present = rng.random(count) < rng.uniform(0.4, 0.8)
    gained, lost = rng.uniform(0.05, 0.3, 2)
    new = np.where(present, rng.random(count) > lost, rng.random(count) < gained)
    new[:2], present[:2] = (True, False), (False, True)  # they never agree on all
    if _gain(new, present) < 0 and rng.random() < 0.6:
        new, present = present, new
    errors = abs(_gain(new, present)) / _error(new, present)
    near = float(rng.choice([0.5, 0.8, 0.95, 1.05, 1.2, 2.0])) * errors
    return {"new": new, "present": present, "margin": near}


@exercise(
    "A tenth disagrees, and the difference is a point: 4.5% for, 5.5% against.",
    "rng.multinomial(1000, [0.045, 0.055, 0.9], 10_000) has a row for each model: "
    "letters that only the new one reads right, only the present one, and others.",
    "10_000 * norm.cdf(-1 - margin), since the error is about one point.",
)
def passed(none, one, two):
    """How many of 10,000 models, each a point worse, pass at 0, 1 and 2 errors."""
    for margin, answer in zip(PASSED, (none, one, two), strict=True):
        count = as_number(answer, f"the number at a margin of {margin}")
        low, high = PASSED[margin]
        if 0 < count < 1:
            raise Wrong(f"{describe(answer)} is a share: how many of 10,000?")
        if margin == 0 and 4000 <= count <= 6000:
            raise Wrong("half of them pass if they are equal: these are a point worse.")
        if margin == 0 and 7800 <= count <= 9000:
            raise Wrong("so many are refused: how many pass?")
        expect(
            low <= count <= high,
            f"at a margin of {margin} it is not {describe(answer)}: draw the models "
            "letter by letter, and count those above the margin.",
        )
    return "A margin of 0 lets one bad model in six through; of 2, one in hundreds."


@exercise(
    "Which step reads what another one writes?",
    "Copies go before the split; what is measured, after it.",
    'It begins with "load", "drop copies", "split", "measure the pixels".',
)
def order(steps):
    """The names of the steps, in an order in which they may run."""
    expect(
        isinstance(steps, list | tuple) and all(isinstance(s, str) for s in steps),
        f"it is {describe(steps)}: give a list of names.",
    )
    names = [name.strip().lower() for name in steps]
    for name in names:
        expect(name in STEPS, f'there is no step "{name}" among those of the list.')
    missing = [name for name in STEPS if name not in names]
    expect(not missing, f"these are missing: {', '.join(missing)}.")
    expect(len(names) == len(STEPS), "each step runs once.")
    for (early, late), words in BEFORE.items():
        if names.index(early) > names.index(late):
            raise Wrong(f'"{late}" runs before "{early}": {words}')
    return "An arrow in a pipeline is a fact, not a habit."
