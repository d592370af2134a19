"""What a model server tells of an exception."""

import pytest

from localaws.serving import exchange


@pytest.mark.parametrize(
    ("status", "expected"), [(418, 418), (200, 500), ("400", 500), (600, 500)]
)
def test_an_error_may_choose_the_status_of_an_error_only(status, expected):
    error = ValueError()
    error.status_code = status
    answer = exchange.failure(error, "")
    assert answer.status == expected
    assert answer.body.startswith(b"ValueError\n")  # it has no words of its own


def test_the_message_of_a_toolkit_error_comes_first_then_the_traceback():
    error = ValueError("of Python")
    error.message = "of the toolkit"
    assert exchange.failure(error, "trace").body == b"of the toolkit\ntrace"
    assert exchange.failure(ValueError("x"), "").body == b"x\n"
