"""What every schematic is asked: can each text be read?"""

from itertools import combinations

import matplotlib.pyplot as plt
import pytest


@pytest.fixture
def unreadable():
    """A function: complaints about texts that overlap or leave the canvas."""

    def listed(ax) -> list[str]:
        ax.figure.canvas.draw()
        renderer, frame = ax.figure.canvas.get_renderer(), ax.get_window_extent()
        seen = [(t.get_text(), t.get_window_extent(renderer)) for t in ax.texts]
        seen = [(text, place) for text, place in seen if text]
        outside = [
            f"{text!r} leaves the canvas"
            for text, place in seen
            if place.x0 < frame.x0
            or place.x1 > frame.x1
            or place.y0 < frame.y0
            or place.y1 > frame.y1
        ]
        return outside + [
            f"{one!r} lies on {other!r}"
            for (one, a), (other, b) in combinations(seen, 2)
            if a.overlaps(b)
        ]

    yield listed
    plt.close("all")
