"""The exercises of lesson 23: answers that are wrong, right, and not attempted."""

import heapq
from itertools import product

import numpy as np

from course.check import processing as check


def by_loops(means, counts):
    found = []
    for mean, count in zip(means.T, counts.T, strict=True):
        pairs = [(m, n) for m, n in zip(mean, count, strict=True) if n]
        found.append(sum(m * n for m, n in pairs) / sum(n for _, n in pairs))
    return found


def by_average(means, counts):
    return np.average(np.nan_to_num(means), axis=0, weights=counts)


def by_masks(means, counts):
    hidden = np.ma.masked_invalid(means)
    return (hidden * counts).sum(axis=0).data / counts.sum(axis=0)


def greedy(rows, workers):
    loads, places = np.zeros(workers), np.zeros(len(rows), int)
    for key in np.argsort(rows)[::-1]:
        places[key] = loads.argmin()
        loads[places[key]] += rows[key]
    return places


def by_heap(rows, workers):
    heap, places = [(0, w) for w in range(workers)], {}
    for key in sorted(range(len(rows)), key=lambda k: -rows[k]):
        load, worker = heapq.heappop(heap)
        places[key] = worker
        heapq.heappush(heap, (load + int(rows[key]), worker))
    return [places[key] for key in range(len(rows))]


def best_of_all(rows, workers):
    """The very best where there are few keys, else the greedy rule."""
    if workers ** len(rows) > 3000:
        return greedy(rows, workers).astype(float)
    ways = product(range(workers), repeat=len(rows))
    return min(ways, key=lambda w: check.fullest(np.array(w), rows, workers))


def polished(rows, workers):
    """The greedy rule, and then single keys moved where that helps."""
    places = greedy(rows, workers)
    for key in np.argsort(rows):
        loads = np.bincount(places, rows, minlength=workers)
        if loads.min() + rows[key] < loads[places[key]] == loads.max():
            places[key] = loads.argmin()
    return workers - 1 - places


def unsorted(rows, workers):
    loads, places = np.zeros(workers), np.zeros(len(rows), int)
    for key in range(len(rows)):
        places[key] = loads.argmin()
        loads[places[key]] += rows[key]
    return places


def smallest_first(rows, workers):
    loads, places = np.zeros(workers), np.zeros(len(rows), int)
    for key in np.argsort(rows):
        places[key] = loads.argmin()
        loads[places[key]] += rows[key]
    return places


def by_number_of_keys(rows, workers):
    counts, places = np.zeros(workers), np.zeros(len(rows), int)
    for key in np.argsort(-rows):
        places[key] = counts.argmin()
        counts[places[key]] += 1
    return places


def dealt(rows, workers):
    places = np.zeros(len(rows), int)
    places[np.argsort(-rows)] = np.arange(len(rows)) % workers
    return places


def snake(rows, workers):
    places, turns = np.zeros(len(rows), int), np.arange(len(rows)) % (2 * workers)
    there_and_back = np.minimum(turns, 2 * workers - 1 - turns)
    places[np.argsort(-rows)] = there_and_back
    return places


def changing(rows, workers):
    places = greedy(rows, workers)
    rows[:] = 0
    return places


def cut(rows, workers):
    """Neighbours together, at equal sums."""
    return (np.cumsum(rows) - 1) * workers // rows.sum()


