"""The exercises of lesson 02: what trees, forests and kernels do with their data."""

import numpy as np

from course.check import as_number, as_parts, as_share, call, exercise, expect, given


@exercise(
    "The labels were shuffled, so nothing connects them with the signals. Does a tree "
    "that may ask as often as it likes need a connection?",
    "Fit on (signals.x_train, shuffled) and score on the very same two; then score on "
    "signals.x_test and signals.y_test.",
    "It asks until each group holds one class. How many of the labels that it was "
    "grown on can it then get wrong?",
)
def by_heart(on_shuffled, on_test):
    """A tree's accuracy on the shuffled labels it was grown on, and on the test set."""
    seen, new = as_share(on_shuffled, "on_shuffled"), as_share(on_test, "on_test")
    expect(
        not (new == 1 and seen < 1),
        "the two are exchanged: first the labels it was grown on, then the test set.",
    )
    expect(
        seen > 0.5,
        f"on_shuffled is {seen:.2f}: it would be about that on labels that the tree "
        "has not seen. Score it on the shuffled labels that it was grown on.",
    )
    expect(
        seen == 1,
        f"on_shuffled is {seen:.4f}: a tree without a limit of depth goes on asking "
        "until no two classes share a group.",
    )
    expect(
        new < 0.3,
        f"on_test is {new:.2f}: was this tree grown on the shuffled labels?",
    )
    expect(
        0.04 <= new <= 0.18,
        f"on_test is {new:.2f}; with ten classes, a tree that has learned nothing of "
        "them is right about as often as a guess.",
    )
    return "Right on all it has seen, and no better than a guess: it learned by heart."


@exercise(
    "Only finitely many thresholds make a difference: for each input, one at each of "
    "its values. Try them all.",
    "For input i and threshold t the sides are y[x[:, i] <= t] and y[x[:, i] > t]; "
    "`gini` measures each, and each counts by its share of the points.",
    "The largest value leaves one side empty: go through np.unique(x[:, i])[:-1], and "
    "keep the pair (i, t) with the smallest sum of share times gini.",
)
def best_question(answer):
    """A function (x, y) -> (input, threshold) whose two sides are purest."""
    for x, y in _tables():
        got = as_parts(call(answer, x=x, y=y), ("input", "threshold"), x=x, y=y)
        where = given({"x": x, "y": y})
        column, t = as_number(got[0], "the input"), as_number(got[1], "the threshold")
        expect(
            column in range(x.shape[1]),
            f"the input is {column:g}, expected one of 0 to {x.shape[1] - 1}{where}.",
        )
        _judge_question(int(column), t, x, y, where)
    return "A tree is this, again and again, on both sides."


def _judge_question(column, t, x, y, where) -> None:
    below = x[:, column] <= t
    expect(
        below.any() and not below.all(),
        f"x[:, {column}] <= {t:.4g} leaves one side empty{where}.",
    )
    got, least = _mixed(below, y), min(_mixed(below, y) for below in _questions(x))
    alike = min(_questions(x), key=lambda below: _gini(y[below]) + _gini(y[~below]))
    expect(
        got <= least + 1e-9 or not np.array_equal(below, alike),
        f"x[:, {column}] <= {t:.4g} is best if both sides counted alike{where}. Each "
        "counts by its share of the points.",
    )
    expect(
        got <= least + 1e-9,
        f"x[:, {column}] <= {t:.4g} leaves a mean impurity of {got:.4f}{where}; the "
        f"best question leaves {least:.4f}.",
    )


SIZES = [(30, 2, 2), (60, 10, 5), (61, 3, 1), (200, 4, 3)]  # points, classes, inputs


