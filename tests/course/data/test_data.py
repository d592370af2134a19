import pytest

from course import data


def test_a_data_set_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        data.load("digits").x_train[0] = 1


def test_an_unknown_name_is_answered_with_the_names_and_the_nearest():
    with pytest.raises(ValueError, match=r'"minst".*mean "mnist".*digits, mnist1d'):
        data.load("minst")


def test_pixels_are_whole_numbers_that_can_be_written_to():
    digits = data.load("digits")
    (x, y), (x_test, y_test) = digits.pixels()
    assert x.dtype == x_test.dtype == "uint8" and (x.min(), x.max()) == (0, 255)
    assert abs(x_test / 255 - digits.x_test).max() <= 0.5 / 255 + 1e-6
    assert (y == digits.y_train).all() and (y_test == digits.y_test).all()
    x[0], y[0] = 1, 1
