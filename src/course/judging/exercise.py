"""An exercise: a judge with its task and its hints, kind to every answer."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from contextlib import redirect_stdout

from course.desk import exercises, record
from course.judging.words import NotAttempted, Wrong, expect, one_line

PRINTED = 5  # lines, of what an answer prints while it is judged
LESSONS = "course.check."  # whose exercises are those of the lessons

# Who hears each verdict as well: the exercise, whether it is solved, what was said.
LISTENERS: list[Callable[[Exercise, bool | None, str], None]] = []


class Exercise:
    """One exercise: call it with an answer, ask it for a `hint()` or a `solution()`."""

    def __init__(self, judge: Callable[..., str | None], hints: tuple[str, ...]):
        self.name, self._module = judge.__name__, judge.__module__
        self.__doc__ = inspect.getdoc(judge)
        self._judge, self._hints, self._hints_given = judge, hints, 0

    def __call__(self, *answer: object) -> None:
        """Print whether the answer is right, and if not, what is wrong with it.

        In a learner's copy of a lesson it is recorded, see `course.desk`.
        """
        said = io.StringIO()
        try:
            with redirect_stdout(said):
                solved, verdict = self._verdict(answer)
            print(verdict)
        finally:
            print(_printed(said.getvalue()), end="")
        for listener in LISTENERS:
            listener(self, solved, verdict)
        if solved is not None and self._module.startswith(LESSONS):
            key = f"{self._module.removeprefix(LESSONS)}.{self.name}"
            if trouble := record.note(key, solved):
                print(trouble)

    def hint(self) -> None:
        """Print the next hint; after the last one, the last again."""
        number = min(self._hints_given, len(self._hints) - 1)
        self._hints_given += 1
        print(f"Hint {number + 1} of {len(self._hints)}: {self._hints[number]}")

    def solution(self) -> None:
        """Show a solution. It is not run, and no name of the learner's changes."""
        if not self._module.startswith(LESSONS):
            print(f"{self.name}: its solution is with whoever wrote the exercise.")
            return
        lesson = exercises.checked_by(self._module.removeprefix(LESSONS))
        show_code(f"A solution of {self.name}", lesson.solution(self.name))

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {self.__doc__}"

    def _verdict(self, answer: tuple) -> tuple[bool | None, str]:
        """Whether the answer is right, None of a stub, and what is said to it."""
        try:
            if any(part is ... for part in answer):
                raise NotAttempted
            remark = self._judge(*self._matched(answer))
        except NotAttempted:
            return None, (
                f"{self.name}: not attempted yet. Replace the ... with your answer; "
                f"check.{self.name}.hint() helps."
            )
        except Wrong as wrong:
            return False, f"✗ {self.name}: {wrong}"
        except Exception as error:  # an answer so odd that the judge stumbled over it
            why = one_line(error)
            return False, f"✗ {self.name}: this answer cannot be read ({why})."
        return True, f"✓ {self.name}: correct. {remark or ''}".rstrip()

    def _matched(self, answer: tuple) -> tuple:
        """The answer, if it has as many parts as the judge takes."""
        names = list(inspect.signature(self._judge).parameters)
        takes = f"{len(names)} value(s) ({', '.join(names)})"
        expect(len(answer) == len(names), f"it takes {takes}, got {len(answer)}.")
        return answer


def _printed(text: str) -> str:
    """The first lines of what an answer printed: it is asked many times."""
    lines = text.splitlines()
    if not lines:
        return ""
    shown = ["It printed, at first:", *lines[:PRINTED]]
    if len(lines) > PRINTED:
        shown.append(f"... and {len(lines) - PRINTED} more lines.")
    return "\n".join(shown) + "\n"


def show_code(title: str, code: str) -> None:
    """Show code with its colours in a notebook, or print it elsewhere."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display

    if not InteractiveShell.initialized():
        print(f"{title}:\n\n{code}")
        return
    data = {
        "text/plain": f"{title}:\n\n{code}",
        "text/markdown": f"**{title}**\n\n```python\n{code}\n```",
    }
    display(data, raw=True)


def exercise(*hints: str) -> Callable[[Callable[..., str | None]], Exercise]:
    """Turn a judge into an exercise with these hints, the gentlest first."""
    return lambda judge: Exercise(judge, hints)
