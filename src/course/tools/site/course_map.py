"""The map of the course on the home page, and the list of its lessons."""

from html import escape

from course.tools.site.curriculum import MARK, Curriculum, Entry

WORDS = (
    "Each lesson names those that it needs; point at one to see them. What is dashed "
    "is planned and not written yet."
)


def page(curriculum: Curriculum) -> str:
    """The map and, for each part, the table of its lessons: a part of the home page."""
    tables = [_table(caption, rows) for caption, rows in curriculum.parts()]
    return "\n".join(["## The map", "", _map(curriculum), "", *tables])


def _map(curriculum: Curriculum) -> str:
    parts = [
        f'<div class="part"><p class="caption">{escape(caption)}</p>'
        f"<ol>{''.join(map(_card, entries))}</ol></div>"
        for caption, entries in curriculum.parts()
    ]
    nav = f'<nav class="map" aria-label="Map of the course">{"".join(parts)}</nav>'
    return f"{WORDS}\n\n{nav}"


def style(curriculum: Curriculum) -> str:
    """One rule a lesson: while it is pointed at, the lessons that it needs are lit."""
    rules = [
        ",".join(
            f".map:has(#{_id(entry.number)}:is(:hover,:focus-within)) #{_id(need)}"
            for need in entry.needs
        )
        for entry in curriculum.entries
        if entry.needs
    ]
    return ",\n".join(rules) + " { background: var(--needed); }\n" if rules else ""


def _card(entry: Entry) -> str:
    title = f'<span class="number">{entry.number}</span> {escape(entry.title)}'
    notes = [] if entry.page else ["planned"]
    notes += [f"needs {', '.join(entry.needs)}"] if entry.needs else []
    title += f'<span class="needs">{" · ".join(notes)}</span>' if notes else ""
    place = f'<li id="{_id(entry.number)}"'
    if not entry.page:
        return f'{place} class="planned"><div>{title}</div></li>'
    return f'{place}><a href="{entry.page}.html">{title}</a></li>'


def _id(number: str) -> str:
    return f"lesson-{number}"


def _table(caption: str, entries: list[Entry]) -> str:
    head = [f"## {caption}", "", "| lesson | its question | needs | minutes |"]
    return "\n".join([*head, "|---|---|---|--:|", *map(_row, entries), ""])


def _row(entry: Entry) -> str:
    name = f"{entry.number} · {entry.title}"
    if entry.page:
        link, minutes = f"[{name}]({entry.page}.ipynb)", str(entry.minutes or "")
    else:
        link, minutes = name + MARK, ""
    return f"| {link} | {entry.question} | {', '.join(entry.needs)} | {minutes} |"
