"""An exercise: a judge with its task and its hints, kind to every answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from course.judging.words import NotAttempted, Wrong, expect, one_line


class Exercise:
    """One exercise: call it with an answer, or ask it for a `hint()`."""

    def __init__(self, judge: Callable[..., str | None], hints: tuple[str, ...]):
        self.name = judge.__name__
        self.__doc__ = inspect.getdoc(judge)
        self._judge, self._hints, self._hints_given = judge, hints, 0

    def __call__(self, *answer: object) -> None:
        """Print whether the answer is right, and if not, what is wrong with it."""
        print(self._verdict(answer))

    def hint(self) -> None:
        """Print the next hint; after the last one, the last again."""
        number = min(self._hints_given, len(self._hints) - 1)
        self._hints_given += 1
        print(f"Hint {number + 1} of {len(self._hints)}: {self._hints[number]}")

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {self.__doc__}"

    def _verdict(self, answer: tuple) -> str:
        try:
            if any(part is ... for part in answer):
                raise NotAttempted
            remark = self._judge(*self._matched(answer))
        except NotAttempted:
            return (
                f"{self.name}: not attempted yet. Replace the ... with your answer; "
                f"check.{self.name}.hint() helps."
            )
        except Wrong as wrong:
            return f"✗ {self.name}: {wrong}"
        except Exception as error:  # an answer so odd that the judge stumbled over it
            return f"✗ {self.name}: this answer cannot be read ({one_line(error)})."
        return f"✓ {self.name}: correct. {remark or ''}".rstrip()

    def _matched(self, answer: tuple) -> tuple:
        """The answer, if it has as many parts as the judge takes."""
        names = list(inspect.signature(self._judge).parameters)
        takes = f"{len(names)} value(s) ({', '.join(names)})"
        expect(len(answer) == len(names), f"it takes {takes}, got {len(answer)}.")
        return answer


def exercise(*hints: str) -> Callable[[Callable[..., str | None]], Exercise]:
    """Turn a judge into an exercise with these hints, the gentlest first."""
    return lambda judge: Exercise(judge, hints)
