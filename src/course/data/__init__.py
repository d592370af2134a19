"""The course's data sets by name: offline ones made or bundled, classics downloaded."""

import difflib
from functools import cache

from course.data import docstrings, offline, shop
from course.data.classics import CLASSICS
from course.data.dataset import DataError, Dataset
from course.data.downloads import cache_folder, load_classic

__all__ = ["DataError", "Dataset", "cache_folder", "load", "names"]

OFFLINE = {
    "digits": offline.digits,
    "mnist1d": offline.mnist1d,
    "glyphs": offline.glyphs,
    "place_names": offline.place_names,
    "docstrings": docstrings.sentences,
    "vowels": offline.vowels,
    "shop": shop.arrays,
}


def names() -> list[str]:
    """Every name that ``load`` knows, the offline sets first."""
    return [*OFFLINE, *CLASSICS]


@cache
def load(name: str) -> Dataset:
    """Return the data set called ``name``; the split is the same every time.

    Raises ``ValueError`` for an unknown name and ``DataError`` when a set that has
    to be downloaded cannot be: both say what to do.
    """
    if name in OFFLINE:
        return OFFLINE[name]()
    if name in CLASSICS:
        return load_classic(name, CLASSICS[name])
    near = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    raise ValueError(f'no data set "{name}".{hint} There are: {", ".join(names())}.')
