"""The terms that the lessons introduce in bold, each with the words around it."""

import re
from dataclasses import dataclass

from course.tools.lessons import Lesson

LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
BOLD = re.compile(r"\*\*(?!\s)(.+?)(?<!\s)\*\*", re.DOTALL)
# A lesson's frame is bold as well: **Predict.**, **Answer:**, **1. Warm-up.**
FRAME = re.compile(r"^\d+\.|[.:]$|^(References|Predict|Exercises)$")
FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
STOP = re.compile(r"(?<=[.?!])\s+|(?<=[.?!][)*])\s+")
ITEM = re.compile(r"\n(?=[-*] |\d+\. |> )")
POINTS_BACK = re.compile(r"(And )?(It|Its|That|Their|These|This)\b")


@dataclass(frozen=True)
class Term:
    """A term, the sentence that introduces it, and its lesson."""

    name: str
    sentence: str
    lesson: Lesson


def terms(found: list[Lesson]) -> list[Term]:
    """Every bold term of the lessons, in their order; the recap introduces none."""
    texts = [(lesson, text) for lesson in found for text in _texts(lesson)]
    prose = " ".join(text for _, text in texts)
    return [
        Term(_name(match[1], prose), _sentence(text, match), lesson)
        for lesson, text in texts
        for match in BOLD.finditer(text)
        if not FRAME.search(match[1])
    ]


def page(found: list[Lesson]) -> str:
    """The glossary as a page: each term once, with every lesson that introduces it."""
    grouped: dict[str, list[Term]] = {}
    for term in terms(found):
        grouped.setdefault(term.name.lower(), []).append(term)
    blocks = ["# Glossary", "The terms, as the lessons introduce them.", ""]
    for _, group in sorted(grouped.items()):
        places = {
            f"[{term.lesson.number}]({term.lesson.page}.ipynb)": None for term in group
        }
        first, *more = group[0].sentence.split("\n\n")
        where = "lesson " + ", ".join(places)
        rest = "".join(f"\n\n  {part}" for part in more)
        name = f'<span id="{anchor(group[0].name)}">{group[0].name}</span>'
        blocks.append(f"{name}\n: {first} *({where})*{rest}\n")
    return "\n".join(blocks) + "\n"


def anchor(name: str) -> str:
    """Where the glossary's page has a term: the end of an address."""
    return f"term-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"


def _texts(lesson: Lesson) -> list[str]:
    cells = lesson.notebook.cells
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    return texts[:-1]


def _name(bold: str, prose: str) -> str:
    """The term as an entry: in one line, and small where it is small elsewhere."""
    words = " ".join(bold.split()).removeprefix("To ")
    small = words[0].lower() + words[1:]
    return small if re.search(rf"\b{re.escape(small)}\b", prose) else words


def _sentence(text: str, match: re.Match) -> str:
    """The sentence around the bold words, with the formula that it leads to."""
    start, end = _paragraph(text, match.start())
    block, place = text[start:end], match.start() - start
    if block.startswith("|"):
        row = next(row for row in block.split("\n") if match[0] in row)
        return _plain(": ".join(cell.strip() for cell in row.strip("| ").split("|")))
    stops = [0, *(stop.end() for stop in STOP.finditer(block)), len(block)]
    last = min(stop for stop in stops if stop > place)
    before = [stop for stop in stops if stop <= place]
    first = before[-2 if POINTS_BACK.match(block[before[-1] :]) else -1 :][0]
    sentence = _plain(block[first:last])
    formula = FORMULA.match(text[end:].lstrip())
    if sentence.endswith(":") and last == len(block) and formula:
        return f"{sentence}\n\n{' '.join(formula[0].split())}"
    return re.sub("[:,]$", ".", sentence)


def _paragraph(text: str, place: int) -> tuple[int, int]:
    """Where the paragraph or the item of a list around a place begins and ends."""
    breaks = [m.end() for m in re.finditer(r"\n\n", text)]
    breaks += [m.end() for m in ITEM.finditer(text)]
    start = max((b for b in breaks if b <= place), default=0)
    end = min((b for b in breaks if b > place), default=len(text))
    return start, start + len(text[start:end].rstrip())


def _plain(text: str) -> str:
    """The text as a sentence, without the marks of lists, headings and bold words."""
    text = re.sub(r"^(#+ .*\n|> ?|[-*] |\d+\. )", "", text.strip(), flags=re.MULTILINE)
    words = BOLD.sub(lambda bold: "" if FRAME.search(bold[1]) else bold[1], text)
    words = LINK.sub(r"\1", words)  # it leads nowhere from the glossary's own page
    line = " ".join(words.split())
    return line[:1].upper() + line[1:]
