import numpy as np
import pytest
from sklearn.datasets import load_digits

from course import data
from course.data import offline

TEXTS = ("place_names", "docstrings")


@pytest.mark.parametrize("name", data.OFFLINE)
def test_offline_sets_are_float32_or_text_with_int64_labels_of_every_class(name):
    got = data.load(name)
    for x, y in [(got.x_train, got.y_train), (got.x_test, got.y_test)]:
        assert x.dtype == np.float32 or (name in TEXTS and x.dtype.kind == "U")
        assert (y.dtype, len(x)) == (np.int64, len(y))
        assert set(y) == set(range(len(got.classes)))


def test_digits_are_scikit_learns_split_without_loss_or_overlap():
    got = data.load("digits")
    theirs = sorted((load_digits().images / 16).astype(np.float32).tolist())
    assert got.x_train.shape == (1437, 8, 8)
    assert sorted([*got.x_train.tolist(), *got.x_test.tolist()]) == theirs


def test_mnist1d_has_the_papers_size_and_is_standardised():
    got = data.load("mnist1d")
    whole = np.concatenate([got.x_train, got.x_test])
    assert (got.x_train.shape, got.x_test.shape) == ((4000, 40), (1000, 40))
    assert abs(whole.mean()) < 1e-5
    assert abs(whole.std() - 1) < 1e-5


def test_making_mnist1d_leaves_the_global_random_state_alone():
    np.random.seed(7)
    expected = np.random.random()
    np.random.seed(7)
    offline.mnist1d()
    assert np.random.random() == expected


@pytest.mark.parametrize("name", ["glyphs", "place_names", "vowels"])
def test_what_is_generated_is_the_same_every_time(name):
    once, twice = data.load(name), data.OFFLINE[name]()
    assert np.array_equal(once.x_test, twice.x_test)
    assert np.array_equal(once.y_train, twice.y_train)


def test_glyphs_are_balanced_images_of_letters_in_fonts_that_draw_them():
    got = data.load("glyphs")
    assert (got.x_train.shape, got.x_test.shape) == ((10000, 28, 28), (2000, 28, 28))
    assert np.bincount(got.y_test).tolist() == [200] * 10
    assert 0 <= got.x_train.min() < got.x_train.max() <= 1
    ink = [got.x_train[got.y_train == k].mean(axis=0).max() for k in range(10)]
    assert min(ink) > 0.2  # a font that lacks a letter would draw it as a box or not


def test_no_font_family_of_the_glyphs_is_on_both_sides():
    def families(fonts):
        return {font.split("-")[0][:4] for font in fonts}

    assert not families(offline.TRAINING_FONTS) & families(offline.TEST_FONTS)


def test_no_place_name_has_two_languages_or_is_in_both_parts():
    got = data.load("place_names")
    names = [*got.x_train, *got.x_test]
    assert len(names) == len(set(names)) > 7000
    assert "angola" not in names
    assert "deutschland" in names
    assert len(set(got.y_train)) == len(got.classes) == 15


def test_vowels_have_their_formants_where_peterson_and_barney_measured_them():
    got = data.load("vowels")
    spectrum = np.abs(np.fft.rfft(got.x_train, axis=1))
    hertz = np.fft.rfftfreq(got.x_train.shape[1], 1 / offline.RATE)
    low = (hertz > 150) & (hertz < 1500)
    centres = [
        (spectrum[got.y_train == k][:, low].mean(axis=0) * hertz[low]).sum()
        / spectrum[got.y_train == k][:, low].mean(axis=0).sum()
        for k in range(10)
    ]
    assert np.argmin(centres) in (0, 7)  # "i" and "u" have the lowest first formant
    assert np.corrcoef(centres, offline.FORMANTS.mean(axis=0)[1])[0, 1] > 0.8


def test_vowels_are_clips_of_a_quarter_second_with_a_peak_of_one():
    got = data.load("vowels")
    assert got.x_test.shape == (400, 2000)
    assert np.allclose(np.abs(got.x_test).max(axis=1), 1)
