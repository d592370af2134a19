import numpy as np
import pytest

from course.shots import Shots

Y = np.concatenate([np.repeat(np.arange(3), 20), [0, 1, 2, 2]])


@pytest.fixture
def shots():
    return Shots(Y, classes=3, each=20, sizes=(1, 5))


@pytest.mark.parametrize("k", [1, 5, 20])
def test_as_many_of_each_class_are_drawn_from_the_pool_alone(shots, k):
    rows = shots.few(k, 7)
    assert np.bincount(Y[rows]).tolist() == [k, k, k]
    assert len(set(rows)) == 3 * k and set(rows) <= set(range(60))


def test_a_seed_draws_the_same_rows_and_another_one_others(shots):
    assert np.array_equal(shots.few(5, 1), shots.few(5, 1))
    assert not np.array_equal(shots.few(5, 1), shots.few(5, 2))


def test_a_score_is_the_share_of_right_answers_on_the_test(shots):
    assert shots.share(lambda rows, seed, setting, asked: Y[asked], 5, 0, 1) == 1
    assert shots.share(lambda *_: np.full(4, 2), 5, 0, 1) == 0.5


def test_a_setting_is_chosen_by_what_was_not_drawn_and_without_the_test(shots):
    def method(rows, seed, setting, asked):
        assert not set(asked) & (set(shots.test) | set(rows)) and len(asked) == 45
        return Y[asked] if setting == "right" else 0 * asked

    for settings in (["wrong", "right"], ["right", "wrong"]):
        assert shots.tuned(method, settings, 5, 1) == "right"


def test_a_comparison_scores_each_seed_with_the_setting_tuned_before(shots):
    asked_for = []

    def method(rows, seed, setting, asked):
        asked_for.append((len(rows), seed, setting, len(asked)))
        return Y[asked] if setting == 2 else 0 * asked

    table = shots.compare("mine", method, (1, 2), [8, 9])
    assert asked_for[:4] == [(3, 8, 1, 57), (3, 8, 2, 57), (3, 8, 2, 4), (3, 9, 2, 4)]
    assert shots.found["mine", 5].tolist() == [1, 1] and shots.mean("mine", 1) == 1
    assert (
        table.splitlines()[1] == "mine           5 of each, setting 2    : 1.00 ± 0.00"
    )


def test_the_mean_and_the_spread_are_over_the_seeds(shots):
    table = shots.compare(
        "a", lambda r, s, c, asked: Y[asked] if s else 0 * asked, [1], [0, 1]
    )
    assert shots.mean("a", 5) == pytest.approx(0.625) and "0.62 ± 0.38" in table


def test_a_pool_in_another_order_is_told():
    with pytest.raises(ValueError, match="sort the pool by class"):
        Shots(Y[::-1], classes=3, each=20)


def test_more_than_the_pool_has_cannot_be_drawn():
    with pytest.raises(ValueError, match="50 of each cannot be drawn, expected <= 20"):
        Shots(Y, classes=3, each=20)
