"""Sound as numbers, compared with TensorFlow's `tf.signal` and with sines."""

import numpy as np
import pytest

from course import audio

RATE = 8000
RNG = np.random.default_rng(0)
SOUNDS = RNG.normal(size=(3, 2000))


def sine(hertz, rate=RATE, samples=2000):
    return np.sin(2 * np.pi * hertz * np.arange(samples) / rate)


@pytest.mark.parametrize(("length", "step"), [(256, 128), (200, 80), (2000, 1)])
def test_the_spectrogram_is_tensorflows(length, step):
    import tensorflow as tf

    # in TensorFlow a frame is filled up to a power of two unless it is told
    theirs = np.abs(tf.signal.stft(SOUNDS, length, step, fft_length=length)) ** 2
    ours = audio.spectrogram(SOUNDS, length, step)
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6 * ours.max())


@pytest.mark.parametrize(
    ("rate", "length", "count"), [(8000, 256, 26), (16000, 512, 40), (8000, 250, 5)]
)
def test_the_mel_filters_are_tensorflows(rate, length, count):
    import tensorflow as tf

    theirs = tf.signal.linear_to_mel_weight_matrix(
        count, length // 2 + 1, rate, 0.0, rate / 2, dtype=tf.float64
    )
    ours = audio.mel_filters(rate, length, count)
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_the_mfcc_are_tensorflows_but_for_the_first_which_is_root_two_larger():
    import tensorflow as tf

    bands = audio.log_mel(SOUNDS, RATE)
    theirs = tf.signal.mfccs_from_log_mel_spectrograms(bands).numpy()[..., :13]
    theirs[..., 0] /= np.sqrt(2)
    np.testing.assert_allclose(audio.mfcc(SOUNDS, RATE), theirs, atol=1e-9)


@pytest.mark.parametrize("hertz", [500, 1000, 3000])
def test_a_sine_has_its_power_at_its_frequency_and_in_the_filter_there(hertz):
    power = audio.spectrogram(sine(hertz))
    assert (power.argmax(axis=-1) * RATE / 256 == hertz).all()
    bands = power @ audio.mel_filters(RATE)
    middles = audio.hertz(np.linspace(0, audio.mel(RATE / 2), 28))[1:-1]
    assert (bands.argmax(axis=-1) == np.abs(middles - hertz).argmin()).all()


def test_a_louder_sound_moves_only_the_first_coefficient():
    quiet, loud = (audio.mfcc(gain * SOUNDS, RATE) for gain in (100, 1000))
    np.testing.assert_allclose(loud[..., 1:], quiet[..., 1:], atol=1e-6)
    rise = np.sqrt(26) * np.log(100)
    np.testing.assert_allclose(loud[..., 0] - quiet[..., 0], rise, atol=1e-6)


def test_mel_and_hertz_undo_each_other_and_a_thousand_is_a_thousand():
    places = np.linspace(0, 4000, 9)
    np.testing.assert_allclose(audio.hertz(audio.mel(places)), places)
    assert abs(audio.mel(1000) - 1000) < 0.1


def test_frames_overlap_and_drop_the_rest():
    np.testing.assert_array_equal(
        audio.frames(np.arange(9), 4, 2), [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]
    )
    assert audio.frames(SOUNDS[0, :256]).shape == (1, 256)


def test_the_summary_is_mean_and_deviation_over_the_frames():
    rows = RNG.normal(size=(4, 7, 3))
    found = audio.summary(rows)
    np.testing.assert_allclose(found[2, 1], rows[2, :, 1].mean())
    np.testing.assert_allclose(found[2, 4], rows[2, :, 1].std())
    assert found.shape == (4, 6)


@pytest.mark.parametrize("decibels", [-3, 10, 30])
def test_the_noise_is_as_many_decibels_below_the_sounding_part(decibels):
    x = np.stack([sine(440, samples=40_000), 0.1 * sine(900, samples=40_000)])
    x[:, 20_000:] = 0
    noise = audio.add_noise(x, decibels, np.random.default_rng(1)) - x
    for half in (noise[:, :20_000], noise[:, 20_000:]):
        ratio = x[:, :20_000].var(axis=-1) / half.var(axis=-1)
        np.testing.assert_allclose(10 * np.log10(ratio), decibels, atol=0.3)


def test_noise_leaves_its_argument_alone_and_silence_silent():
    x = np.zeros((2, 300), np.float32)
    noisy = audio.add_noise(x, 10, np.random.default_rng(1))
    assert noisy.dtype == x.dtype and not noisy.any() and noisy is not x
    assert np.isfinite(audio.mfcc(x, RATE)).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: audio.frames(np.zeros(100)), 'length is "256", expected 1 to 100'),
        (lambda: audio.frames(SOUNDS, 0), 'length is "0"'),
        (lambda: audio.frames(SOUNDS, step=0), 'step is "0", expected at least 1'),
        (lambda: audio.mel_filters(RATE, 64, 40), 'count is "40".*fewer filters'),
        (lambda: audio.mfcc(SOUNDS, RATE, 27), 'coefficients is "27", expected 1 to'),
    ],
)
def test_what_cannot_be_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()
