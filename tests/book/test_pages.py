"""What the reference pages say of the lessons is so."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| (\$.+?) \| .+? \| (`.+?`) \| ([\d, ]+) \|$",
    (ROOT / "book" / "notation.md").read_text(),
    re.MULTILINE,
)


def texts(number, kind):
    """The prose or the code of a lesson."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == kind)


def formulas(number):
    found = re.findall(r"\$\$.*?\$\$|\$[^$]+\$", texts(number, "markdown"), re.DOTALL)
    return " ".join(found)


@pytest.mark.parametrize(("symbols", "names", "lessons"), ROWS)
def test_the_symbols_are_those_of_the_lessons(symbols, names, lessons):
    signs = [re.split(r" = ", s)[0] for s in re.findall(r"\$(.+?)\$", symbols)]
    used = {
        (sign, number)
        for number in lessons.split(", ")
        for sign in signs
        if re.search(rf"(?<![A-Za-z\\]){re.escape(sign)}(?![A-Za-z])", formulas(number))
    }
    assert {sign for sign, _ in used} == set(signs)
    assert {number for _, number in used} == set(lessons.split(", "))


@pytest.mark.parametrize(("symbols", "names", "lessons"), ROWS)
def test_the_names_of_the_notation_are_in_the_code(symbols, names, lessons):
    codes = [texts(number, "code") for number in lessons.split(", ")]
    for name in re.findall(r"`(.+?)`", names):
        word = re.escape(name) if name == "*" else rf"(?<!\w){re.escape(name)}(?!\w)"
        assert any(re.search(word, code) for code in codes), name


def test_the_notation_has_rows():
    assert len(ROWS) > 20
