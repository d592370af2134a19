"""The exercises of lesson 23: means of parts, and who gets which rows."""

import numpy as np

from course.check import (
    as_numbers,
    as_share,
    call,
    describe,
    exercise,
    expect,
    expect_same,
    numbers,
)

SLACK = 1.01  # how much more the fullest worker may have than in the greedy rule
LEAST, MOST = 0.40, 0.46  # 3/7, and what the hash of some hundred keys makes of it


@exercise(
    "A mean times its count is a sum, and sums add up.",
    "Where a part has no rows its mean is nan, and nan times 0 is nan.",
    "np.nansum(means * counts, axis=0), and what do you divide it by?",
)
def overall(answer):
    """A function means, counts (parts, shops) -> the mean of each shop's rows."""
    expect_same(
        answer,
        _overall,
        _parts,
        cases=[
            {
                "means": np.array([[10.0, 4.0], [20.0, np.nan]]),
                "counts": np.array([[1, 3], [3, 0]]),
            }
        ],
        mistakes={
            "that is the mean of means: a part of one row counts like a large one.": (
                lambda means, counts: np.nanmean(means, axis=0)
            ),
            "a shop that one part lacks has become nan: nan times 0 is nan.": (
                lambda means, counts: (means * counts).sum(0) / counts.sum(0)
            ),
            "a part without rows of a shop counts as one with the mean 0.": (
                lambda means, counts: np.nan_to_num(means).mean(axis=0)
            ),
            "that adds up along the shops: one mean for each shop is asked for.": (
                lambda means, counts: np.nansum(means * counts, 1) / counts.sum(1)
            ),
            "that is one mean of all shops together.": (
                lambda means, counts: np.nansum(means * counts) / counts.sum()
            ),
            "these are the sums: divide by the rows.": (
                lambda means, counts: np.nansum(means * counts, axis=0)
            ),
            "divide by the rows, not by the parts.": (
                lambda means, counts: np.nansum(means * counts, axis=0) / len(means)
            ),
        },
    )
    return "So send sum and count, and divide once, at the end."


def _overall(means, counts):
    return np.nansum(means * counts, axis=0) / counts.sum(axis=0)


def _parts(rng, size):
    """Parts of which some lack a shop; each shop is in one at least."""
    shape = int(rng.integers(2, 7)), size
    counts = rng.integers(1, 400, shape) * (rng.random(shape) < 0.7)
    counts[rng.integers(shape[0], size=size), np.arange(size)] += 1
    means = np.where(counts > 0, numbers(rng, shape), np.nan)
    return {"means": means, "counts": counts}


@exercise(
    "The largest keys are the hardest to place: begin with them.",
    "Give each key to the worker that has the fewest rows so far.",
    "loads = np.zeros(workers); for key in np.argsort(-rows): loads.argmin() ...",
)
def balanced(answer):
    """A function rows, workers -> the worker of each key, from 0 to workers - 1."""
    rng = np.random.default_rng()
    for rows, workers in _tasks(rng):
        got = as_numbers(call(answer, rows=rows, workers=workers), "the workers")
        told = f"for rows = {describe(rows)} and workers = {workers}"
        expect(
            got.shape == rows.shape,
            f"it has shape {got.shape}, expected a worker for each of the "
            f"{len(rows)} keys, {told}.",
        )
        whole = bool(np.all(got == np.rint(got)))
        inside = bool(np.all((got >= 0) & (got < workers)))
        expect(whole and inside, f"workers are 0 to {workers - 1}, {told}.")
        most, least = fullest(got, rows, workers), fullest_of_greedy(rows, workers)
        expect(
            most <= SLACK * least,
            f"the fullest worker has {most:,.0f} rows, and could have {least:,.0f}, "
            f"{told}.",
        )
    return "It needs the rows of each key beforehand: one cheap pass that counts."


def fullest(places, rows, workers) -> float:
    """Return the rows of the worker that has most."""
    return np.bincount(places.astype(int), rows, minlength=workers).max()


def fullest_of_greedy(rows, workers) -> float:
    """Return the same where the largest key left goes to the emptiest worker.

    R. L. Graham (1969), SIAM Journal on Applied Mathematics 17, 416-429.
    """
    loads = np.zeros(workers)
    for count in np.sort(rows)[::-1]:
        loads[loads.argmin()] += count
    return loads.max()


def _tasks(rng):
    """Rows of keys, and workers: worked examples, few keys, many, one that is hot."""
    yield np.array([3, 3, 3, 4, 4, 5, 5]), 3
    yield np.array([7]), 4
    yield np.array([1, 1, 1, 1, 4]), 2
    for keys in (5, 12, 30, 60):
        workers = int(rng.integers(2, 9))
        yield np.sort(rng.integers(1, 1000, keys)), workers  # the last is the largest
        yield rng.integers(1, 40, keys) ** 2, workers
    rows = rng.integers(100, 2000, 200)
    rows[rng.integers(200)] = rows.sum()
    yield rows, 8


@exercise(
    "Eight workers are twice as fast as one where the fullest has half of the rows.",
    "The worker of the largest key has that key, and an eighth of all the others.",
    "Solve s + (1 - s) / 8 = 1 / 2.",
)
def largest_share(answer):
    """The share of the rows that makes 8 workers only twice as fast as one."""
    share = as_share(answer, "the share")
    expect(
        share < 0.49 or share > 0.51,
        "at a half the worker of that key would have nothing else, but the hash gives "
        "it other keys as well.",
    )
    expect(
        not 0.11 < share < 0.14,
        "an eighth is what each worker has without a large key.",
    )
    expect(
        LEAST <= share <= MOST,
        f"with a share of {share:.3g} the fullest worker has about "
        f"{share + (1 - share) / 8:.3g} of the rows. Where is that a half?",
    )
    return "3/7. The other seven workers are done in a seventh of the time, and wait."
