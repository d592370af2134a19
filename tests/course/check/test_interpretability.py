"""The exercises of lesson 14: answers that are wrong, right, and not attempted."""

import numpy as np
import torch


def by_sorting(score, x, shares, fill):
    covered, found = [float(v) for v in x], []
    found.append(score(covered))
    for place in sorted(range(len(covered)), key=lambda k: shares[k], reverse=True):
        covered[place] = fill
        found.append(score(covered))
    return found


def by_rank(score, x, shares, fill):
    """Whatever has one of the k largest shares is covered, by k."""
    rank = np.argsort(np.argsort(-np.array(shares)))
    return np.array([score(np.where(rank < k, fill, x)) for k in range(len(x) + 1)])


def by_yielding(score, x, shares, fill):
    x = np.array(x, dtype=float)
    yield score(x)
    for k in np.flip(np.argsort(shares)):
        x[k] = fill
        yield torch.tensor(score(x))


def in_place(score, x, shares, fill):
    found = [score(x)]
    for place in np.argsort(-np.asarray(shares)):
        x[place] = fill
        found.append(score(x))
    return found


def integers_stay(score, x, shares, fill):
    return in_place(score, x.copy(), shares, fill)


def one_at_a_time(score, x, shares, fill):
    found = [score(x)]
    for place in np.argsort(-np.asarray(shares)):
        found.append(score(np.where(np.arange(len(x)) == place, fill, x)))
    return found


def uncovered(score, x, shares, fill):
    """From nothing to everything: insertion."""
    rank = np.argsort(np.argsort(-np.array(shares)))
    return [score(np.where(rank < k, x, fill)) for k in range(len(x) + 1)]


def kept(score, x, shares, fill):
    """One list, whose numbers all become the last."""
    found, x = [], np.array(x, float)
    found = [x] * (len(x) + 1)
    return [score(v) for v in found]


WRONG = {
    "line": {
        "times the inputs": (6, -4, 1),
        "slopes": (2, -1, 0.5),
        "changes": (2, 4, 0),
        "sizes": (4, 4, 0),
        "backwards": (-4, 4, 0),
        "half of it": (2, -2, 0),
        "in per cent": (400, -400, 0),
        "their sum": 0,
        "two of them": (4, -4),
        "a column": [[4], [-4], [0]],
        "not a number": (4, np.nan, 0),
        "text": "4, -4, 0",
        "third too": (4, -4, 1),
    },
    "deletion": {
        "smallest first": lambda s, x, h, f: by_rank(s, x, -np.asarray(h), f),
        "by size": lambda s, x, h, f: by_rank(s, x, np.abs(h), f),
        "one at a time": one_at_a_time,
        "without the whole": lambda *given: by_rank(*given)[1:],
        "without the end": lambda *given: by_rank(*given)[:-1],
        "with zero": lambda s, x, h, f: by_rank(s, x, h, 0),
        "with the mean": lambda s, x, h, f: by_rank(s, x, h, np.mean(x)),
        "insertion": uncovered,
        "backwards": lambda *given: by_rank(*given)[::-1],
        "in the order of x": lambda s, x, h, f: by_rank(s, x, -np.arange(len(x)), f),
        "by the values of x": lambda s, x, h, f: by_rank(s, x, x, f),
        "falls": lambda *given: by_rank(*given)[0] - by_rank(*given),
        "shares of the first": lambda *given: by_rank(*given) / by_rank(*given)[0],
        "positive shares only": lambda s, x, h, f: by_rank(s, x, h, f)[
            : 1 + np.sum(np.asarray(h) > 0)
        ],
        "rounded shares": lambda s, x, h, f: by_rank(s, x, np.round(h), f),
        "shares as integers": lambda s, x, h, f: by_rank(s, x, np.int64(h), f),
        "twelve at most": lambda *given: by_rank(*given)[:13],
        "input changed": in_place,
        "integers stay integers": integers_stay,
        "nothing is covered": kept,
        "half precision": lambda *given: by_rank(*given).astype("float16"),
        "all at once": lambda s, x, h, f: s(np.full((len(x) + 1, len(x)), f)),
        "nothing": lambda *given: None,
    },
    "halved": {
        "the misconception": (0.25, 0.25),
        "both small": (0.03, 0.03),
        "exchanged": (0.25, 0.03),
        "chosen too small": (0.005, 0.25),
        "chosen of the lesson": (0.1, 0.25),
        "chosen at zero": (0.0, 0.25),
        "random too small": (0.03, 0.1),
        "random never": (0.03, 1.0),
        "accuracies": (0.37, 0.74),
        "in grey levels": (7, 64),
        "not a number": (np.nan, 0.25),
        "negative": (-0.03, 0.25),
        "a list": ([0.03], 0.25),
        "text": ("small", 0.25),
    },
    "hidden": {
        "the misconception": ("G", 13, 13),
        "the office's": ("A", 1, 1),
        "another letter": ("C", 19, 22),
        "the office's letter": ("A", 19, 22),
        "exchanged": ("G", 22, 19),
        "the corner": ("G", 0, 0),
        "three off": ("G", 19, 25),
        "three up": ("G", 16, 22),
        "from one end": ("G", 8, 5),
        "a number": (6, 19, 22),
        "no letter of these": ("K", 19, 22),
        "two letters": ("GA", 19, 22),
        "not a number": ("G", np.nan, 22),
        "a middle elsewhere": ("H", 12, 14),
        "text": ("G", "down", "right"),
    },
}
RIGHT = {
    "line": [(4, -4, 0), (np.array([4.0, -4, 0]),), (torch.tensor([4, -4, 0]),)],
    "deletion": [by_rank, by_sorting, by_yielding],
    "halved": [(0.028, 0.25), (np.float32(0.023), 0.32), (0.035, 0.19)],
    "hidden": [("G", 19, 22), (" g ", 20.0, 21), ("G", np.int64(18), 23)],
}
RIGHT["line"][0] = ([4, -4, 0],)
WRONG["line"] = {name: (value,) for name, value in WRONG["line"].items()}
SAYS = {
    "line": {
        "times the inputs": "begins at the baseline",
        "slopes": "these are the slopes",
        "sizes": "may be negative",
        "backwards": "not back",
    },
    "deletion": {
        "smallest first": "the smallest share",
        "by size": "speaks against the label",
        "one at a time": "stays covered",
        "without the whole": "missing in front",
        "with zero": "not with `fill`",
        "input changed": "changes x itself",
        "all at once": "score takes one sample",
    },
    "halved": {
        "the misconception": "both the same?",
        "exchanged": "are they exchanged?",
        "random never": "not where it halves",
    },
    "hidden": {
        "the misconception": "there every network looks",
        "the office's": "the mark of the office",
        "another letter": "the place is right",
        "exchanged": "comes first",
    },
}
STUBS = {
    "line": ...,
    "deletion": lambda score, x, shares, fill: ...,
    "halved": (..., ...),
    "hidden": (..., ..., ...),
}
RNG = np.random.default_rng(0)
SAMPLES = [RNG.normal(size=n) for n in (1, 3, 7, 20)]
WHOLE = np.array([3, -2, 5, 1])