def _tables():
    """Points with classes: one a class, ties, whole numbers, many, uneven."""
    rng = np.random.default_rng()
    yield np.array([[0.0], [1.0]]), np.array([0, 1])
    yield np.array([[9.0, 0, 8, 1], [7, 7, 7, 7]]).T, np.array([1, 0, 1, 0])
    yield np.array([[1.0, 9, 0, 8], [2, 3, 2, 3]]).T, np.array([0, 1, 0, 1])
    yield np.array([[5, 5, 5, 5, 5], [5, 2, 4, 1, 3]]).T, np.array([1, 0, 1, 0, 1])
    yield np.array([[3, 1, 2, 3, 1, 2, 7]]).T, np.array([2, 0, 0, 2, 0, 2, 2])
    yield np.array([[-1.0, -4, -2, -3], [0, 1, 1, 0]]).T, np.array([0, 3, 3, 3])
    yield np.arange(40.0)[:, None], np.repeat([0, 1, 0], [3, 31, 6])
    yield np.array([[0, 1e-3, 2e-3, 50], [1, 2, 1, 2]]).T, np.array([0, 0, 1, 1])
    for points, classes, inputs in 5 * SIZES:
        y = rng.integers(classes, size=points)
        size = rng.normal(size=inputs)
        yield (rng.normal(size=(points, inputs)) + size * y[:, None]).round(1), y
    yield np.array([[4.0, 1, 3, 2]]).T, np.array([0, 1, 0, 0])  # cuts off the smallest
    y = np.arange(24) % 3
    x = rng.normal(size=(24, 9)).round(1)
    x[:, 8] = y + np.linspace(0, 0.5, 24)  # the last of nine inputs knows
    yield x, y


def _questions(x: np.ndarray) -> list[np.ndarray]:
    """For every input and threshold, which points are below it."""
    return [column <= t for column in x.T for t in np.unique(column)[:-1]]


def _gini(y: np.ndarray) -> float:
    return 1 - float(np.sum((np.bincount(y) / len(y)) ** 2))


def _mixed(below: np.ndarray, y: np.ndarray) -> float:
    """The mean impurity of the two sides, each counted by its share of the points."""
    share = np.mean(below)
    return float(share * _gini(y[below]) + (1 - share) * _gini(y[~below]))


@exercise(
    "over_splits(ensemble.ExtraTreesClassifier(size), x_all, y_all) gives five "
    "accuracies; take their mean.",
    "Go through 1, 5, 10, 20, 40, 80 and stop at the first that is above 0.68.",
    "Ten are not enough, and twenty come close.",
)
def few_trees(one_tree, trees_needed):
    """The accuracy of one random tree, and the smallest forest above 0.68."""
    single, size = (
        as_share(one_tree, "one_tree"),
        as_number(trees_needed, "trees_needed"),
    )
    expect(
        single < 0.5,
        f"one_tree is {single:.2f}: that is a tree that takes the best question each "
        "time, or more than one. A forest of one is ExtraTreesClassifier(1).",
    )
    expect(
        0.33 <= single <= 0.44,
        f"one_tree is {single:.2f}, which no forest of one comes near. Is it the mean "
        "of the five accuracies?",
    )
    expect(
        size in (5, 10, 20, 40, 80),
        f"trees_needed is {size:g}, expected one of 5, 10, 20, 40 and 80.",
    )
    expect(
        size != 80,
        "80 trees are enough, but fewer are, too.",
    )
    expect(
        size == 40,
        f"{size:g} trees stay below 0.68 on the mean of five splits.",
    )
    return "Trees that are worse than one grown with care, and together far better."


@exercise(
    "np.unique(machine.predict(signals.x_test)) lists the classes that it answers.",
    "nearness(signals.x_test[:100], signals.x_train[:1000], 10) is (100, 1000): take "
    "its largest value.",
    "If nothing is near, the sum over the support vectors is 0 and the score is the "
    "bias b, whatever the signal. What does it answer then?",
)
def too_near(different_answers, nearest_of_all):
    """How many classes it answers, and the largest nearness of a test signal."""
    count = as_number(different_answers, "different_answers")
    near = as_number(nearest_of_all, "nearest_of_all")
    expect(
        count != 10,
        "ten classes are in the labels. Count those in its answers to the test "
        "signals.",
    )
    expect(count >= 1 and count.is_integer(), f"{count:g} is no number of classes.")
    expect(count == 1, f"{count:g} classes: was gamma 10, and were all signals asked?")
    expect(
        not np.isclose(near, 1),
        "a nearness of 1 is a signal compared with itself: compare test signals with "
        "training signals.",
    )
    expect(
        not 0 <= near < 1e-25,
        f"nearest_of_all is {near:.4g}: the largest nearness is small, but larger. Was "
        "it rounded, or is it another than the largest?",
    )
    expect(
        1e-24 <= near <= 1e-19,
        f"nearest_of_all is {near:.4g}, which is not it: a nearness is from 0 to 1, "
        "and at gamma = 10 it falls off within a fraction of the usual distance.",
    )
    return "Nothing is near, so every score is the bias, and one class is the answer."
