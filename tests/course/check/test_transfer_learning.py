"""The exercises of lesson 13: answers that are wrong, right, and not attempted."""

from itertools import pairwise

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfTransformer


def by_layers(widths, frozen):
    layers = [torch.nn.Linear(i, o) for i, o in pairwise(widths)]
    return sum(p.numel() for layer in layers[frozen:] for p in layer.parameters())


def in_products(widths, frozen):
    later = np.array(widths[frozen:])
    return int((later[:-1] + 1) @ later[1:])


def by_recursion(widths, frozen):
    if frozen > 0:
        return by_recursion(widths[1:], frozen - 1)
    if len(widths) < 2:
        return 0
    return widths[1] * (widths[0] + 1) + by_recursion(widths[1:], 0)


def consumed(widths, frozen):
    del widths[:frozen]
    return in_products(widths, 0)


def by_scikit_learn(counts):
    return TfidfTransformer().fit_transform(np.asarray(counts, float)).toarray()


def sparse(counts):
    return TfidfTransformer().fit_transform(np.asarray(counts, float))


def in_tensors(counts):
    counts = torch.tensor(counts, dtype=torch.float64)
    having = (counts > 0).sum(dim=0)
    rare = 1 + torch.log((1 + len(counts)) / (1 + having))
    return torch.nn.functional.normalize(counts * rare, dim=1)


def in_loops(counts):
    texts, rows = [list(map(float, row)) for row in counts], []
    for text in texts:
        row = []
        for word, count in enumerate(text):
            having = sum(other[word] > 0 for other in texts)
            row.append(count * (1 + np.log(1 + len(texts)) - np.log(1 + having)))
        length = sum(value**2 for value in row) ** 0.5
        rows.append([value / (length or 1) for value in row])
    return rows


def rare(counts):
    having = np.sum(np.asarray(counts) > 0, axis=0)
    return 1 + np.log((1 + len(counts)) / (1 + having))


def scaled(rows):
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(length > 0, length, 1)


def in_place(counts):
    counts *= rare(counts)
    return scaled(counts)


