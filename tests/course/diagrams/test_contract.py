"""The schematics of the training script, looked at through what they draw."""

import pytest

from course import diagrams
from course.diagrams import contract


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("channels", [["train"], ["train", "test"]])
def test_each_text_of_a_contract_can_be_read(channels, unreadable):
    ax = contract.contract("train.py", channels, {"epochs": "10", "seed": "0"})
    assert unreadable(ax) == []
    said = " ".join(texts(ax))
    assert "--epochs 10 --seed 0" in said and "SM_CHANNEL_TRAIN" in said
    assert said.count("SM_CHANNEL_") == len(channels)


def test_an_arrow_leads_to_all_that_is_kept_and_none_to_what_is_gone():
    from matplotlib.patches import FancyArrowPatch

    ax = contract.contract("train.py", ["train", "test"], {})
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    ends = [tuple(arrow._path_original.vertices[-1]) for arrow in arrows]
    kept = contract.RIGHT - contract.SHEET[0] / 2
    heights = sorted(round(y, 6) for x, y in ends if x == kept)
    rows = range(len(contract.KEPT))
    assert heights == sorted(round(contract.TOP - r * contract.STEP, 6) for r in rows)
    (gone,) = [text for text in ax.texts if text.get_text() == contract.GONE]
    assert gone.get_position()[1] < min(heights) - contract.SHEET[1] / 2


def test_one_handler_stands_under_once_and_three_under_every_request(unreadable):
    ax = contract.handlers("images (n, 64)", "probabilities (n, 10)")
    assert unreadable(ax) == []
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    under = {name: x for name, x in places.items() if name.endswith("_fn")}
    once, always = places["once, at the start"], places["for every request"]
    assert [name for name, x in under.items() if x == once] == ["model_fn"]
    assert sum(x == always for x in under.values()) == 3
    assert once < diagrams.WIDTH / 2


def test_what_betrays_a_failure_is_bold():
    rows = {"kept": (0, "", 2, "Completed"), "lost": (0, "", 0, "Completed")}
    rows["raised"] = (1, "why", 0, "Failed")
    ax = contract.endings(rows, "One row tells by a number alone")
    bold = [text.get_text() for text in ax.texts if text.get_weight() == "bold"]
    assert bold == ["0", "1", "a reason", "0", "Failed"] and len(ax.texts) == 12
    assert [text.get_text() for text in ax.get_yticklabels()] == [*rows]
