"""The schematic of the monitor, looked at through what it draws."""

from matplotlib.patches import FancyArrowPatch

from course.diagrams import watch


def test_each_station_leads_to_the_next_and_all_can_be_read(unreadable):
    ax = watch.loop("2,000 images", "2 of 3 windows")
    assert unreadable(ax) == []
    said = [text.get_text() for text in ax.texts]
    names = [name for _, _, name, _, _ in watch.STATIONS]
    assert [text for text in said if text in names] == names
    assert "2,000 images" in said and "2 of 3 windows" in said
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == len(names) - 1 + 2  # besides, the baseline and a schedule
