"""What `course progress` prints: a row a lesson, and how much is solved in all."""

from rich.console import Console
from rich.table import Table

from course.desk.exercises import Committed
from course.desk.record import Entries


def table(found: list[Committed], entries: Entries) -> None:
    """Print for each lesson its exercises, the attempts, and which are solved."""
    shown = Table()
    for name in ("lesson", "solved", "attempts", "still open"):
        shown.add_column(
            name, justify="left" if name in ("lesson", "still open") else "right"
        )
    solved = total = 0
    for lesson in found:
        mine = {name: entries.get(lesson.key(name), {}) for name in lesson.exercises}
        still = [name for name, entry in mine.items() if not entry.get("solved")]
        done = len(mine) - len(still)
        attempts = sum(entry.get("attempts", 0) for entry in mine.values())
        still = still if attempts else []
        row = (
            lesson.path.stem,
            f"{done} of {len(mine)}",
            str(attempts),
            ", ".join(still),
        )
        shown.add_row(*row)
        solved, total = solved + done, total + len(mine)
    console = Console()
    console.print(shown)
    console.print(f"{solved} of {total} exercises solved.")
