"""Asking a reader's function: copies, changed arguments, errors with their line."""

import numpy as np
import pytest
import torch

from course.check import NotAttempted, Wrong, call, exercise, expect_array

X = np.array([1.0, 2.0, 3.0])


def told(answer, **inputs) -> str:
    """What the reader is told of a function that cannot be taken."""
    with pytest.raises(Wrong) as wrong:
        call(answer, **(inputs or {"x": X}))
    return str(wrong.value)


def test_the_function_gets_the_inputs_in_their_order():
    assert call(lambda a, b: a - b, first=5, second=3) == 2


def test_a_stub_is_not_attempted():
    with pytest.raises(NotAttempted):
        call(lambda x: ..., x=X)


def test_what_a_generator_yields_is_a_list_and_its_error_the_reader_s():
    assert call(lambda x: (2 * v for v in x), x=X) == [2.0, 4.0, 6.0]
    assert "raised ZeroDivisionError" in told(lambda x: (1 / 0 for _ in x))


def test_a_generator_without_an_end_is_cut_off():
    from itertools import count

    assert len(call(lambda x: count(), x=X)) == 1_000_000


def doubled_in_place(x):
    x *= 2
    return x


def sorted_in_place(x):
    x.sort()
    return x


CHANGED = {
    "an array": (doubled_in_place, np.array([1.0, 2.0])),
    "integers": (doubled_in_place, np.array([1, 2])),
    "a number in an array": (doubled_in_place, np.array(3.0)),
    "a tensor": (doubled_in_place, torch.tensor([1.0, 2.0])),
    "a list": (sorted_in_place, [3, 1, 2]),
    "a list's array": (lambda x: doubled_in_place(x[0]), [np.ones(2)]),
    "a dict": (lambda x: x.pop("rate"), {"rate": 1}),
    "a dict's array": (lambda x: doubled_in_place(x["W"]), {"W": np.ones(2)}),
    "a tuple's list": (lambda x: sorted_in_place(x[0]), ([2, 1],)),
    "a set": (lambda x: x.pop(), {1, 2}),
    "its type of numbers": (lambda x: np.ndarray.sort(x) or 1, np.array([2, 1])),
    "a nan": (lambda x: np.nan_to_num(x, copy=False), np.array([np.nan, 1.0])),
}


@pytest.mark.parametrize("what", sorted(CHANGED))
def test_a_changed_argument_is_noticed_and_named(what):
    answer, value = CHANGED[what]
    message = told(lambda y, x: answer(x), y=X, x=value)
    assert message.startswith("it changes x itself for y = [1., 2., 3.]")
    assert message.endswith("work on a copy.")


UNCHANGED = [
    X,
    np.array([np.nan, 1.0]),
    np.array(["a", "b"]),
    torch.tensor([1.0, float("nan")]),
    torch.tensor([1.0], requires_grad=True),
    [1, "a", None, {2}],
    {"a": [X]},
    float("nan"),
    1.5,
    "text",
    object(),
    np.array([None, 1], dtype=object),
]


@pytest.mark.parametrize("value", UNCHANGED, ids=lambda value: type(value).__name__)
def test_an_argument_that_is_only_read_is_no_change(value):
    assert call(lambda x: 1, x=value) == 1


def test_a_table_that_is_changed_is_noticed():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1, 2]})
    assert "it changes x itself" in told(lambda x: x.pop("a"), x=table)


def test_the_question_itself_is_never_changed():
    mine = np.array([1.0, 2.0])
    told(doubled_in_place, x=mine)
    assert mine.tolist() == [1.0, 2.0]


def test_a_task_that_changes_an_argument_says_so_and_may_return_nothing():
    mine, other = np.array([1.0, 2.0]), np.array([5.0])
    assert call(lambda x, y: doubled_in_place(x)[0], x=mine, y=other, itself="x") == 2
    assert mine.tolist() == [2.0, 4.0]
    assert call(lambda x: None, x=mine, itself=["x"]) is None
    with pytest.raises(Wrong, match="it changes y itself"):
        call(lambda x, y: doubled_in_place(y), x=mine, y=other, itself=["x"])


def half(x):
    return x / "2"


def nowhere(x):
    return x * rate  # noqa: F821


@pytest.mark.parametrize("x", [X, [1.0, 2.0, 3.0], {"a": 1}, torch.ones(3)], ids=repr)
def test_an_error_is_told_with_the_line_of_the_reader_that_raised_it(x):
    line = half.__code__.co_firstlineno + 1
    message = told(lambda x: half(x), x=x)
    assert f'(line {line}, in half: `return x / "2"`) for x = ' in message
    assert message.startswith("it raised TypeError: ")


def test_an_unknown_name_is_told_with_its_line_and_without_the_arguments():
    line = nowhere.__code__.co_firstlineno + 1
    message = told(nowhere)
    assert "NameError: name 'rate' is not defined" in message
    assert f"(line {line}: `return x * rate" in message
    assert " for x" not in message


def test_an_error_within_a_library_is_told_with_the_line_that_called_it():
    message = told(lambda x: np.linalg.inv(x))
    assert "(line " in message and "np.linalg.inv(x)" in message


def test_an_error_before_the_first_line_of_the_reader_has_no_line():
    for answer in (lambda: 1, np.linalg.inv):
        message = told(answer)
        assert "raised" in message and "(line" not in message


def test_large_arguments_are_told_by_their_size():
    many = {"x": np.ones(50), "names": ["ada"] * 20, "f": np.sin, "n": 3}
    message = told(lambda *each: half("a"), **many)
    assert message.endswith(" for x of shape (50,), names with 20 entries, n = 3.")


def test_leaving_the_program_is_an_error_like_others():
    assert "raised SystemExit" in told(lambda x: exit())


def test_warnings_of_the_answer_stay_quiet(recwarn):
    call(lambda x: np.log(x - 1), x=X)
    assert not recwarn.list


def test_an_answer_sees_no_copy_of_an_exercise_before(capsys):
    @exercise("Think of two.")
    def double(answer):
        """A function that doubles an array."""
        expect_array(call(answer, x=X), 2 * X, x=X)

    for _ in range(2):
        double(doubled_in_place)
        assert "✗ double: it changes x itself" in capsys.readouterr().out
