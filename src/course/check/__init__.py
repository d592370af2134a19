"""Exercises that check an answer on the reader's machine and say what is wrong.

A lesson's module holds one judge for each exercise:

    @exercise("A first hint.", "A stronger hint.")
    def double(answer):
        \"\"\"A function that doubles an array.\"\"\"
        expect_same(
            answer,
            lambda x: 2 * x,
            lambda rng, size: {"x": numbers(rng, size)},
            mistakes={"that is the square.": lambda x: x**2},
        )
        return "Doubling is multiplication by two."

A judge calls the `expect...` functions, which raise `Wrong`, and returns a closing
remark. The reader sees text only: a wrong answer never raises. `expect_same` is for a
function that can be compared with a right one; `call` asks a function once, for what
cannot. Each module beside this one belongs to a lesson; the rest is `course.judging`.
"""

from course.judging.agreement import SIZES, expect_same
from course.judging.asking import call
from course.judging.draws import labels, numbers, shares
from course.judging.exercise import Exercise, exercise
from course.judging.values import (
    FINITE_DIFFERENCE,
    as_comparison,
    as_number,
    as_numbers,
    as_parts,
    as_share,
    expect_array,
)
from course.judging.words import NotAttempted, Wrong, describe, expect, given

__all__ = [
    "FINITE_DIFFERENCE",
    "SIZES",
    "Exercise",
    "NotAttempted",
    "Wrong",
    "as_comparison",
    "as_number",
    "as_numbers",
    "as_parts",
    "as_share",
    "call",
    "describe",
    "exercise",
    "expect",
    "expect_array",
    "expect_same",
    "given",
    "labels",
    "numbers",
    "shares",
]
