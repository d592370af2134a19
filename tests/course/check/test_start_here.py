"""The exercises of lesson 00: answers that are wrong, right, and not attempted."""

import numpy as np


def count(predicted, actual):
    return float(sum(p == a for p, a in zip(predicted, actual, strict=True)))


def as_plain_list(probabilities, threshold):
    rows = [list(row) for row in probabilities]
    return [r.index(max(r)) if not max(r) < threshold else -1 for r in rows]


def by_loop(probabilities, threshold):
    found = np.full(len(probabilities), -1.0)
    for i, row in enumerate(probabilities):
        best = np.argsort(row)[-1]
        if row[best] >= threshold:
            found[i] = best
    return found


def in_place(predicted, actual):
    predicted -= actual
    return np.mean(predicted == 0)


WRONG = {
    "accuracy": {
        "a blind guess": lambda predicted, actual: 0.1,
        "the share of errors": lambda predicted, actual: np.mean(predicted != actual),
        "a count": count,
        "per image": lambda predicted, actual: predicted == actual,
        "percent": lambda predicted, actual: 100 * np.mean(predicted == actual),
        "only the first": lambda predicted, actual: float(predicted[0] == actual[0]),
        "no return": lambda predicted, actual: None,
        "always half": lambda predicted, actual: 0.5,
        "of four": lambda predicted, actual: np.sum(predicted == actual) / 4,
        "the first four": lambda predicted, actual: np.mean((predicted == actual)[:4]),
        "rounded": lambda predicted, actual: round(np.mean(predicted == actual), 1),
        "of each class": lambda predicted, actual: np.mean(
            [np.mean(predicted[actual == k] == k) for k in np.unique(actual)]
        ),
        "close enough": lambda predicted, actual: np.mean(
            np.abs(predicted - actual) <= 1
        ),
        "the first fifty": lambda predicted, actual: np.mean(
            (predicted == actual)[:50]
        ),
        "in place": in_place,
        "a number": 0.975,
    },
    "answer_or_pass": {
        "never passes": lambda p, t: p.argmax(axis=1),
        "always passes": lambda p, t: np.full(len(p), -1),
        "strictly above": lambda p, t: np.where(
            p.max(axis=1) > t, p.argmax(axis=1), -1
        ),
        "the other way": lambda p, t: np.where(p.max(axis=1) < t, p.argmax(axis=1), -1),
        "whether sure": lambda p, t: p.max(axis=1) >= t,
        "wrong axis": lambda p, t: np.where(p.max(axis=0) >= t, p.argmax(axis=0), -1),
        "zero for unsure": lambda p, t: np.where(
            p.max(axis=1) >= t, p.argmax(axis=1), 0
        ),
        "the probability": lambda p, t: p.max(axis=1),
        "three images": lambda p, t: as_plain_list(p[:3], t),
        "three classes": lambda p, t: as_plain_list(p[:, :3], t),
        "ten classes": lambda p, t: as_plain_list(p[:, :10], t),
        "threshold one half": lambda p, t: as_plain_list(p, 0.5),
        "a table": lambda p, t: [1, -1, -1],
        "the first above": lambda p, t: np.where(
            (p >= t).any(1), (p >= t).argmax(1), -1
        ),
        "nearly sure is enough": lambda p, t: as_plain_list(p, t - 1e-3),
        "sure but for a millionth": lambda p, t: as_plain_list(p, t - 1e-6),
        "close to the threshold": lambda p, t: as_plain_list(p, t * (1 - 1e-5)),
        "cut off at 0.99": lambda p, t: as_plain_list(np.minimum(p, 0.99), t),
        "rounded": lambda p, t: as_plain_list(p.round(2), t),
        "single precision": lambda p, t: as_plain_list(p.astype("float32"), t),
        "sure above 0.8": lambda p, t: as_plain_list(p, min(t, 0.8)),
        "never sure below 0.2": lambda p, t: as_plain_list(p, max(t, 0.2)),
        "least probable": lambda p, t: np.where(p.max(1) >= t, p.argmin(1), -1),
        "from one": lambda p, t: np.where(p.max(1) >= t, p.argmax(1) + 1, -1),
    },
    "shared_mistakes": {
        "chance": 0.1,
        "of all mistakes": 8 / 36,
        "a count": 8,
        "negative": -0.8,
        "none": 0.0,
        "all": 1.0,
        "not a number": np.nan,
        "half": 0.5,
        "a percentage": 80,
        "text": "most",
        "a list": [0.8, 0.9],
    },
}
RIGHT = {
    "accuracy": [
        lambda predicted, actual: count(predicted, actual) / len(actual),
        lambda predicted, actual: (
            1 - np.count_nonzero(predicted - actual) / len(actual)
        ),
        lambda predicted, actual: np.float32((predicted == actual).mean()),
    ],
    "answer_or_pass": [as_plain_list, by_loop, lambda p, t: as_plain_list(p.copy(), t)],
    "shared_mistakes": [8 / 9, np.float32(0.727), 0.8],  # other seeds give these too
}
SAYS = {
    "accuracy": {"a count": "divide by how many", "percent": "a share is from 0 to 1"},
    "answer_or_pass": {"strictly above": "equals the threshold"},
    "shared_mistakes": {"chance": "what chance would give"},
}
STUBS = {
    "accuracy": lambda predicted, actual: ...,
    "answer_or_pass": lambda probabilities, threshold: ...,
    "shared_mistakes": ...,
}


def accuracies(answer):
    rng, found = np.random.default_rng(0), []
    for size in (1, 7, 90):
        actual = rng.integers(10, size=size)
        given = np.where(rng.random(size) < 0.6, actual, 3), actual
        found += [answer(*given), given[0].copy(), given[1].copy()]
    return found


def passes(answer):
    rng, found = np.random.default_rng(0), []
    for classes in (3, 10, 12):
        p = rng.dirichlet(np.ones(classes), 20)
        top = p.max(axis=1)
        steps = (0.0, top[4], 0.5, top[3] + 1e-4, top[2] + 1e-7, 0.99, *top)
        found += [answer(p, t) for t in steps]
    return [*found, answer(np.array([[0.001, 0.999], [0.995, 0.005]]), 0.997)]


RNG = np.random.default_rng(1)
Y, TEMPLATE, NETWORK = RNG.integers(10, size=(3, 400))
NETWORK[:380], TEMPLATE[:360] = Y[:380], Y[:360]  # 20 and 40 are left to chance
TEMPLATE[395:] = Y[395:]  # and five of the network's mistakes are its own
# The solution of the investigation is run on these.
NEEDS = {
    "np": np,
    "x_test": None,
    "y_test": Y,
    "by_template": TEMPLATE,
    "predict": lambda x: NETWORK,
}
PROBES = {"accuracy": accuracies, "answer_or_pass": passes}
