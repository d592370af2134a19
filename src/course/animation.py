"""Animations that play in a page without a kernel: frames and script in one piece."""

from __future__ import annotations

import base64
import io
import re
import tempfile
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL import Image

# Matplotlib's player takes the icons of its buttons from another host; these do not.
BUTTONS = {
    "minus": "−",
    "fast-backward": "|◂",
    "step-backward": "◃",
    "play fa-flip-horizontal": "◂",
    "pause": "||",
    "play": "▸",
    "step-forward": "▹",
    "fast-forward": "▸|",
    "plus": "+",
}
STYLE = """<style>
.animation { max-width: 100%; }
.animation img { max-width: 100%; }
.animation input.anim-slider { width: 374px; max-width: 90%; }
</style>"""
FRAME = re.compile(r"data:image/png;base64,([^\"]+)")


class Player:
    """A played figure: a page shows `html`, and `still` where it cannot play."""

    def __init__(self, html: str, still: bytes):
        self.html, self.still = html, still

    def _repr_html_(self) -> str:
        return self.html

    def _repr_png_(self) -> bytes:
        return self.still

    def __repr__(self) -> str:
        return "An animation."


def player(
    figure: Figure,
    draw: Callable[[int], object],
    frames: int,
    name: str,
    alt: str,
    colours: int = 32,
    dpi: int = 60,
) -> Player:
    """Call `draw(0)`, `draw(1)`, ... and return what they draw as an animation.

    `name` (letters, digits, underscores) tells the animations of a page apart; `alt`
    is the alternative text. The last frame is the still. The figure is closed. The
    same drawing gives the same bytes.
    """
    import matplotlib.pyplot as plt

    from course import plots

    if not re.fullmatch(r"\w+", name):
        raise ValueError(f'name "{name}": expected letters, digits and underscores.')
    figure.canvas.draw()
    figure.set_layout_engine("none")  # what does not move must not: see _changes
    html = _drawn(figure, draw, frames, dpi)
    still = plots.small_png(figure, colours)
    plt.close(figure)
    return Player(_standalone(html, name, alt, colours), still)


def _drawn(figure: Figure, draw: Callable, frames: int, dpi: int) -> str:
    """Matplotlib's page with every frame in it."""
    from matplotlib.animation import HTMLWriter

    writer = HTMLWriter(fps=8, embed_frames=True, default_mode="once")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "animation.html")
        with writer.saving(figure, page, dpi):
            for number in range(frames):
                draw(number)
                writer.grab_frame()
        return page.read_text(encoding="utf-8")


def race(
    ax: Axes,
    paths: Mapping[str, np.ndarray],
    name: str,
    alt: str,
    stride: int = 4,
    tail: int = 12,
) -> Player:
    """An animation of points that walk along paths (steps, 2), `stride` steps a frame.

    Each has a marker, a legend entry and a tail of its last steps; the last frame
    shows the whole paths. `name` and `alt` are those of `player`.
    """
    tails = [ax.plot([], [], label=label)[0] for label in paths]
    balls = [ax.plot([], [], "os^Dv"[i], color=f"C{i}")[0] for i in range(len(paths))]
    ax.legend(loc="upper right", ncols=2)
    steps = max(map(len, paths.values())) - 1
    frames = -(-steps // stride) + 1

    def draw(frame: int) -> None:
        now = min(frame * stride, steps)
        since = max(now - tail, 0) if now < steps else 0
        for line, ball, path in zip(tails, balls, paths.values(), strict=True):
            line.set_data(*path[since : now + 1].T)
            ball.set_data(*path[now : now + 1].T)

    figure = ax.get_figure(root=True)
    assert figure, "axes that draw are in a figure"
    return player(figure, draw, frames, name, alt)


def _standalone(html: str, name: str, alt: str, colours: int) -> str:
    """Matplotlib's page with small frames that asks no other host for anything."""
    images = [_image(frame) for frame in FRAME.findall(html)]
    frames = iter([_address(_changes(image, images[0]), colours) for image in images])
    html = FRAME.sub(lambda _: next(frames), html)
    html = re.sub(r"<link[^>]*>", STYLE, html)
    for icon, text in BUTTONS.items():
        html = html.replace(f'<i class="fa fa-{icon}"></i>', text)
    html = re.sub(r"(anim\w*?_?)[0-9a-f]{32}", rf"\g<1>_{name}", html)
    first, last = _address(images[0], colours), _address(images[-1], colours)
    return html.replace(  # without a script, the last frame is seen
        "<img ",
        f'<img alt="{escape(alt)}" src="{last}" '
        f'style="background: white url({first}) 0 0 / 100% 100% content-box" ',
    )


def _image(frame: str) -> Image.Image:
    """The picture in matplotlib's base64, whose lines end with a backslash."""
    from PIL import Image

    data = base64.b64decode(frame.replace("\\\n", ""))
    return Image.open(io.BytesIO(data)).convert("RGB")


def _changes(image: Image.Image, background: Image.Image) -> Image.Image:
    """What differs from the background; the rest is transparent, and small to store."""
    from PIL import Image, ImageChops

    red, green, blue = ImageChops.difference(image, background).split()
    changed = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = changed.point(lambda value: 255 if value else 0)
    clear = Image.new("RGBA", image.size, (255, 255, 255, 0))
    clear.paste(image, mask=mask)
    return clear


def _address(image: Image.Image, colours: int) -> str:
    """The picture with a palette of so many colours, as a data address."""
    from PIL import Image

    small = io.BytesIO()
    method = Image.Quantize.FASTOCTREE  # the one that keeps transparency
    palette = image.quantize(colours, method=method, dither=Image.Dither.NONE)
    palette.save(small, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(small.getvalue()).decode()
