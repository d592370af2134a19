"""What learners get wrong first, typed into a cell, and what they are told."""

import numpy as np
import pytest

from course.check import exercise, expect_same, numbers


@exercise("Divide by the sum.")
def share(answer):
    """A function (x, total) -> what share of the total each number is."""
    draw = lambda rng, size: {"x": numbers(rng, size), "total": 7.0}  # noqa: E731
    expect_same(answer, lambda x, total: x / total, draw, what="the share")


@exercise("Subtract.")
def move(answer):
    """A function (x, y) -> both, moved by one."""
    expect_same(
        answer,
        lambda x, y: (x + 1, y + 1),
        lambda rng, size: {"x": numbers(rng, (size, 3)), "y": numbers(rng, size)},
        what=("x", "y"),
    )


@exercise("Sum.")
def total(answer):
    """A function x -> the sum of its numbers."""
    expect_same(answer, lambda x: x.sum(), lambda rng, n: {"x": numbers(rng, n)})


ATTEMPTS = {
    "wrong shape": (
        "def f(x, total):\n    return x[:, None] / total\nshare(f)",
        "the share has shape (4, 1), expected (4,)",
    ),
    "one number for many": (
        "def f(x, total):\n    return x.sum() / total\nshare(f)",
        "the share is one number, expected the shape (4,)",
    ),
    "many for one number": (
        "def f(x):\n    return x\ntotal(f)",
        "the result has shape (4,), expected one number",
    ),
    "a list is taken": (
        "def f(x, total):\n    return [each / total for each in x]\nshare(f)",
        "✓ share: correct.",
    ),
    "rows of several lengths": (
        "def f(x, total):\n    return [[1, 2], [3]]\nshare(f)",
        "the share is no array (its parts differ in length).",
    ),
    "yes and no": (
        "def f(x, total):\n    return x > total\nshare(f)",
        "must hold real numbers; it is [",
        "an array of bool",
    ),
    "text": (
        "def f(x, total):\n    return str(total)\nshare(f)",
        "must hold real numbers; it is '7.0' of type str",
    ),
    "a name that is not there": (
        "def f(x, total):\n    return X / total\nshare(f)",
        "name 'X' is not defined (line 2: `return X / total`)",
    ),
    "no return": (
        "def f(x, total):\n    y = x / total\nshare(f)",
        "it returned None for x = [",
        "Is a `return` missing?",
    ),
    "print in place of return": (
        "def f(x):\n    print('the sum is', 3)\ntotal(f)",
        "it printed 'the sum is 3' and returned None",
        "write `return` in place of `print`",
    ),
    "prints to look": (
        "def f(x):\n    for each in x:\n        print(each)\n    return 7.0\ntotal(f)",
        "the result is 7, expected",
        "It printed, at first:",
    ),
    "no end of calls": (
        "def f(x):\n    return f(x[1:])\ntotal(f)",
        "RecursionError: ",
        "(line 2: `return f(x[1:])`)",
        "it calls itself without end",
    ),
    "in another function": (
        "def help(x):\n    return x.nope\ndef f(x):\n    return help(x)\ntotal(f)",
        "no attribute 'nope' (line 2, in help: `return x.nope`)",
    ),
    "an argument too few": (
        "def f(x):\n    return x\nshare(f)",
        "f() takes 1 positional argument but 2 were given. It is called with x, total.",
    ),
    "a call in place of the function": (
        "def f(x, total):\n    return x / total\nshare(f(np.ones(2), 2))",
        "expected a function, got [0.5, 0.5]: give its name alone, without calling it",
    ),
    "one of two values": (
        "def f(x, y):\n    return x + 1\nmove(f)",
        "return 2 values, x and y; it returned an array of shape (4, 3)",
    ),
    "shapes that do not fit": (
        "def f(x, y):\n    return x + y, y\nmove(f)",
        "it raised ValueError: operands could not be broadcast together",
        "(line 2: `return x + y, y`) for x of shape (4, 3), y = [",
    ),
}


@pytest.fixture
def told(tmp_path, capsys):
    """Return what a cell with the given code prints."""

    def run(code) -> str:
        cell = tmp_path / "cell.py"
        cell.write_text(code)
        names = {"np": np, "share": share, "move": move, "total": total}
        exec(compile(code, str(cell), "exec"), names)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_first_attempt_is_told_what_is_the_matter_in_few_words(told, attempt):
    code, *words = ATTEMPTS[attempt]
    message = told(code)
    assert [each for each in words if each not in message] == [], message
    assert message.startswith("✓" if "taken" in attempt else "✗")
    assert len(message) < 500 and message.count("\n") <= 9, message


def test_what_a_function_prints_is_shown_in_its_first_lines(told):
    message = told("def f(x):\n    print(x.shape)\n    return x.sum()\ntotal(f)")
    first, title, *lines, rest = message.splitlines()
    assert first == "✓ total: correct." and title == "It printed, at first:"
    assert lines == ["(4,)", "(4,)", "(4,)", "(1,)", "(1,)"]
    assert rest.startswith("... and ") and rest.endswith(" more lines.")


def test_a_function_that_is_interrupted_shows_what_it_printed(told, capsys):
    with pytest.raises(KeyboardInterrupt):
        told("def f(x):\n    print('here')\n    raise KeyboardInterrupt\ntotal(f)")
    assert "here" in capsys.readouterr().out
