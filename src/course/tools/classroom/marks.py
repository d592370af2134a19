"""What `course grade` shows: a table of student, exercise, solved, message."""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Iterable
from dataclasses import astuple, fields
from pathlib import Path

from rich.console import Console
from rich.table import Table

from course.tools.classroom.grading import Limits, Row, apart, grade
from course.tools.classroom.paper import handed_in, papers
from course.tools.lessons import lessons

SAID = {True: "yes", False: "no", None: "-"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


def report(arguments: argparse.Namespace) -> int:
    """Grade a folder, print the table, write it where that is asked for."""
    folder = _folder(arguments.folder)
    known = papers(lessons(), _folder(arguments.own) if arguments.own else None)
    given = list(handed_in(folder, known))
    limits = Limits(arguments.seconds, 60 * arguments.minutes)
    workers = arguments.workers or max(1, (os.cpu_count() or 2) // 2)
    rows = list(grade(given, folder, limits, workers))
    show(rows)
    print(apart())
    if arguments.csv:
        write(rows, Path(arguments.csv))
    return 0


def show(rows: list[Row]) -> None:
    """Print the table, and of each student how many exercises are solved."""
    table = Table("student", "lesson", "exercise", "solved", "message")
    for row in rows:
        cells = (row.student, row.lesson, row.exercise, SAID[row.solved], row.message)
        table.add_row(*map(plain, cells))
    console = Console()
    console.print(table)
    for student in dict.fromkeys(row.student for row in rows):
        own = [row.solved for row in rows if row.student == student and row.exercise]
        console.print(f"{plain(student)}: {own.count(True)} of {len(own)} solved")


def write(rows: Iterable[Row], path: Path) -> None:
    """Write the table as CSV, in which no cell is a formula."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(field.name for field in fields(Row))
        for row in rows:
            values = (SAID[v] if v in SAID else str(v) for v in astuple(row))
            table.writerow(_harmless(value) for value in values)


def plain(text: str) -> str:
    """A text on one line, without what moves a terminal's cursor or colours it."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(kept.split()).replace("[", r"\[")


def _harmless(value: str) -> str:
    risky = value.startswith(FORMULA) and value != SAID[None]
    return f"'{value}" if risky else value


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise ValueError(f'there is no folder "{text}"')
    return path
