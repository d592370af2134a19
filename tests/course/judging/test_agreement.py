"""A judge of three lines refuses what fools a judge, and takes what is only unusual."""

import numpy as np
import pytest
import torch

from course.check import (
    FINITE_DIFFERENCE,
    NotAttempted,
    Wrong,
    expect_same,
    labels,
    numbers,
    shares,
)

RUNS = 10  # a judge asks other arguments each time: it must not be luck


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def judge_softplus(answer, **more):
    expect_same(
        answer,
        softplus,
        lambda rng, size: {"x": numbers(rng, size)},
        mistakes={"this is ReLU itself.": lambda x: np.maximum(x, 0)},
        **more,
    )


def share_right(guess, y):
    return np.mean(guess == y)


def judge_share(answer, **more):
    expect_same(
        answer,
        share_right,
        lambda rng, size: {"guess": labels(rng, size, 3), "y": labels(rng, size, 3)},
        mistakes={
            "this is the share of wrong ones.": lambda guess, y: np.mean(guess != y),
            "this is a count.": lambda guess, y: np.sum(guess == y),
        },
        **more,
    )


def normalised(x):
    total = x.sum(axis=1, keepdims=True)
    return x / total


def judge_rows(answer, **more):
    expect_same(
        answer,
        normalised,
        lambda rng, size: {"x": numbers(rng, (size, 3), low=1)},
        what="the rows",
        **more,
    )


def judge_line(answer, **more):
    expect_same(
        answer,
        lambda x, y: tuple(np.polyfit(x, y, 1)),
        lambda rng, size: {"x": np.arange(1.0 + size), "y": numbers(rng, 1 + size)},
        what=("slope", "height"),
        **more,
    )


TABLE = dict(zip(np.linspace(-2, 2, 9), softplus(np.linspace(-2, 2, 9)), strict=True))
SEEN = []


def stateful(x):
    SEEN.append(1)
    return softplus(x) + 1e-3 * (len(SEEN) - 1)


def remembering(x, kept=[]):  # noqa: B006
    kept.append(softplus(x))
    return kept[0]


def truncating(x):
    total = np.zeros_like(x)
    total[:] = softplus(x)
    return total


def in_place(x):
    x[:] = softplus(x)
    return x


def rows_in_place(x):
    x /= x.sum(axis=1, keepdims=True)
    return x


def only_three(x):
    return np.stack([row / row.sum() for row in x[:3]])


FOOLING = {
    "a table": (judge_softplus, lambda x: np.vectorize(TABLE.get)(x, np.nan)),
    "a fixed length": (judge_softplus, lambda x: softplus(np.resize(x, 4))),
    "not one element": (judge_softplus, lambda x: softplus(x) if len(x) > 1 else 0),
    "a hard-coded share": (judge_share, lambda guess, y: 0.75),
    "two classes only": (
        judge_share,
        lambda guess, y: np.mean((guess > 0) == (y > 0)),
    ),
    "classes alike": (
        judge_share,
        lambda guess, y: np.mean([np.mean(guess[y == k] == k) for k in np.unique(y)]),
    ),
    "changing its argument": (judge_softplus, in_place),
    "changing rows": (judge_rows, rows_in_place),
    "counting its calls": (judge_softplus, stateful),
    "a default list": (judge_softplus, remembering),
    "truncating integers": (judge_softplus, truncating),
    "wrong between": (
        judge_softplus,
        lambda x: np.where((np.abs(x) > 3) & (np.abs(x) < 15), x, softplus(x)),
    ),
    "wrong where it is small": (
        judge_softplus,
        lambda x: np.where(x < -5, 0, softplus(x)),
    ),
    "one shape": (judge_rows, only_three),
    "columns for rows": (judge_rows, lambda x: x / x.sum(axis=0)),
    "no sum": (judge_rows, lambda x: x / 3),
    "one value": (judge_line, lambda x, y: np.polyfit(x, y, 1)[0]),
    "three values": (judge_line, lambda x, y: np.polyfit(x, y, 2)),
    "exchanged": (judge_line, lambda x, y: np.polyfit(x, y, 1)[::-1]),
    "through two points": (
        judge_line,
        lambda x, y: ((y[-1] - y[0]) / (x[-1] - x[0]), y[0]),
    ),
    "noisy": (judge_softplus, lambda x: softplus(x) + np.random.normal(size=len(x))),
    "nothing": (judge_softplus, lambda x: None),
    "a number": (judge_softplus, 0.69),
}