WRONG = {
    "overall": {
        "the mean of means": lambda m, n: np.nanmean(m, axis=0),
        "nan": lambda m, n: (m * n).sum(axis=0) / n.sum(axis=0),
        "zeros": lambda m, n: np.nan_to_num(m).mean(axis=0),
        "the other axis": lambda m, n: np.nansum(m * n, axis=1) / n.sum(axis=1),
        "all together": lambda m, n: np.nansum(m * n) / n.sum(),
        "the sums": lambda m, n: np.nansum(m * n, axis=0),
        "by the parts": lambda m, n: np.nansum(m * n, axis=0) / len(m),
        "whole numbers": lambda m, n: np.nansum(m * n, axis=0) // n.sum(axis=0),
        "two parts alone": lambda m, n: (
            np.nansum((m * n)[:2], axis=0) / np.maximum(n[:2].sum(axis=0), 1)
        ),
        "the counts": lambda m, n: n.sum(axis=0),
        "divided": lambda m, n: np.nansum(m / np.maximum(n, 1), axis=0),
        "the shown one": lambda m, n: np.array([17.5, 4.0]),
        "the largest part": lambda m, n: np.nan_to_num(m)[n.argmax(axis=0), 0],
        "one more": lambda m, n: np.nansum(m * n, axis=0) / (n.sum(axis=0) + 1),
        "nothing": lambda m, n: None,
        "a word": lambda m, n: "the mean",
    },
    "balanced": {
        "in turn": lambda rows, workers: np.arange(len(rows)) % workers,
        "all to one": lambda rows, workers: np.zeros(len(rows), int),
        "unsorted": unsorted,
        "the smallest first": smallest_first,
        "keys alike": by_number_of_keys,
        "dealt": dealt,
        "there and back": snake,
        "cut": cut,
        "by the rows": lambda rows, workers: rows % workers,
        "the shown one": lambda rows, workers: np.array([0, 1, 2, 0, 1, 2, 0]),
        "the loads": lambda rows, workers: np.full(workers, rows.sum() / workers),
        "from one": lambda rows, workers: greedy(rows, workers) + 1,
        "negative": lambda rows, workers: greedy(rows, workers) - workers,
        "halves": lambda rows, workers: greedy(rows, workers) + 0.5,
        "one worker less": lambda rows, workers: greedy(rows, max(workers - 1, 1)),
        "sorted away": lambda rows, workers: greedy(np.sort(rows)[::-1], workers),
        "changed": changing,
        "nothing": lambda rows, workers: None,
        "a word": lambda rows, workers: "balanced",
    },
    "largest_share": {
        "the misconception": 0.5,
        "an eighth": 0.125,
        "a quarter": 0.25,
        "three eighths": 0.375,
        "the puzzle's": 0.6,
        "all": 1.0,
        "none": 0.0,
        "percent": 42.9,
        "two thirds": 0.67,
        "its rest": 4 / 7,
        "a third": 1 / 3,
        "nothing": None,
        "a word": "half",
        "two": [0.4, 0.45],
        "negative": -0.43,
        "no number": float("nan"),
    },
}
RIGHT = {
    "overall": [by_loops, by_average, by_masks],
    "balanced": [by_heap, best_of_all, polished],
    "largest_share": [3 / 7, 0.43, np.float64(0.415)],
}
SAYS = {
    "overall": {
        "the mean of means": "counts like a large one",
        "nan": "nan times 0",
        "zeros": "with the mean 0",
        "the other axis": "along the shops",
        "all together": "all shops together",
        "the sums": "divide by the rows",
        "by the parts": "not by the parts",
    },
    "balanced": {
        "in turn": "the fullest worker has",
        "the loads": "a worker for each",
        "from one": "workers are 0 to",
        "halves": "workers are 0 to",
        "changed": "work on a copy",
    },
    "largest_share": {
        "the misconception": "other keys as well",
        "an eighth": "without a large key",
        "a quarter": "Where is that a half",
        "percent": "from 0 to 1",
    },
}
STUBS = {
    "overall": lambda means, counts: ...,
    "balanced": lambda rows, workers: ...,
    "largest_share": ...,
}
NEEDS = {"np": np}
MEANS = [
    (np.array([[10.0, 4.0], [20.0, np.nan]]), np.array([[1, 3], [3, 0]])),
    (
        np.array([[1.5, np.nan, -2.0], [np.nan, 3.0, 9.0], [7.0, 1.0, 0.5]]),
        np.array([[9, 0, 2], [0, 4, 7], [3, 3, 1]]),
    ),
]
ROWS = [
    (np.array([3, 3, 3, 4, 4, 5, 5]), 3),
    (np.array([90, 10, 30, 30, 40, 20, 80, 11, 7]), 4),
    (np.array([1, 1, 1, 1, 4]), 2),
]


def seen(answer, rows, workers):
    """What a placement is worth: the fullest's rows, at least the greedy rule's."""
    asked = rows.copy()
    places = np.asarray(answer(asked, workers), float)
    if places.shape != rows.shape or np.any(places % 1) or np.any(asked != rows):
        return -1.0
    if places.min() < 0 or places.max() >= workers:
        return -2.0
    least = check.fullest_of_greedy(rows, workers)
    return max(check.fullest(places, rows, workers), check.SLACK * least)


PROBES = {
    "overall": lambda answer: [answer(*each) for each in MEANS],
    "balanced": lambda answer: [seen(answer, *each) for each in ROWS],
}


def test_the_greedy_rule_is_within_a_third_of_the_best():
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows, workers = rng.integers(1, 30, 7), 3
        best = check.fullest(np.array(best_of_all(rows, workers)), rows, workers)
        assert best <= check.fullest_of_greedy(rows, workers) <= best * 4 / 3
    assert check.fullest_of_greedy(np.array([3, 3, 3, 4, 4, 5, 5]), 3) == 11