WRONG = {
    "trains": {
        "everything": lambda widths, frozen: by_layers(widths, 0),
        "no biases": lambda w, f: in_products(w, f) - sum(w[f + 1 :]),
        "the frozen ones": lambda w, f: by_layers(w, 0) - by_layers(w, f),
        "the last are frozen": lambda w, f: in_products(w[: len(w) - f], 0),
        "the head alone": lambda widths, frozen: (widths[-2] + 1) * widths[-1],
        "one bias a layer": lambda w, f: (
            in_products(w, f) - sum(w[f + 1 :]) + len(w) - 1 - f
        ),
        "biases of the inputs": lambda w, f: (
            in_products(w, f) - sum(w[f + 1 :]) + sum(w[f:-1])
        ),
        "one layer too many": lambda w, f: in_products(w, max(f - 1, 0)),
        "one too few": lambda w, f: in_products(w, min(f + 1, len(w) - 1)),
        "units": lambda widths, frozen: sum(widths[frozen + 1 :]),
        "biases though frozen": lambda w, f: in_products(w, f) + sum(w[1 : f + 1]),
        "the head whatever is frozen": lambda w, f: in_products(w, min(f, len(w) - 2)),
        "equal layers once": lambda w, f: sum(
            (i + 1) * o for i, o in {*pairwise(w[f:])}
        ),
        "at most ten thousand": lambda w, f: min(10_000, in_products(w, f)),
        "a table": lambda widths, frozen: {1: 330, 0: 2410, 2: 0}.get(frozen, 330),
        "the widths changed": consumed,
        "the first layer only": lambda w, f: (
            (w[f] + 1) * w[f + 1] if f + 1 < len(w) else 0
        ),
        "nothing": lambda widths, frozen: None,
    },
    "cut": {
        "the misconception": (18, 0.0),
        "the last with a gain": (18, 0.09),
        "strokes": (6, 0.09),
        "strokes and corners": (10, 0.09),
        "near it": (16, 0.08),
        "against the next": (14, 0.018),
        "against the first": (14, 0.2),
        "no such cut": (13, 0.09),
        "no gain": (14, 0.0),
        "turned round": (14, -0.09),
        "in per cent": (14, 9.0),
        "the accuracy": (14, 0.78),
        "against guessing": (14, 0.58),
        "not a number": (14, np.nan),
        "text": ("the middle", 0.09),
        "a list": ([14, 16], 0.09),
    },
    "moved": {
        "the misconception": (0, 0),
        "exchanged": (0, 115),
        "both move": (115, 115),
        "only the means": (56, 0),
        "only the counters": (3, 0),
        "only one layer": (64, 0),
        "the weights": (24_101, 0),
        "all of the body": (24_216, 0),
        "as a share": (0.005, 0),
        "entries": (9, 0),
        "negative": (-115, 0),
        "not a number": (np.nan, 0),
        "text": ("some", 0),
        "True": ([115], 0),
    },
    "tfidf": {
        "no length": lambda counts: counts * rare(counts),
        "no weights": scaled,
        "counts of words": lambda c: scaled(
            c * (1 + np.log((1 + len(c)) / (1 + np.sum(c, axis=0))))
        ),
        "no one": lambda c: scaled(c * (rare(c) - 1)),
        "not smooth": lambda c: scaled(
            c * (1 + np.log(len(c) / np.maximum(np.sum(c > 0, axis=0), 1)))
        ),
        "base 2": lambda c: scaled(c * (1 + (rare(c) - 1) / np.log(2))),
        "base 10": lambda c: scaled(c * (1 + (rare(c) - 1) / np.log(10))),
        "by the sum": lambda c: (
            (c * rare(c)) / np.maximum((c * rare(c)).sum(axis=1, keepdims=True), 1e-300)
        ),
        "by the columns' lengths": lambda c: scaled((c * rare(c)).T).T,
        "occurs or not": lambda c: scaled((c > 0) * rare(c)),
        "zeros divided": lambda c: (
            c * rare(c) / np.linalg.norm(c * rare(c), axis=1, keepdims=True)
        ),
        "a small number added": lambda c: (
            c * rare(c) / (1e-3 + np.linalg.norm(c * rare(c), axis=1, keepdims=True))
        ),
        "the whole table's length": lambda c: (
            c * rare(c) / max(np.linalg.norm(c * rare(c)), 1)
        ),
        "texts and words exchanged": lambda c: by_scikit_learn(np.transpose(c)).T,
        "the counts changed": in_place,
        "half precision": lambda c: by_scikit_learn(c).astype("float16"),
        "words for texts": lambda c: scaled(
            c * (1 + np.log((1 + c.shape[1]) / (1 + np.sum(c > 0, axis=0))))
        ),
        "weighed after": lambda c: scaled(c) * rare(c),
        "logarithms of counts": lambda c: scaled(np.log1p(c) * rare(c)),
        "nothing": lambda counts: None,
    },
}
RIGHT = {
    "trains": [by_layers, in_products, by_recursion],
    "cut": [(14, 0.09), (np.int64(14), np.float32(0.08)), (14.0, torch.tensor(0.1))],
    "moved": [(115, 0), (112, 0), (np.int64(115), torch.tensor(0))],
    "tfidf": [by_scikit_learn, in_tensors, in_loops, sparse],
}
SAYS = {
    "trains": {
        "everything": "the whole network",
        "no biases": "the biases",
        "the frozen ones": "the frozen ones",
        "the last are frozen": "not the last",
        "the widths changed": "changes widths itself",
    },
    "cut": {
        "the misconception": "the last is not the best",
        "strokes": "go deeper",
        "in per cent": "in hundredths of 1?",
        "turned round": "less that of cut 18",
        "near it": "not the best",
    },
    "moved": {
        "the misconception": "frozen weights stand still",
        "exchanged": "exchanged?",
        "both move": "in eval()",
        "only the means": "a running mean and a running variance",
    },
    "tfidf": {
        "no length": "another length than 1",
        "counts of words": "however often",
        "no one": "weighs nothing",
        "base 2": "the natural one",
        "by the sum": "not by the sum",
        "the counts changed": "changes counts itself",
    },
}
STUBS = {
    "trains": lambda widths, frozen: ...,
    "cut": (..., ...),
    "moved": (..., ...),
    "tfidf": lambda counts: ...,
}
RNG = np.random.default_rng(0)
TABLES = [RNG.poisson(1.5, (n, 4)).astype(float) for n in (1, 2, 5, 9)]
TABLES += [np.array([[3.0, 0, 1], [0, 0, 0], [1, 0, 1]])]


def after(answer, *given):
    """What is answered, and what the arguments have become."""
    given = [each.copy() if hasattr(each, "copy") else each for each in given]
    return [answer(*given), *given]


PROBES = {
    "trains": lambda answer: [
        after(answer, widths, frozen)
        for widths in ([5, 7, 3, 2], [784, 512, 512, 512, 10])
        for frozen in range(4)
    ],
    "tfidf": lambda answer: [after(answer, table) for table in TABLES],
}

# The lesson's definitions are compared with those of course.pretrained on these.
NEEDS = {"np": np, "torch": torch}
SHAPES = {
    **{f"attention.self.{name}": (6, 6) for name in ("query", "key", "value")},
    "attention.output.dense": (6, 6),
    "intermediate.dense": (10, 6),
    "output.dense": (6, 10),
}
TENSORS = {
    f"encoder.layer.1.{name}.{part}": RNG.normal(size=size)
    for name, shape in SHAPES.items()
    for part, size in (("weight", shape), ("bias", shape[:1]))
} | {
    f"encoder.layer.1.{name}.LayerNorm.{part}": RNG.normal(size=6)
    for name in ("attention.output", "output")
    for part in ("weight", "bias")
}
ARGUMENTS = {"block_weights": [TENSORS, 1, 3]}
