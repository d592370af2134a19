"""The pictures of lesson 25, looked at through what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course.diagrams import containers


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def shown(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_an_image_shows_each_digest_and_an_arrow_to_each(count):
    layers = [f"layer {number}" for number in range(count)]
    names = ["manifest", "config", *layers]
    digests = {name: f"sha256:{n:08d}{'f' * 56}" for n, name in enumerate(names)}
    ax = containers.image(digests, layers)
    texts = shown(ax)
    assert {f"sha256:{n:08d}…" for n in range(len(names))} <= set(texts)
    boxes, arrows = 2 + count, 1 + count + (count - 1)
    assert len(ax.patches) == boxes + arrows


def test_the_lowest_layer_is_drawn_lowest():
    digests = dict.fromkeys(("manifest", "config", "low", "high"), "sha256:0")
    ax = containers.image(digests, ["low", "high"])
    height = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert height["low"] < height["high"] < height["manifest"]


def test_only_the_container_has_a_port():
    texts = shown(containers.asked(8080))
    assert [text for text in texts if "80" in text] == ["port 8080"]
    assert "next?" in texts and texts.count("serve.py") == 2


def test_each_fault_says_of_both_checks_whether_they_find_it():
    found = np.array([[True, False], [False, True], [False, False]])
    ax = containers.checked(found, ["a port", "a tag", "an address"], "Both miss one")
    assert shown(ax) == ["found", "missed", "missed", "found", "missed", "missed"]
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["a port", "a tag", "an address"]
    assert ax.get_title() == "Both miss one"