@pytest.mark.parametrize("what", sorted(FOOLING))
def test_a_function_that_fools_is_refused(what):
    judge, answer = FOOLING[what]
    for _ in range(RUNS):
        with pytest.raises(Wrong):
            judge(answer)


def by_loop(x):
    return [np.log(1 + np.exp(-abs(v))) + max(v, 0) for v in x]


def share_by_hand(guess, y):
    return torch.tensor(sum(a == b for a, b in zip(guess, y, strict=True)) / len(y))


def line_by_hand(x, y):
    centred = x - x.mean()
    slope = centred @ y / (centred @ centred)
    return [slope, y.mean() - slope * x.mean()]


UNUSUAL = {
    "a loop": (judge_softplus, by_loop),
    "a generator": (judge_softplus, lambda x: iter(by_loop(x))),
    "a tensor": (
        judge_softplus,
        lambda x: torch.nn.functional.softplus(
            torch.tensor(x, dtype=torch.float64, requires_grad=True), threshold=100
        ),
    ),
    "logaddexp": (judge_softplus, lambda x: np.logaddexp(0, x)),
    "by hand": (judge_share, share_by_hand),
    "matrix": (judge_rows, lambda x: np.diag(1 / x.sum(axis=1)) @ x),
    "a list of lists": (
        judge_rows,
        lambda x: [[v / sum(r) for v in r] for r in x.tolist()],
    ),
    "formula": (judge_line, line_by_hand),
    "an array for a tuple": (judge_line, lambda x, y: np.polyfit(x, y, 1)),
}


@pytest.mark.parametrize("what", sorted(UNUSUAL))
def test_a_right_function_is_taken_however_it_is_written(what):
    judge, answer = UNUSUAL[what]
    for _ in range(RUNS):
        judge(answer)


def told(judge, answer, **more) -> str:
    with pytest.raises(Wrong) as wrong:
        judge(answer, **more)
    return str(wrong.value)


def test_a_stub_is_not_attempted():
    with pytest.raises(NotAttempted):
        judge_softplus(lambda x: ...)


def test_a_mistake_is_told_by_its_words():
    assert told(judge_softplus, lambda x: x * (x > 0)) == "this is ReLU itself."
    assert told(judge_share, lambda g, y: 1 - share_right(g, y)) == (
        "this is the share of wrong ones."
    )
    assert told(judge_share, lambda g, y: sum(g == y)) == "this is a count."


def test_a_value_that_agrees_with_a_mistake_by_accident_is_not_told_its_words():
    for _ in range(RUNS):
        message = told(judge_share, lambda guess, y: 0.0)
        assert message.startswith("the result is 0, expected ")


def test_a_mistake_that_shows_in_some_draws_only_is_not_told_by_accident():
    def at_most(x, most):
        return x * min(1, most / np.abs(x).max())

    def judge(answer):
        expect_same(
            answer,
            at_most,
            lambda rng, size: {
                "x": rng.uniform(1, 2, size),
                "most": float(rng.choice([0.5, 2.5], p=[0.3, 0.7])),
            },
            cases=[{"x": np.array([1.0, 2.0]), "most": 3.0}],
            mistakes={"this always scales.": lambda x, m: x * m / np.abs(x).max()},
        )

    always = lambda x, most: x * most / np.abs(x).max()  # noqa: E731
    assert told(judge, always) == "this always scales."
    accident = lambda x, most: at_most(x, most) * (1.5 if most == 3 else 1)  # noqa: E731
    assert not any("always" in told(judge, accident) for _ in range(RUNS))


def test_a_wrong_value_is_told_with_its_argument():
    message = told(judge_softplus, lambda x: softplus(x) + 1)
    assert message.startswith("the result for x = ") and ", expected " in message
    message = told(judge_share, lambda guess, y: 2.0)
    assert " for guess = [" in message and ", y = [" in message


def test_state_and_integers_are_told_as_what_they_are():
    SEEN.clear()
    assert "asked the same again for x = " in told(judge_softplus, stateful)
    assert "for x = " in told(judge_softplus, truncating)
    assert "it changes x itself" in told(judge_softplus, in_place)


