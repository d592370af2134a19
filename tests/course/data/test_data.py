import pytest

from course import data


def test_a_data_set_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        data.load("digits").x_train[0] = 1


def test_an_unknown_name_is_answered_with_the_names_and_the_nearest():
    with pytest.raises(ValueError, match=r'"minst".*mean "mnist".*digits, mnist1d'):
        data.load("minst")
