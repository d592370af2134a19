"""The exercises of lesson 10: answers that are wrong, right, and not attempted."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course import attention, autograd, nn

LOOK, THINK, NORM = 4 * (64 * 64 + 64), 2 * 64 * 256 + 256 + 64, 4 * 64
RIGHT_COUNT = LOOK + THINK + NORM


def closed(scores, diagonal=0, value=-np.inf):
    return np.where(np.tri(scores.shape[-1], k=diagonal) > 0, scores, value)


def by_rows(scores):
    """Row by row: the softmax of what is open, and zeros behind."""
    result = np.zeros(scores.shape)
    for index in np.ndindex(scores.shape[:-1]):
        end = index[-1] + 1
        result[(*index, slice(end))] = nn.softmax(scores[index][:end].astype(float))
    return result


def by_torch(scores):
    import torch

    z = torch.tensor(scores, dtype=torch.float64)
    later = torch.ones(z.shape[-2:], dtype=torch.bool).triu(1)
    return z.masked_fill(later, -torch.inf).softmax(dim=-1)


def by_minus_much(scores):
    return nn.softmax(closed(scores, value=-1e30))


def renormalised(scores):
    """Overflows or is 0 / 0 where what comes later is much larger."""
    p = nn.softmax(scores) * np.tri(scores.shape[-1])
    return p / p.sum(axis=-1, keepdims=True)


def masked_in_place(scores):
    scores[..., np.tri(scores.shape[-1]) == 0] = -np.inf
    return nn.softmax(scores)


def without_the_largest(scores):
    powers = np.exp(closed(scores))
    return powers / powers.sum(axis=-1, keepdims=True)


def difference(layer, x, order):
    return np.abs(layer(x[order]) - layer(x)[order])


def one_by_one(layer, x, order):
    straight, moved = layer(x), layer(np.array([x[i] for i in order]))
    pairs = [abs(moved[n] - straight[i]).max() for n, i in enumerate(order)]
    return max(pairs)


def shuffled_back(layer, x, order):
    back = np.argsort(order)
    return np.max(np.abs(layer(x) - layer(x[order])[back]))


def by_norm(layer, x, order):
    return np.linalg.norm((layer(x[order]) - layer(x)[order]).ravel(), np.inf)


def by_powers(scores, T):
    shifted = scores - scores.max(axis=-1, keepdims=True)
    p = np.exp(shifted.astype(float)) ** (1 / T)
    return p / p.sum(axis=-1, keepdims=True)


def heated_by_torch(scores, T):
    import torch

    return torch.softmax(torch.tensor(scores, dtype=torch.float64) / T, dim=-1)


def power_then_all(scores, T):
    p = np.exp(scores / T - np.max(scores / T))
    return p / p.sum()


def heated_in_place(scores, T):
    scores /= T
    return nn.softmax(scores)


WRONG = {
    "weights": {
        "times the heads": 4 * LOOK + THINK + NORM,
        "three times the heads": RIGHT_COUNT + 9 * (64 * 64 + 64),
        "no normalisations": LOOK + THINK,
        "no biases of the hidden units": RIGHT_COUNT - 256,
        "one row each": LOOK + THINK + 2 * 64,
        "no biases": 4 * 64 * 64 + 2 * 64 * 256,
        "no biases, with norms": 4 * 64 * 64 + 2 * 64 * 256 + NORM,
        "no Wo": RIGHT_COUNT - 64 * 64 - 64,
        "only the heads": LOOK,
        "only the MLP": THINK,
        "a quarter of a head": LOOK // 4 + THINK + NORM,
        "one layer": LOOK + 64 * 256 + 256 + NORM,
        "text": "49984",
        "a list": [RIGHT_COUNT],
        "not a number": float("nan"),
    },
    "causal_shares": {
        "mask after": lambda s: nn.softmax(s) * np.tri(s.shape[-1]),
        "zeros": lambda s: nn.softmax(s * np.tri(s.shape[-1])),
        "no mask": nn.softmax,
        "turned round": lambda s: nn.softmax(
            np.where(np.tri(len(s.T)).T > 0, s, -1e99)
        ),
        "without itself": lambda s: np.nan_to_num(nn.softmax(closed(s, -1, -1e99))),
        "one more": lambda s: nn.softmax(closed(s, 1)),
        "renormalised": renormalised,
        "overflows": without_the_largest,
        "columns": lambda s: nn.softmax(closed(s).swapaxes(-1, -2)).swapaxes(-1, -2),
        "scores": closed,
        "closed by -9": lambda s: nn.softmax(closed(s, value=-9.0)),
        "closed by -1e4": lambda s: nn.softmax(np.maximum(closed(s), -1e4)),
        "divided again": lambda s: nn.softmax(closed(s) / s.shape[-1] ** 0.5),
        "even": lambda s: np.tri(s.shape[-1]) / np.arange(1, s.shape[-1] + 1)[:, None],
        "in place": masked_in_place,
        "logarithm": lambda s: nn.log_softmax(closed(s)),
        "only the last row": lambda s: nn.softmax(closed(s))[..., -1, :],
        "nothing": lambda s: None,
    },
    "knows_order": {
        "only before": lambda f, x, order: np.abs(f(x[order]) - f(x)).max(),
        "only after": lambda f, x, order: np.abs(f(x) - f(x)[order]).max(),
        "signed": lambda f, x, order: (f(x[order]) - f(x)[order]).max(),
        "size of the largest": lambda f, x, o: abs((f(x[o]) - f(x)[o]).max()),
        "mean": lambda f, x, order: difference(f, x, order).mean(),
        "sum": lambda f, x, order: difference(f, x, order).sum(),
        "smallest": lambda f, x, order: difference(f, x, order).min(),
        "squared": lambda f, x, order: (difference(f, x, order) ** 2).max(),
        "norm": lambda f, x, order: np.linalg.norm(difference(f, x, order)),
        "shuffled back": lambda f, x, order: np.abs(
            f(x[order]) - f(x)[np.argsort(order)]
        ).max(),
        "the input": lambda f, x, order: np.abs(f(x)[order] - x[order]).max(),
        "the inverse": lambda f, x, order: difference(f, x, np.argsort(order)).max(),
        "reversed": lambda f, x, order: difference(f, x, np.arange(len(x))[::-1]).max(),
        "yes or no": lambda f, x, order: difference(f, x, order).max() > 1e-9,
        "each row": lambda f, x, order: difference(f, x, order).max(axis=1),
        "the first row": lambda f, x, order: difference(f, x, order)[0].max(),
        "never": lambda f, x, order: 0.0,
        "nothing": lambda f, x, order: None,
    },
    "heated": {
        "as quoted": lambda scores, T: nn.softmax(scores) / T / (1 / T),
        "not normalised": lambda scores, T: nn.softmax(scores) / T,
        "multiplied": lambda scores, T: nn.softmax(scores * T),
        "power T": lambda s, T: (
            nn.softmax(s) ** T / (nn.softmax(s) ** T).sum(-1)[..., None]
        ),
        "logarithm": lambda scores, T: nn.log_softmax(scores / T),
        "overflows": lambda s, T: np.exp(s / T) / np.exp(s / T).sum(-1, keepdims=True),
        "over all rows": power_then_all,
        "root": lambda scores, T: nn.softmax(scores / T**0.5),
        "square": lambda scores, T: nn.softmax(scores / T**2),
        "plus T": lambda scores, T: nn.softmax(scores + T),
        "whole T": lambda scores, T: nn.softmax(scores / max(round(T), 1)),
        "whole division": lambda scores, T: nn.softmax(scores // T),
        "the likeliest": lambda s, T: np.argmax(s, axis=-1),
        "columns": lambda s, T: nn.softmax((s / T).T).T,
        "in place": heated_in_place,
        "nothing": lambda scores, T: None,
    },
    "wrong_language": {
        "the misconception": (2.9, "same"),
        "a little more": (3.1, "same"),
        "right, worse": (2.88, "worse"),
        "better": (4.1, "better"),
        "same": (4.1, "same"),
        "perplexity": (17.0, "worse"),
        "nats": (2.83, "worse"),
        "less": (1.4, "better"),
        "guessing": (6.5, "worse"),
        "in letters": (4.1, "higher"),
        "not a number": (float("nan"), "worse"),
        "exchanged": ("worse", 4.1),
        "the difference": (1.2, "worse"),
    },
}
RIGHT = {
    "weights": [RIGHT_COUNT, 49_984.0, np.int64(49_984)],
    "causal_shares": [by_rows, by_torch, by_minus_much],
    "knows_order": [one_by_one, shuffled_back, by_norm],
    "heated": [lambda scores, T: nn.softmax(scores / T), heated_by_torch, by_powers],
    "wrong_language": [(4.1, "worse"), (np.float32(4.3), " Worse "), (3.9, "WORSE")],
}
SAYS = {
    "weights": {
        "times the heads": "four heads share 64 columns",
        "no normalisations": "gains and shifts",
        "no biases of the hidden units": "or the biases of the hidden units",
        "no biases": "leaves out the biases",
        "no Wo": "the answers of the heads meet",
    },
    "causal_shares": {
        "mask after": "the rows no longer add up to 1",
        "zeros": "e to the power 0 is 1",
        "no mask": "each query sees all",
        "columns": "each query is a row",
        "in place": "it changes scores itself",
    },
    "knows_order": {
        "only before": "shuffle what the layer makes of x, too",
        "signed": "take absolute values first",
        "mean": "the largest difference is asked for",
        "shuffled back": "use the same order",
    },
    "heated": {
        "as quoted": "T makes no difference here",
        "not normalised": "the rows add up to 1 / T",
        "multiplied": "makes the likely likelier",
        "in place": "it changes scores itself",
    },
    "wrong_language": {
        "the misconception": "when told the right language",
        "right, worse": "when told the right language",
        "better": "is that better?",
        "same": "it needs less",
    },
}
STUBS = {
    "weights": ...,
    "causal_shares": lambda scores: ...,
    "knows_order": lambda layer, x, order: ...,
    "heated": lambda scores, T: ...,
    "wrong_language": (..., ...),
}

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 5, 8))
WEIGHTS, MASK = attention.start(8, 2, 1, hidden=12), attention.causal(5)
# The lesson's definitions are compared with those of course.attention on these.
NEEDS = {
    "np": np,
    "ours": attention,
    **{name: getattr(autograd, name) for name in ("exp", "log_softmax", "total")},
    "transpose": autograd.transpose,
}
ARGUMENTS = {
    "attention": [X, X[:, :4], X[:, :4] + 1, MASK[:, :4]],
    "multi_head": [X, WEIGHTS, MASK],
    "layer_norm": [X, WEIGHTS["gain1"], WEIGHTS["shift1"]],
    "block": [X, WEIGHTS, MASK],
    "positions": [9, 6, 100.0],
}


def shares_seen(answer):
    """The shares of several shapes, of small and of large scores; what is left."""
    rng, found = np.random.default_rng(5), []
    for shape, size in [((4, 4), 3), ((2, 3, 3), 3), ((1, 1), 1), ((2, 2, 5, 5), 900)]:
        scores = size * rng.normal(size=shape)
        found += [np.asarray(answer(scores)), scores]
    return [*found, np.asarray(answer(found[1] - 20_000))]


def order_seen(answer):
    rng, found = np.random.default_rng(6), []
    W = rng.normal(size=(3, 3))
    layers = [
        lambda x: np.cumsum(x @ W, axis=0),
        lambda x: -np.cumsum(x @ W, axis=0),
        lambda x: nn.softmax(x @ W @ x.T) @ x,
    ]
    x, order = rng.normal(size=(6, 3)), np.array([2, 0, 1, 4, 5, 3])
    for layer in layers:
        found += [np.round(float(answer(layer, x, order)), 9), x]
    return found


def heat_seen(answer):
    rng, found = np.random.default_rng(7), []
    for shape, T, size in [((4,), 0.7, 2), ((3, 5), 1.6, 2), ((2, 3), 0.5, 3000)]:
        scores = size * rng.normal(size=shape)
        found += [np.asarray(answer(scores, T)), scores]
    return found


PROBES = {
    "causal_shares": shares_seen,
    "knows_order": order_seen,
    "heated": heat_seen,
}


def printed(lesson):
    """All that the committed lesson has printed."""
    [path] = (Path(__file__).parents[3] / "notebooks").glob(f"{lesson}_*.ipynb")
    outputs = [o for c in nbformat.read(path, 4).cells for o in c.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.parametrize(
    ("by_09", "by_10"),
    [
        (r"GRU: (0\.\d{3}), from", r"'GRU, lesson 09', \[(0\.\d{3})"),
        (r"GRU +(\d\.\d\d) bits", r"GRU, lesson 09 +(\d\.\d\d) bits"),
    ],
)
def test_what_lesson_10_quotes_is_what_lesson_09_prints(by_09, by_10):
    [quoted] = re.findall(by_10, printed("10"))
    assert re.findall(by_09, printed("09")) == [quoted]
