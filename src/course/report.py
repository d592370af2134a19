"""What `course run` shows: a bar while lessons run, then a table and the failures."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from course.runner import Lesson, Result


def follow(news: Iterable[tuple[Lesson, Result | None]], total: int) -> list[Result]:
    """Show a progress bar with the names of the running lessons; return the results.

    On a terminal the bar moves in place; elsewhere each finished lesson is a line.
    """
    console = Console()
    results, running = [], []
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        for lesson, result in news:
            if result is None:
                running.append(lesson.name)
            else:
                running.remove(lesson.name)
                results.append(result)
                if not console.is_terminal:
                    console.print(
                        f"{len(results)}/{total} {lesson.name} {_word(result)}"
                    )
            bar.update(task, completed=len(results), description=", ".join(running))
    return sorted(results, key=lambda result: result.lesson.name)


def table(results: list[Result]) -> None:
    """Print lesson, result, seconds and peak memory, then each failure in full."""
    console = Console()
    shown = Table()
    for name, side in [("lesson", "left"), ("result", "left"), ("seconds", "right")]:
        shown.add_column(name, justify=side)
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
