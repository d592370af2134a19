"""Small networks side by side in PyTorch, each with letters of its own.

Everything has a first axis more, the network: one product serves all, and five small
networks take little longer than one. One hidden layer, 196 pixels in, ten scores out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from course import data

Weights = list[Tensor]  # of two layers: matrix and bias, matrix and bias
Samples = tuple[Tensor, Tensor]  # x and y
PIXELS, HIDDEN, CLASSES = 196, 64, 10
BATCH, RATE = 64, 0.005


def letters() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return x and y of the glyphs, then of their test: images of 14 x 14 in a row."""
    glyphs = data.load("glyphs")
    return (
        small(glyphs.x_train),
        torch.tensor(glyphs.y_train),
        small(glyphs.x_test),
        torch.tensor(glyphs.y_test),
    )


def small(images: np.ndarray) -> Tensor:
    """Return images (n, 28, 28) as (n, 196): means of 2 x 2 pixels, in a row."""
    blocks = images.reshape(-1, 14, 2, 14, 2)
    return torch.tensor(blocks.mean(axis=(2, 4)).reshape(-1, PIXELS))


def scores(w: Weights, x: Tensor) -> Tensor:
    """Return the scores (networks, n, 10) of x, (n, 196) or (networks, n, 196)."""
    return torch.relu(x @ w[0] + w[1]) @ w[2] + w[3]


def losses(w: Weights, x: Tensor, y: Tensor) -> Tensor:
    """Return the cross-entropy (networks, n) of each image with its label."""
    log_p = scores(w, x).log_softmax(-1)
    return -log_p.gather(-1, y.expand(log_p.shape[:2])[..., None])[..., 0]


def nearest(x: Tensor, count: int) -> Tensor:
    """Return which images (networks, n, count) have the least distance to each of x."""
    apart = [torch.cdist(each, each).fill_diagonal_(float("inf")) for each in x]
    return torch.stack([each.topk(count, largest=False).indices for each in apart])


def started(count: int, draw: torch.Generator) -> Weights:
    """Return first weights of so many networks, drawn as He et al. (2015) do."""
    shapes = ((PIXELS, HIDDEN), (1, HIDDEN), (HIDDEN, CLASSES), (1, CLASSES))
    scales = ((2 / PIXELS) ** 0.5, 0.0, (1 / HIDDEN) ** 0.5, 0.0)
    return [
        scale * torch.randn(count, *shape, generator=draw)
        for shape, scale in zip(shapes, scales, strict=True)
    ]


def train(
    x: Tensor,
    targets: Tensor,
    seed: int,
    *,
    steps: int = 400,
    noise: float = 0.0,
    watch: Callable[[int, Weights], None] | None = None,
) -> Weights:
    """Train with Adam, a network for each x (networks, n, 196); return the weights.

    `targets` are labels (networks, n), or probabilities (networks, n, 10). `noise` is
    the spread of what is added to each pixel at each step. `watch` is told each step,
    counted from 1, and the weights after it.
    """
    if not targets.is_floating_point():
        targets = torch.eye(CLASSES)[targets]
    draw = torch.Generator().manual_seed(seed)
    w = [each.requires_grad_() for each in started(len(x), draw)]
    adam = torch.optim.Adam(w, RATE, fused=True)
    for step in range(1, steps + 1):
        rows = torch.randint(x.shape[1], (BATCH,), generator=draw)
        seen = x[:, rows]
        if noise:
            seen = seen + noise * torch.randn(seen.shape, generator=draw)
        log_p = scores(w, seen).log_softmax(-1)
        loss = -(targets[:, rows] * log_p).sum(-1).mean(-1)  # of each network
        adam.zero_grad()
        loss.sum().backward()
        adam.step()
        if watch:
            watch(step, [each.detach() for each in w])
    return [each.detach() for each in w]


