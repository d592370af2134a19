"""Answers read as numbers, and what is said where they are wrong."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy import sparse

from course.check import (
    Wrong,
    as_number,
    as_numbers,
    as_parts,
    as_share,
    expect_array,
)

X = np.array([1.0, 2.0, 3.0])


def told(check, *values, **more) -> str:
    with pytest.raises(Wrong) as wrong:
        check(*values, **more)
    return str(wrong.value)


@pytest.mark.parametrize(
    "same",
    [
        [1, 2, 3],
        (1.0, 2, np.float32(3)),
        torch.tensor([1.0, 2, 3], requires_grad=True),
        [torch.tensor(1.0, requires_grad=True), torch.tensor(2.0), torch.tensor(3.0)],
        [Fraction(1), Fraction(2), 3],
        [Decimal(1), Decimal(2), Decimal(3)],
        np.array([1, 2, 3], dtype=np.uint8),
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_that_holds_numbers_is_an_array(same):
    assert as_numbers(same).tolist() == [1.0, 2.0, 3.0]
    expect_array(same, X)


def test_tensors_with_gradients_may_lie_in_nested_lists():
    rows = [[torch.tensor(each, requires_grad=True) for each in X] for _ in range(2)]
    expect_array(rows, [X, X])


def test_a_sparse_matrix_is_read_as_the_array_it_stands_for():
    expect_array(sparse.csr_array([X, 0 * X]), [X, 0 * X])


def test_an_integer_beyond_all_floats_is_told_to_be_none():
    assert "no array" in told(as_number, 10**400)


def test_numbers_that_differ_late_are_told_with_more_digits():
    message = told(expect_array, 2.00004, 2.0)
    assert "is 2.00004, expected 2" in message


class Variable:
    """What Keras and others have: an array if it is asked to be one."""

    def __array__(self, dtype=None, copy=None):
        return X.astype(dtype or float)


def test_variables_of_other_frameworks_are_arrays_too():
    assert as_numbers(Variable()).tolist() == X.tolist()


@pytest.mark.parametrize("odd", ["a", [True], [None, 1], 2j, {"a": 1}, [[1], [2, 3]]])
def test_what_holds_no_real_numbers_is_refused(odd):
    assert "real numbers" in (message := told(as_numbers, odd)) or "no array" in message


@pytest.mark.parametrize("read", [as_number, as_share])
def test_nan_and_infinity_have_words_of_their_own(read):
    assert "is nan, expected a number: nan is what 0 / 0" in told(read, np.nan)
    assert "is inf, expected a number: it is infinite" in told(read, np.inf)
    assert "is -inf" in told(read, -np.inf)


def test_a_share_is_from_zero_to_one():
    assert "the accuracy is 1.5, expected a share from 0 to 1" in told(as_share, 1.5)


def test_a_wrong_value_is_told_with_its_argument():
    message = told(expect_array, [2, 3, 6], 2 * X, x=X)
    assert message == "the result for x = 2 is 3, expected 4."
    message = told(expect_array, 3.0, 6.0, x=X, y=np.ones(20))
    assert message == (
        "the result is 3, expected 6 for x = [1., 2., 3.], y of shape (20,)."
    )
    message = told(expect_array, [1, 2], [1, 3], "W", x=X)
    assert message == "W at index 1 is 2, expected 3 for x = [1., 2., 3.]."


def test_nan_and_infinite_values_are_told_apart():
    assert "is nan, expected 2: nan is what" in told(expect_array, np.nan, 2.0)
    assert "is inf, expected 2: it is infinite" in told(expect_array, np.inf, 2.0)
    assert told(expect_array, 1.0, np.nan) == "the result is 1, expected nan."
    expect_array([np.nan, np.inf], [np.nan, np.inf])
    assert "expected -inf" in told(expect_array, np.inf, -np.inf)


def test_yes_and_no_may_be_asked_for():
    expect_array([True, False], np.array([True, False]))
    expect_array([1, 0], np.array([True, False]))
    assert "is 0, expected 1" in told(expect_array, [False], np.array([True]))
    assert "must hold real numbers" in told(expect_array, [True], np.array([1.0]))


def test_parts_are_counted():
    assert as_parts((1, 2), ("W", "b")) == [1, 2]
    assert as_parts(torch.tensor([1, 2]), ("W", "b")) == [1, 2]
    message = told(as_parts, (1, 2, 3), ("W", "b"), x=X)
    assert message == (
        "return 2 values, W and b; it returned 3 values for x = [1., 2., 3.]."
    )
    for odd in (5, "ab", {1, 2}, np.array(1.0), None):
        assert "return 2 values, W and b; it returned" in told(
            as_parts, odd, ("W", "b")
        )


def test_an_input_of_arrays_of_several_shapes_is_no_array_and_hides_no_mistake():
    gradients = [np.ones((2, 2)), np.ones(3)]
    message = told(expect_array, [1.0, 2.0], [1.0, 3.0], gradients=gradients)
    assert message.startswith("the result at index 1 is 2, expected 3")


@pytest.mark.parametrize(("got", "right"), [(0.19661193, 0.19663), (-7.00001, -7.0)])
def test_numbers_that_differ_are_told_with_digits_that_differ(got, right):
    message = told(expect_array, np.array([got]), [right])
    said, expected = message.rstrip(".").split(" is ")[1].split(", expected ")
    assert said != expected
    assert (float(said), float(expected)) == pytest.approx((got, right), rel=1e-5)
