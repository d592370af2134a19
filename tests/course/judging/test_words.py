"""The words of a judge: short values, and arguments that can be typed in again."""

import numpy as np
import pytest

from course.check import Wrong, call, describe, given


def test_describe_is_short():
    assert len(describe(np.random.default_rng(0).normal(size=1000))) <= 60
    assert describe(1 / 3) == "0.3333"
    assert describe("x" * 100).endswith("...")
    assert describe(np.argmax) == "argmax"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2.5, " = 2.5"),
        (np.array([1.0, 2.0]), " = [1., 2.]"),
        (np.array([[1, 2], [3, 4]]), " = [[1, 2], [3, 4]]"),
        (np.ones((30, 4)), " of shape (30, 4)"),
        (np.arange(9), " of shape (9,)"),
        ([1, 2], " = [1, 2]"),
        (list(range(50)), " with 50 entries"),
        ("a" * 80, " = 'aaaaa"),
    ],
)
def test_an_argument_is_quoted_where_it_is_short(value, words):
    assert given({"x": value}).startswith(f" for x{words}")


def test_functions_are_not_quoted():
    assert given({"ask": len}) == ""


def test_a_long_line_of_the_reader_is_quoted_in_part(tmp_path):
    cell, names = tmp_path / "cell.py", {}
    cell.write_text("def answer(x):\n    return x / 0, [" + "'many', " * 1000 + "]")
    exec(compile(cell.read_text(), str(cell), "exec"), names)
    with pytest.raises(Wrong, match=r"\(line 2: `return x / 0, \['many'") as wrong:
        call(names["answer"], x=1)
    assert len(str(wrong.value)) < 200