def bent(v):
    v = np.asarray(v, float)
    return float(np.tanh(v) @ np.arange(1, len(v) + 1) + v.sum() ** 2)


def probed(answer, x, shares, fill):
    """What is answered, and what the sample has become."""
    x, shares = x.copy(), shares.copy()
    return [list(answer(bent, x, shares, fill)), x, shares]


PROBES = {
    "deletion": lambda answer: [
        *[probed(answer, x, RNG_SHARES[len(x)], 0.5) for x in SAMPLES],
        probed(answer, WHOLE, WHOLE[::-1] - 2, 0.5),
    ],
}
RNG_SHARES = {len(x): RNG.permutation(len(x)) - len(x) / 2 for x in SAMPLES}

# The lesson's definitions are compared with those of course.explain on these.
torch.manual_seed(0)
LAYERS = [torch.nn.Conv2d(1, 3, 3), torch.nn.Tanh(), torch.nn.Flatten()]
NETWORK = torch.nn.Sequential(*LAYERS, torch.nn.Linear(48, 4))
X, LABELS = RNG.uniform(size=(2, 1, 6, 6)).astype("float32"), np.array([3, 1])
TABLE = RNG.normal(size=(20, 3))
NEEDS = {"np": np, "torch": torch}
ARGUMENTS = {
    "scores": [NETWORK, X],
    "slopes": [NETWORK, X, LABELS],
    "integrated_gradients": [NETWORK, X, LABELS, 0.2, 7],
    "occlusion": [NETWORK, X, LABELS, 2, 0.3],
    "imagine": [NETWORK, X, LABELS, 5, 0.1],
    "fgsm": [NETWORK, X, LABELS, 0.05],
    "permutation_importance": [
        lambda x: float(x[:, 0] @ x[:, 2]),
        TABLE,
        [0, 1],
        np.random.default_rng(5),
        4,
    ],
}
