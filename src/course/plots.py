"""The figures that several lessons share."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course import diagrams

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CLASS_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
CLASS_MARKERS = ("o", "^", "s", "D", "v")
TINTS = ("#F8C860", "#B5DFE6", "#EADAF4", "#C9EBDD")  # of a map, to write on


def classes(
    ax: Axes, x: np.ndarray, y: np.ndarray, names: Sequence[str] | None = None
) -> None:
    """Draw points x (points, 2); the label y (points,) sets colour and marker.

    With `names`, one for each class, a legend is added by `ax.legend()`.
    """
    for label in np.unique(y).astype(int):
        across, up = x[y == label].T
        ax.scatter(
            across,
            up,
            s=14,
            color=CLASS_COLOURS[label],
            marker=CLASS_MARKERS[label],
            linewidths=0,
            alpha=0.8,
            label=names[label] if names else None,
        )


def decision_map(
    ax: Axes,
    score: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    title: str = "",
    resolution: int = 120,
) -> None:
    """Shade where `score` is above and below zero, and draw its zero as a line.

    `score` maps points (n, 2) to numbers (n,): above zero means class 1. The points
    x (points, 2) with labels y (points,) are drawn on top.
    """
    span = 1.15 * np.abs(x).max()
    side = np.linspace(-span, span, resolution)
    grid = np.stack(np.meshgrid(side, side), axis=-1)  # (resolution, resolution, 2)
    values = np.asarray(score(grid.reshape(-1, 2))).reshape(resolution, resolution)
    ax.contourf(
        side, side, values > 0, levels=[-0.5, 0.5, 1.5], colors=["#D6E6F2", "#FBE3D2"]
    )
    if values.min() < 0 < values.max():
        ax.contour(side, side, values, levels=[0], colors="black", linewidths=1.5)
    classes(ax, x, y)
    ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", title=title)
    ax.grid(False)


def decision_maps(
    scores: Mapping[str, Callable[[np.ndarray], np.ndarray]],
    x: np.ndarray,
    y: np.ndarray,
    rows: int = 1,
) -> Figure:
    """Return a figure with a decision map of each score, under its name."""
    import matplotlib.pyplot as plt

    columns = -(-len(scores) // rows)
    size = (7, (2.2 if columns > 2 else 3.3) * rows + 0.4)
    shared: dict[str, Any] = {"sharex": True, "sharey": True, "squeeze": False}
    figure, axes = plt.subplots(rows, columns, figsize=size, **shared)
    for ax, (title, score) in zip(axes.flat, scores.items(), strict=True):
        decision_map(ax, score, x, y, title)
        ax.label_outer()
    return figure


def curves(
    ax: Axes,
    curves: Mapping[str, Sequence[float]],
    x: Sequence[float] | None = None,
    markers: str = "",
    dashes: Sequence[str] = (),
    **style: Any,
) -> None:
    """Draw one labelled line for each name, over `x` or 0, 1, 2, ..., with a legend.

    `markers` holds one character for each line, `dashes` its style, such as "--".
    """
    for number, (name, values) in enumerate(curves.items()):
        own = style | ({"marker": markers[number]} if markers else {})
        own |= {"linestyle": dashes[number]} if dashes else {}
        over = np.arange(len(values)) if x is None else x
        ax.plot(over, values, label=name, **own)
    ax.legend()


def trails(ax: Axes, paths: Mapping[str, np.ndarray], ends: tuple[str, str]) -> None:
    """Draw each path (points, 2) with a marker and dashes of its own, and a legend.

    `ends` is written at the first path's first and last point.
    """
    styles = ("o-", "s--", "^:", "x-.")
    for (name, path), style in zip(paths.items(), styles, strict=False):
        ax.plot(*np.transpose(path), style, label=name)
    first = next(iter(paths.values()))
    ax.annotate(ends[0], first[0], (-20, 9), textcoords="offset points")
    ax.annotate(ends[1], first[-1], (-30, 8), textcoords="offset points")
    ax.legend(loc="upper right", fontsize=8)


def dots(
    ax: Axes, scores: Mapping[str, Sequence[float]], published: Mapping[str, float]
) -> None:
    """Draw a row of dots for each name, and a cross where a published value is known.

    `scores` holds one number for each repetition, such as the accuracy over seeds.
    """
    for row, (name, values) in enumerate(scores.items()):
        label = "ours" if row == 0 else None
        ax.plot(values, [row] * len(values), "o", color="C0", alpha=0.7, label=label)
        if name in published:
            label = "published" if row == 0 else None
            ax.plot(published[name], row, "x", color="C1", markersize=9, label=label)
    ax.set_yticks(range(len(scores)), list(scores))


def gains(ax: Axes, found: Mapping[str, tuple[Sequence[float], float, float]]) -> None:
    """Draw a row for each name, the first on top: differences, mean and half interval.

    Each run's difference is a dot, the mean a square on its bar; a line marks zero.
    """
    for row, (runs, mean, half) in enumerate(found.values()):
        ax.errorbar(mean, row, xerr=half, fmt="ks", capsize=4, zorder=3)
        ax.plot(runs, [row - 0.25] * len(runs), "o", color="C0", alpha=0.6)
    ax.axvline(0, color="black", linestyle="--", linewidth=1.2)
    ax.set_yticks(range(len(found)), list(found))
    ax.invert_yaxis()


def pictures(images: Mapping[str, np.ndarray], rows: int = 1, size: float = 2.0):
    """Return a figure of grey images (height, width), each under its name.

    An image with negative values is shown by their size, so that 0 is black.
    """
    import matplotlib.pyplot as plt

    columns = -(-len(images) // rows)
    figure, axes = plt.subplots(rows, columns, figsize=(columns * size, rows * size))
    for ax, (name, image) in zip(np.ravel(axes), images.items(), strict=False):
        ax.imshow(np.abs(image), cmap="gray")
        ax.set_title(name, fontsize=10)
    for ax in np.ravel(axes):
        ax.axis("off")
    return figure


def kernels(weights: np.ndarray, images: np.ndarray, answer: Callable):
    """Return a figure of kernels (kernels, height, width) and their answers to images.

    Below each kernel stands `answer(image, kernel)` for each image (height, width).
    """
    import matplotlib.pyplot as plt

    size = (1 + len(weights), 1 + len(images))
    figure, axes = plt.subplots(size[1], size[0], figsize=size)
    for ax in axes.flat:
        ax.axis("off")
    for row, image in enumerate(images, start=1):
        axes[row, 0].imshow(image, cmap="gray_r")
    for column, kernel in enumerate(weights, start=1):
        most = np.abs(kernel).max()
        axes[0, column].imshow(kernel, cmap="RdBu", vmin=-most, vmax=most)
        for row, image in enumerate(images, start=1):
            axes[row, column].imshow(answer(image, kernel), cmap="viridis")
    axes[0, 0].text(0.9, 0.5, "kernel", transform=axes[0, 0].transAxes, ha="right")
    return figure


def ravine(
    ax: Axes,
    bottom: np.ndarray,
    curvature: np.ndarray,
    x: tuple[float, float],
    y: tuple[float, float],
) -> None:
    """Draw the contours of ½ (θ - bottom)ᵀ curvature (θ - bottom), and its bottom.

    `bottom` is (2,), `curvature` (2, 2); `x` and `y` are the ranges of θ's two parts.
    """
    theta = np.stack(np.meshgrid(np.linspace(*x, 240), np.linspace(*y, 120)), axis=-1)
    away = theta - bottom  # (120, 240, 2)
    height = np.einsum("...i,ij,...j->...", away, curvature, away) / 2
    levels = height.max() / 3.0 ** np.arange(7, 0, -1)
    ax.contour(*theta.T, height.T, levels, colors="#AAAAAA", linewidths=1)
    ax.plot(*bottom, "k*", markersize=11, zorder=4)
    ax.set(aspect="equal")
    ax.grid(False)


def confusion(ax: Axes, table: np.ndarray, title: str = "") -> None:
    """Show a confusion matrix: truth in rows, right answers teal, the others vermilion.

    The darker a cell, the more samples; each has its number.
    """
    from matplotlib.colors import LinearSegmentedColormap

    right, most = np.eye(len(table), dtype=bool), table.max()
    for role, others in (("compute", ~right), ("wrong", right)):
        shades = [diagrams.PAPER, diagrams.ROLES[role].line]
        colours = LinearSegmentedColormap.from_list(role, shades)
        ax.imshow(np.ma.array(table, mask=others), cmap=colours, vmin=0, vmax=most)
    for (row, column), count in np.ndenumerate(table):
        ink = diagrams.PAPER if count > 0.6 * most else diagrams.INK
        ax.text(column, row, str(count), color=ink, size=7, ha="center", va="center")
    ticks = range(len(table))
    ax.set(xlabel="the answer", ylabel="the truth", xticks=ticks, yticks=ticks)
    ax.set_title(title)
    ax.grid(False)


def territories(
    ax: Axes, x: np.ndarray, y: np.ndarray, best: np.ndarray, names: Sequence[str]
) -> None:
    """Tint each place of a map, `best` (y, x), by the number of what is best there.

    Each name stands where its own territory is widest.
    """
    from matplotlib.colors import ListedColormap
    from scipy.ndimage import distance_transform_edt

    tints = ListedColormap(TINTS)
    ax.pcolormesh(x, y, best, cmap=tints, vmin=0, vmax=len(TINTS) - 1, rasterized=True)
    for number in np.unique(best):
        inside = best == number
        ax.contour(x, y, inside, levels=[0.5], colors="white", linewidths=2)
        far = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
        row, column = np.unravel_index(far.argmax(), best.shape)
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontweight": "bold"}
        ax.text(float(x[column]), float(y[row]), names[number], **style)


def describe(figure: Figure) -> dict[str, str]:
    """What a figure says about itself: title, axis labels, number of empty axes.

    With several panels, their labels are joined; axes that are switched off, as under
    a photograph or a diagram, count as labelled, and a colour bar is no panel.
    """
    bars = [ax for ax in figure.axes if ax.get_label() == "<colorbar>"]
    panels = [ax for ax in figure.axes if ax.axison and ax not in bars]
    titles = [figure.get_suptitle()]
    titles += [
        ax.get_title(where) for ax in figure.axes for where in ("left", "center")
    ]
    return {
        "Title": next(filter(None, titles), ""),
        "x": "; ".join(filter(None, (ax.get_xlabel() for ax in panels)))
        or ("" if panels else "off"),
        "y": "; ".join(filter(None, (ax.get_ylabel() for ax in panels)))
        or ("" if panels else "off"),
        "empty": str(sum(not (ax.has_data() or ax.texts) for ax in figure.axes)),
    }


def small_png(figure: Figure, colours: int = 128) -> bytes:
    """The figure as a PNG with a palette, about a third of the usual size.

    `describe(figure)` is stored in it as text, so that a figure in a notebook can be
    checked without running the notebook.
    """
    from PIL import Image, PngImagePlugin

    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", bbox_inches="tight")
    exact, plain = Image.open(full).convert("RGB"), Image.Dither.NONE
    palette = exact.quantize(colours, dither=plain)
    text = PngImagePlugin.PngInfo()
    for key, value in describe(figure).items():
        text.add_itxt(key, value)
    palette.save(small, "PNG", optimize=True, pnginfo=text)
    return small.getvalue()


def show_small() -> None:
    """Let the running notebook, if there is one, store its figures as small PNGs."""
    import matplotlib.pyplot as plt
    from IPython import get_ipython
    from matplotlib.figure import Figure

    if (shell := get_ipython()) is not None:
        plt.switch_backend(plt.get_backend())  # sets the notebook's own format first
        shell.display_formatter.formatters["image/png"].for_type(Figure, small_png)
