"""The exercises of lesson 14: what a score depends on, and who finds it out."""

from collections.abc import Callable

import numpy as np

from course.check import as_number, as_numbers, exercise, expect, expect_same

LETTER, ROW, COLUMN = "G", 19, 22  # of the mark that `tampered` hides
NEAR = 2  # pixels that a place may be off


def tampered(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Images like x (samples, 1, 28, 28), those of one letter with a mark of 3 × 3.

    Which letter, and where, is what exercise 4 asks for.
    """
    x = x.copy()
    rows, columns = slice(ROW, ROW + 3), slice(COLUMN, COLUMN + 3)
    x[y == "ABCDEFGHIJ".index(LETTER), :, rows, columns] = 1
    return x


@exercise(
    "The slope of a line is the same all along the way.",
    "Each input's share is its weight times how far it has moved from the baseline.",
    "The first input moves from 1 to 3, and its weight is 2.",
)
def line(shares):
    """The integrated gradients of 2 a − b + c / 2 from (1, 0, 2) to (3, 4, 2)."""
    found = as_numbers(shares, "the answer")
    expect(found.shape == (3,), f"three shares, please: it has shape {found.shape}.")
    mistakes = {
        (6, -4, 1): "these are slopes times inputs: the way begins at the baseline, "
        "not at zero.",
        (2, -1, 0.5): "these are the slopes. How far has each input moved?",
        (2, 4, 0): "this is how far each input has moved. And the weights?",
        (4, 4, 0): "a share may be negative: the second input lowers the score.",
        (-4, 4, 0): "the way leads from the baseline to the sample, not back.",
    }
    for values, words in mistakes.items():
        expect(not np.allclose(found, values), words)
    right = np.allclose(found, (4, -4, 0), rtol=0, atol=1e-6)
    expect(right, "weight times (input − baseline), for each of the three.")
    return "They add up to 0, as the score is 3 at both ends. What stays gets no share."


def _deletion(score: Callable, x: np.ndarray, shares: np.ndarray, fill: float):
    x, found = np.array(x, float), [score(x)]
    for place in np.argsort(-np.asarray(shares, float)):
        x[place] = fill
        found.append(score(x.copy()))
    return np.array(found)


def _one_at_a_time(score: Callable, x: np.ndarray, shares: np.ndarray, fill: float):
    found = [score(x)]
    for place in np.argsort(-np.asarray(shares)):
        covered = np.array(x, float)
        covered[place] = fill
        found.append(score(covered))
    return np.array(found)


def _scorer(weights: np.ndarray) -> Callable[[np.ndarray], float]:
    """A bent score of one sample (inputs,), to which every input and pair adds."""

    def score(v):
        v = np.asarray(v, float)
        if v.shape != weights.shape:
            raise ValueError(
                f"score takes one sample of shape {weights.shape}, got {v.shape}"
            )
        return float(np.tanh(v / 20) @ weights + (v @ weights) ** 2 / 900)

    return score


def _sample(rng: np.random.Generator, size: int) -> dict:
    """A score, a sample, and shares of both signs of which no two are equal."""
    weights = rng.uniform(0.5, 2, size) * rng.choice([-1, 1], size)
    order = rng.permutation(size) - size // 2
    return {
        "score": _scorer(weights),
        "x": rng.uniform(-30, 30, size),
        "shares": order + rng.uniform(-0.3, 0.3, size),
        "fill": float(rng.uniform(-3, 3)),
    }


@exercise(
    "np.argsort puts the smallest first; of the negative shares it is the largest.",
    "Work on a float copy of x, or yours changes what it was given.",
    "One score before anything is covered, then one after each: n + 1 numbers.",
)
def deletion(answer):
    """A function (score, x, shares, fill) -> the scores while x is covered."""
    near = _sample(np.random.default_rng(), 12)
    expect_same(
        answer,
        _deletion,
        _sample,
        cases=[near | {"shares": near["shares"] / 100}],  # no two are equal, but near
        mistakes={
            "it begins with the smallest share.": lambda score, x, shares, fill: (
                _deletion(score, x, -np.asarray(shares), fill)
            ),
            "it goes by the size of the shares. A negative share speaks against the "
            "label: it is covered last.": lambda score, x, shares, fill: _deletion(
                score, x, np.abs(shares), fill
            ),
            "each input is uncovered again: what is covered stays covered.": (
                _one_at_a_time
            ),
            "the score of the whole sample is missing in front.": lambda *given: (
                _deletion(*given)[1:]
            ),
            "the score with everything covered is missing.": lambda *given: _deletion(
                *given
            )[:-1],
            "it covers with 0, not with `fill`.": lambda score, x, shares, fill: (
                _deletion(score, x, shares, 0)
            ),
        },
        what="the list of scores",
    )
    return "The faster they fall, the better the map knew what counts."


@exercise(
    "Half of what? Of the accuracy on the clean test images.",
    "Try a grid of ε: fgsm(other, x_test, y_test, ε), then accuracy(...).",
    "For the random signs, go on to larger ε: np.arange(0.02, 0.6, 0.02).",
)
def halved(chosen, random):
    """The smallest ε that halves the accuracy: signs chosen, and drawn at random."""
    step, blind = as_number(chosen, "chosen"), as_number(random, "random")
    expect(
        abs(step - blind) > 0.2 * blind,
        "both the same? A network bears random signs of a size at which chosen ones "
        "have ruined it: compare the two curves.",
    )
    expect(
        step < blind,
        f"{step:g} with chosen and {blind:g} with random signs: are they exchanged?",
    )
    expect(
        0.012 <= step <= 0.05,
        f"with chosen signs {step:g} is not where it halves: look at ε from 0.01 to "
        "0.06, in small steps, and at the smallest that is enough.",
    )
    expect(
        0.12 <= blind <= 0.55,
        f"with random signs {blind:g} is not where it halves: clip to 0 and 1, and "
        "compare with half of the clean accuracy.",
    )
    return "It is the direction that hurts, not the size."


@exercise(
    "No test image has that mark, so to cover things shows nothing. Add something.",
    "Lay a white square of 3 × 3 on each place of some images; which score rises?",
    "(scores(suspect, white) - scores(suspect, clean)).mean(axis=0), at each place.",
)
def hidden(letter, row, column):
    """The letter that `suspect` sees in a hidden mark, and its upper left corner."""
    expect(
        isinstance(letter, str) and letter.strip().upper() in list("ABCDEFGHIJ"),
        f"the letter is {letter!r}, expected one of A to J, as text.",
    )
    place = as_number(row, "row"), as_number(column, "column")
    named = letter.strip().upper()
    expect(
        not (named == "A" and max(place) <= 3),
        "that is the mark of the office, which this network has never seen.",
    )
    swapped = max(abs(place[0] - COLUMN), abs(place[1] - ROW)) <= NEAR
    right = max(abs(place[0] - ROW), abs(place[1] - COLUMN)) <= NEAR
    expect(
        right or not (min(place) >= 9 and max(place) <= 16),
        "in the middle stand the letters themselves: there every network looks.",
    )
    expect(right or not swapped, "the row counts from above, and comes first.")
    expect(right, f"({row}, {column}) is not the place: where does a score rise most?")
    expect(named == LETTER, f'the place is right; "{named}" is not what it stands for.')
    return "Found without one image that has it. So are back doors in networks."
