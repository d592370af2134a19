"""The page "Where is ...?": each name of the field, and where the course has it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from course.tools.lessons import Lesson
from course.tools.site import glossary
from course.tools.site.curriculum import MARK, Curriculum

PLACE = re.compile(r"(?P<where>\w+)(?: (?P<kind>[#=]) (?P<name>.+))?")
HEADING = re.compile(r"^#{2,3} +(.+?) *$", re.MULTILINE)
HOW = {
    "run": "a lesson runs it",
    "taught": "in words, with its formula or picture",
    "told": "in a sentence, with the reason why it is not run here",
}


@dataclass(frozen=True)
class Place:
    """Where a name is: a lesson's number or a page, and a heading or a term there."""

    where: str
    kind: str  # "#": a heading, "=": a term, "": all of it
    name: str


@dataclass(frozen=True)
class Row:
    """A name, how the course has it, and where."""

    name: str
    how: str
    places: list[Place]


def read(path: Path) -> dict[str, list[Row]]:
    """The rows of `book/where_is.yml` by their subject; ``ValueError`` for odd ones."""
    subjects = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {
        subject: [_row(name, *given) for name, given in names.items()]
        for subject, names in subjects.items()
    }


def page(subjects: dict[str, list[Row]], curriculum: Curriculum) -> str:
    """The page: a table for each subject."""
    legend = "; ".join(f"**{how}**: {words}" for how, words in HOW.items())
    blocks = ["# Where is ...?", f"{legend}. What is planned is not written yet.", ""]
    for subject, rows in subjects.items():
        blocks += [f"## {subject}", "", "| name | where | how |", "|---|---|---|"]
        for row in rows:
            links = " · ".join(_link(place, curriculum) for place in row.places)
            blocks.append(f"| {row.name} | {links} | {row.how} |")
        blocks.append("")
    return "\n".join(blocks)


def problems(root: Path, found: list[Lesson]) -> Iterator[str]:
    """What is not so: a place that is not there, a plan that is a lesson by now."""
    terms = {(term.lesson.number, term.name.lower()) for term in glossary.terms(found)}
    headings = {lesson.number: _headings(lesson) for lesson in found}
    for path in (root / "book").glob("*.md"):
        headings[path.stem] = HEADING.findall(path.read_text(encoding="utf-8"))
    for rows in read(root / "book" / "where_is.yml").values():
        for row in rows:
            complaints = (_complaint(place, headings, terms) for place in row.places)
            yield from (f'"{row.name}": {words}' for words in complaints if words)


def _complaint(place: Place, headings: dict, terms: set[tuple[str, str]]) -> str:
    if place.where not in headings:
        return f"{place.where} is not written: give its number alone" * bool(place.kind)
    if not place.kind:
        return f"{place.where} is written: name the heading or the term"
    if place.kind == "#" and place.name not in headings[place.where]:
        return f'{place.where} has no heading "{place.name}"'
    if place.kind == "=" and (place.where, place.name.lower()) not in terms:
        return f'{place.where} introduces no term "{place.name}"'
    return ""


def _headings(lesson: Lesson) -> list[str]:
    cells = lesson.notebook.cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return HEADING.findall(text)


def _row(name: str, how: str, *places: str) -> Row:
    matches = [PLACE.fullmatch(place) for place in places]
    if how not in HOW or not matches or None in matches:
        raise ValueError(
            f'"{name}" in book/where_is.yml has {[how, *places]}, expected one of '
            f'{", ".join(HOW)}, then places such as "02 # A heading"; its first lines '
            "say more"
        )
    found = [Place(**match.groupdict(default="")) for match in matches if match]
    return Row(name, how, found)


def _link(place: Place, curriculum: Curriculum) -> str:
    if not place.where.isdigit():
        return f"[{place.name}]({place.where}.md#{_anchor(place.name)})"
    entry = curriculum.find(place.where)
    name = f"{entry.number} {entry.title}"
    if not entry.page:
        return name + MARK
    if place.kind == "=":
        return f'<a href="glossary.html#{glossary.anchor(place.name)}">{name}</a>'
    target = f"#{_anchor(place.name)}" if place.kind else ""
    words = f"{name}: {place.name}" if place.kind else name
    return f"[{words}]({entry.page}.ipynb{target})"


def _anchor(heading: str) -> str:
    """As MyST makes it: that of GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