def told_apart(
    w: Weights, members: tuple[Tensor, Tensor], strangers: tuple[Tensor, Tensor]
) -> float:
    """Return how well a small loss tells members from strangers: the mean AUC.

    Both are x (networks, n, 196) and y (networks, n). The attack is that of Yeom et al.
    (2018), without its threshold; 0.5 is guessing.
    """
    from sklearn.metrics import roc_auc_score

    there, new = (losses(w, *each) for each in (members, strangers))
    truth = [1] * there.shape[1] + [0] * new.shape[1]
    pairs = zip(there, new, strict=True)
    return float(np.mean([roc_auc_score(truth, -torch.cat(pair)) for pair in pairs]))


def drawn(count: int, networks: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return rows of each network's own and of others, 3,000 of each, none in both."""
    rngs = [np.random.default_rng(seed + k) for k in range(networks)]
    order = torch.tensor(np.array([rng.permutation(count) for rng in rngs]))
    return order[:, :3000], order[:, 4000:7000]  # (networks, 3000)


def accuracy(w: Weights, x: Tensor, y: Tensor) -> float:
    """Return the share of x (n, 196) that gets its label, the mean over networks."""
    return (scores(w, x).argmax(-1) == y).float().mean().item()


def agreement(one: Weights, other: Weights, x: Tensor) -> float:
    """Return the share of x that both call the same, each network with its match."""
    same = scores(one, x).argmax(-1) == scores(other, x).argmax(-1)
    return same.float().mean().item()


def answered(w: Weights, x: Tensor, kind: str) -> Tensor:
    """Return what callers are told: "probabilities", those to "one digit", "label"."""
    p = scores(w, x).softmax(-1)
    if kind == "label":
        return p.argmax(-1)
    if kind == "one digit":
        p = p.mul(10).round() + 1e-5  # where all are rounded to 0, all are equal
    return p / p.sum(-1, keepdim=True)


def mislabelled(
    y: Tensor, share: float, seed: int, aim: tuple[int, int | None] | None = None
) -> Tensor:
    """Return labels (networks, n) of which a share is changed, drawn for each network.

    Any label to any other; with `aim`, a pair, only from its first to its second, or to
    any other where that is None.
    """
    changed = y.clone()
    for row in changed:
        rng = np.random.default_rng(seed)
        rows = np.flatnonzero(row == aim[0]) if aim else np.arange(len(row))
        rows = rng.permutation(rows)[: int(share * len(row))]
        other = torch.tensor(rng.integers(1, CLASSES, len(rows)))
        to = aim[1] if aim else None
        row[rows] = (row[rows] + other) % CLASSES if to is None else to
    return changed


def caught(sign: Tensor, wrong: Tensor, alarms: np.ndarray) -> np.ndarray:
    """Return the share of what is wrong that a sign shows, at shares of false alarms.

    `sign` (networks, n) is high where something looks wrong; the mean over networks.
    """
    from sklearn.metrics import roc_curve

    rates = [roc_curve(*pair)[:2] for pair in zip(wrong, sign, strict=True)]
    return np.mean([np.interp(alarms, *each) for each in rates], axis=0)


def disagreement(x: Tensor, y: Tensor, count: int = 10) -> Tensor:
    """Return the share (networks, n) of an image's neighbours with another label."""
    pairs = zip(y, nearest(x, count), strict=True)
    return torch.stack([(v[k] != v[:, None]).float().mean(-1) for v, k in pairs])


def remembered(
    members: Samples,
    strangers: Samples,
    test: Samples,
    epochs: Sequence[int],
    seed: int,
    noise: float = 0.0,
) -> np.ndarray:
    """Train on members; return accuracy and `told_apart` after epochs (epochs, 2)."""
    stops, path = [each * members[0].shape[1] // BATCH for each in epochs], []

    def watch(step: int, w: Weights) -> None:
        if step in stops:
            path.append((accuracy(w, *test), told_apart(w, members, strangers)))

    train(*members, seed, steps=stops[-1], noise=noise, watch=watch)
    return np.array(path)
