"""What `course run` shows: a bar while lessons run, then a table and the failures."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from course.tools.runner import News, Result

BEGIN, END = "<!-- lessons: written by `course run --save` -->", "<!-- end -->"


def follow(news: Iterable[News], total: int) -> list[Result]:
    """Show a progress bar with the names of the running lessons; return the results.

    On a terminal the bar moves in place; elsewhere each finished lesson is a line.
    """
    console = Console()
    results: list[Result] = []
    running: list[str] = []
    with _bar(console) as bar:
        task = bar.add_task("", total=total)
        for lesson, result in news:
            if result is None:
                running.append(lesson.name)
            else:
                running.remove(lesson.name)
                results.append(result)
                if not console.is_terminal:
                    line = f"{len(results)}/{total} {lesson.name} {_word(result)}"
                    console.print(line)
            bar.update(task, completed=len(results), description=", ".join(running))
    return sorted(results, key=lambda result: result.lesson.name)


def _bar(console: Console) -> Progress:
    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    return Progress(*columns, console=console, disable=not console.is_terminal)


def table(results: list[Result]) -> None:
    """Print lesson, result, seconds and peak memory, then each failure in full."""
    console = Console()
    shown = Table()
    shown.add_column("lesson")
    shown.add_column("result")
    shown.add_column("seconds", justify="right")
    shown.add_column("peak memory", justify="right")
    for result in results:
        memory = f"{result.peak_bytes / 1e6:,.0f} MB"
        word = f"[{'red' if result.error else 'green'}]{_word(result)}"
        shown.add_row(result.lesson.name, word, f"{result.seconds:.1f}", memory)
    console.print(shown)
    for result in results:
        if result.error:
            console.print(f"\n{result.lesson.name} failed in ", end="", style="red")
            console.print(result.error, markup=False, highlight=False)


def _word(result: Result) -> str:
    return "failed" if result.error else "ok"


def write_readme(results: list[Result], readme: Path) -> None:
    """Put the lessons with their measured times between the README's two marks."""
    rows = ["| lesson | its question | seconds | memory |", "|---|---|--:|--:|"]
    for result in results:
        lesson = result.lesson
        link = f"[{lesson.title}](notebooks/{lesson.path.name})"
        memory = f"{result.peak_bytes / 1e9:.1f} GB"
        rows.append(f"| {link} | {lesson.question} | {result.seconds:.0f} | {memory} |")
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    block = "\n".join([BEGIN, *rows, END])
    readme.write_text(before + block + after, encoding="utf-8")
