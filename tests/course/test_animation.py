"""An animation is one piece of HTML that asks nobody and says what it shows."""

import base64
import io
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from course import animation


def rolling_ball(name="ball", frames=4):
    figure, ax = plt.subplots(figsize=(3, 2))
    (ball,) = ax.plot([0], [0], "o")
    ax.set(title="It rolls", xlabel="x (m)", ylabel="y (m)", xlim=(-1, 5))
    return animation.player(
        figure, lambda i: ball.set_data([i], [0]), frames, name, 'A "ball" rolls.'
    )


@pytest.fixture(scope="module")
def html():
    return rolling_ball()._repr_html_()


def pictures(html):
    found = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def test_the_page_asks_no_other_host_and_names_no_icon_font(html):
    assert "http" not in html and "<link" not in html
    assert "fa fa-" not in html


def test_every_button_has_a_text(html):
    buttons = re.findall(r"<button[^>]*>\s*(.*?)\s*</button>", html, re.DOTALL)
    assert buttons == list(animation.BUTTONS.values())


def test_the_same_drawing_gives_the_same_bytes(html):
    assert rolling_ball().html == html
    assert not re.search(r"(anim|radio)\w*[0-9a-f]{32}", html)


def test_every_frame_laid_on_the_first_is_what_was_drawn(html):
    still, first, *frames = pictures(html)
    assert len(frames) == 4
    whole = first.convert("RGBA")
    whole.alpha_composite(frames[-1].convert("RGBA"))
    seen, drawn = (np.asarray(i.convert("L"), dtype=int) for i in (whole, still))
    assert np.abs(seen - drawn).max() < 40  # each has a palette of its own


def test_frames_hold_only_what_changes(html):
    still, _, *frames = pictures(html)
    opaque = [np.sum(np.asarray(f.convert("RGBA"))[..., 3] > 0) for f in frames]
    assert opaque[0] == 0 < opaque[1] < still.width * still.height / 50


def test_without_a_script_the_last_frame_is_seen_with_its_text(html):
    tag = re.search(r"<img [^>]*>", html)[0]
    assert 'alt="A &quot;ball&quot; rolls."' in tag
    assert tag.index("src=") < tag.index("style=")
    assert "content-box" in tag  # the frames lie on the first one, padding or not


def test_the_still_says_what_it_shows():
    about = Image.open(io.BytesIO(rolling_ball()._repr_png_())).text
    assert (about["Title"], about["x"], about["y"]) == ("It rolls", "x (m)", "y (m)")


def test_two_animations_on_a_page_have_names_of_their_own(html):
    other = rolling_ball("box").html
    ids = [set(re.findall(r'id="([^"]+)"', text)) for text in (html, other)]
    assert len(ids[0]) == len(ids[1]) == 5 and not ids[0] & ids[1]


def test_a_name_that_no_script_can_use_is_refused():
    with pytest.raises(ValueError, match='"a-b"'):
        rolling_ball("a-b")


def test_a_race_ends_with_the_whole_paths():
    paths = {"slow": np.arange(22).reshape(11, 2), "fast": np.arange(22, 0, -1.0)}
    paths["fast"] = paths["fast"].reshape(11, 2)
    _, ax = plt.subplots(figsize=(3, 2))
    html = animation.race(ax, paths, "race", "Two balls.", stride=4, tail=3).html
    assert len(re.findall(r"frames\[\d+\] =", html)) == 4  # steps 0, 4, 8 and 10
    for tail, ball, path in zip(
        ax.lines[:2], ax.lines[2:], paths.values(), strict=True
    ):
        np.testing.assert_array_equal(tail.get_xydata(), path)
        np.testing.assert_array_equal(ball.get_xydata(), path[-1:])