def test_other_arguments_are_asked_each_time():
    asked = []
    for _ in range(2):
        judge_softplus(lambda x: asked.append(x.copy()) or softplus(x))
    half = len(asked) // 2
    floats = [x for x in asked[2:half] if x.dtype.kind == "f" and len(x) > 3]
    again = [x for x in asked[half + 2 :] if x.dtype.kind == "f" and len(x) > 3]
    assert len(floats) == len(again) > 3
    assert not any(map(np.array_equal, floats, again))


def test_sizes_and_forms_are_what_is_asked_for():
    asked = []
    judge_softplus(
        lambda x: asked.append((len(x), type(x).__name__)) or softplus(np.asarray(x)),
        sizes=(2, 7),
        forms=("lists",),
    )
    assert {*asked} == {(2, "ndarray"), (2, "list"), (7, "ndarray"), (7, "list")}


def test_an_answer_is_asked_often_enough_that_a_seldom_fault_shows():
    """As one that counts whole tokens, which shows after certain pauses only."""
    asked = []
    judge_share(lambda guess, y: asked.append(len(y)) or share_right(guess, y))
    assert asked.count(12) == 1 + 8


def test_single_precision_is_taken_and_double_is_not_lost():
    judge_rows(lambda x: x / x.sum(axis=1, keepdims=True), forms=("float32",))
    message = told(judge_softplus, lambda x: softplus(np.float16(x)))
    assert "expected" in message


def slope(x, h=1e-5):
    return (softplus(x + h) - softplus(x - h)) / (2 * h)


def judge_slope(answer, **more):
    expect_same(
        answer,
        lambda x: 1 / (1 + np.exp(-x)),
        lambda rng, size: {"x": numbers(rng, size, -5, 5)},
        **more,
    )


def test_a_finite_difference_is_taken_only_where_the_author_says_so():
    rough = lambda x: slope(x, 2e-2)  # noqa: E731
    for _ in range(RUNS):
        judge_slope(slope, tolerance=FINITE_DIFFERENCE)
        judge_slope(rough, tolerance=FINITE_DIFFERENCE)
    told(judge_slope, rough)
    told(judge_slope, lambda x: slope(x, 0.3), tolerance=FINITE_DIFFERENCE)


def test_fixed_cases_come_first():
    message = told(judge_softplus, lambda x: x, cases=[{"x": np.array([1000.0])}])
    assert "for x = " in message
    assert "x = 1000 is inf" in told(
        judge_softplus,
        lambda x: np.log(1 + np.exp(x)),
        cases=[{"x": np.array([1000.0])}],
    )


def test_what_is_no_number_is_compared_too():
    def judge(answer):
        expect_same(
            answer,
            lambda name: list(name),
            lambda rng, size: {"name": "".join(rng.choice([*"abc"], size))},
        )

    judge(lambda name: [*name])
    assert "expected ['" in told(judge, lambda name: [*name, "d"])
    assert "expected ['" in told(judge, lambda name: 3)


def test_tensors_with_their_gradient_are_compared():
    def judge(answer):
        expect_same(
            answer,
            lambda x: torch.nn.functional.softplus(x, threshold=100),
            lambda rng, size: {
                "x": torch.tensor(numbers(rng, size), requires_grad=True)
            },
        )

    judge(lambda x: torch.log1p(torch.exp(x)))
    assert "for x = " in told(judge, lambda x: x.relu())


def test_without_arguments_there_is_nothing_to_judge():
    with pytest.raises(ValueError, match="nothing to ask"):
        expect_same(softplus, softplus)


def test_draws_are_what_they_say():
    rng = np.random.default_rng(0)
    x = numbers(rng, 2000)
    assert np.abs(x).max() <= 30 and 0.2 < np.mean(np.abs(x) < 1) < 0.8
    assert {-1.0, 0.0, 1.0} <= {*x} and len({*x}) > 1000
    assert numbers(rng, (50, 4), 0.5, 2).min() >= 0.5
    y = labels(rng, 400)
    counts = np.bincount(y, minlength=10)
    assert counts.min() >= 1 and counts.max() > 3 * counts.min()
    p = shares(rng, 300, 4)
    assert p.shape == (300, 4) and np.allclose(p.sum(axis=1), 1)
    most = p.max(axis=1)
    assert most.min() < 0.35 and most.max() > 0.95
    assert np.any(np.sort(p, axis=1)[:, -2] == most)
