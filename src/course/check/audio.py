"""The exercises of lesson 12: sampling, decibels, coefficients and the logarithm."""

import numpy as np

from course.check import (
    SIZES,
    NotAttempted,
    as_number,
    as_numbers,
    as_share,
    exercise,
    expect,
    expect_same,
    numbers,
)

KEPT = 0.9  # an accuracy that did not notice how loud the sounds are
FALLEN, GUESSED = 0.5, 0.05  # one that did, and less than guessing gives


@exercise(
    "Adding the rate to a frequency gives the same samples; so does turning its sign.",
    "Take off the nearest multiple of the rate. What is left may be negative.",
    "abs(hertz - rate * np.round(hertz / rate))",
)
def alias(answer):
    """A function (hertz, rate) -> the frequency, 0 to rate / 2, that is heard."""
    expect_same(
        answer,
        _alias,
        _tones,
        cases=[{"hertz": np.array([0.0, 3000, 5000, 8000, 19000]), "rate": 8000}],
        mistakes={
            "that is right up to the rate; what about a frequency above it?": (
                lambda hertz, rate: np.where(hertz > rate / 2, rate - hertz, hertz)
            ),
            "the remainder still goes up to the rate; the upper half is mirrored.": (
                lambda hertz, rate: hertz % rate
            ),
            "a tone above half the rate is not cut off: it is heard elsewhere.": (
                lambda hertz, rate: np.minimum(hertz, rate / 2)
            ),
            "half the rate is where the mirror stands, not what repeats.": (
                lambda hertz, rate: hertz % (rate / 2)
            ),
            "a frequency is not negative: what does the sign of a sine's change?": (
                lambda hertz, rate: hertz - rate * np.round(hertz / rate)
            ),
        },
    )
    return "Filter what lies above half the rate away before you sample: after is late."


def _alias(hertz, rate):
    return np.abs(hertz - rate * np.round(np.asarray(hertz) / rate))


def _tones(rng, size):
    rate = int(rng.choice([8000, 16000, 22050, 44100, 1000]))
    hertz = rate * rng.uniform(0, 6, size)
    hertz[rng.random(size) < 0.2] = rate / 4  # some that are heard as they are
    return {"hertz": hertz, "rate": rate}


@exercise(
    "Power is the mean of the squares. How many times less must that of the noise be?",
    "10 dB are a factor of 10 in power: the ratio is 10 ** (decibels / 10).",
    "What you multiply is the amplitude: the root of the factor that the power needs.",
)
def mix(answer):
    """A function (sound, noise, decibels) -> sound + noise, so many decibels apart."""
    expect_same(
        answer,
        _mix,
        _sound_and_noise,
        sizes=(*SIZES, 2500),
        mistakes={
            "the factor in power is used as one in amplitude: take its root.": (
                lambda sound, noise, decibels: (
                    sound
                    + noise * _power(sound) / _power(noise) / 10 ** (decibels / 10)
                )
            ),
            "the ratio of 10 ** (decibels / 10) is one of powers, not of amplitudes.": (
                lambda sound, noise, decibels: _mix(sound, noise, 2 * decibels)
            ),
            "the noise stands above the sound here: turn the ratio around.": (
                lambda sound, noise, decibels: _mix(sound, noise, -decibels)
            ),
            "the noise has a power of its own: divide by it.": (
                lambda sound, noise, decibels: (
                    sound + noise * np.sqrt(_power(sound) / 10 ** (decibels / 10))
                )
            ),
            "the power of the sound counts, too: how loud is it?": (
                lambda sound, noise, decibels: (
                    sound + noise / np.sqrt(_power(noise) * 10 ** (decibels / 10))
                )
            ),
            "that is the noise alone: add it to the sound.": (
                lambda sound, noise, decibels: _mix(sound, noise, decibels) - sound
            ),
        },
    )
    return "Decibels are ten times the logarithm of a ratio of powers."


def _power(x):
    return np.mean(np.square(np.asarray(x, float)))


def _mix(sound, noise, decibels):
    ratio = _power(sound) / _power(noise) / 10 ** (decibels / 10)
    return sound + np.sqrt(ratio) * noise


def _sound_and_noise(rng, size):
    """A sound and a noise of other sizes, neither of them silent, not around 0."""
    parts = {name: numbers(rng, size, low=-9, high=9) for name in ("sound", "noise")}
    for part in parts.values():
        part[0] = rng.choice([-2.5, 3.25])
    return {**parts, "decibels": float(rng.choice([-7, 0, 3, 10, 26])) + rng.uniform()}


@exercise(
    "Compute the coefficients of both, and look where they differ by more than 0.01.",
    "Ten times the amplitude is a hundred times the power in every band; the logarithm "
    "adds the same to each band. What does the cosine transform make of a constant?",
    "np.abs(loud - quiet).max(axis=0) has one entry for each coefficient.",
)
def louder(which, rise):
    """The coefficients that change if a sound is 10 times louder, and their rise."""
    if which is ...:
        raise NotAttempted
    places, got = as_numbers(which, "the list"), as_number(rise, "the rise")
    right = np.sqrt(26) * np.log(100)
    expect(places.ndim == 1, "the list holds numbers of coefficients, such as [3, 5].")
    expect(
        len(places) < 13,
        "the loudness is not in all of them: compare the two, coefficient by "
        "coefficient.",
    )
    expect(
        list(places) != [1],
        "the first is number 0: count as Python does.",
    )
    told = ", ".join(f"{place:g}" for place in places)
    expect(list(places) == [0], f"[{told}] is not where they differ.")
    for value, words in {
        np.log(100): "what each band rises by; the transform is not done yet",
        np.log(10) * np.sqrt(26): "for ten times the power; the amplitude is ten times",
        20.0: "in decibels; we took the natural logarithm",
        26 * np.log(100): "the plain sum; the orthonormal transform divides by √26",
    }.items():
        expect(abs(got - value) > 0.02, f"{got:g} is {words}.")
    expect(got > 0, f"{got:g} is no rise: loud minus quiet.")
    expect(abs(got - right) < 0.1, f"{got:g} is not it: take loud minus quiet.")
    return "Leave coefficient 0 out, and the loudness is gone."


@exercise(
    "Coefficient 0 holds the loudness (exercise 3): leave it out, mean and deviation.",
    "Four times quieter is a sixteenth of the power. What does the logarithm make of a "
    "factor, and what the cosine transform of a constant?",
    "summary(mfcc(x, rate)[..., 1:13]) to train, the same of x_test / 4 to test; then "
    "dct(spectrogram(x) @ filters, type=2, norm='ortho', axis=-1) in place of mfcc.",
)
def farther(with_logarithm, without_logarithm):
    """Two accuracies on quiet sounds, with and without the logarithm."""
    having = as_share(with_logarithm, "the accuracy with the logarithm")
    lacking = as_share(without_logarithm, "the accuracy without it")
    expect(
        having != lacking,
        f"both are {having:g}: is the logarithm really gone from one of the two?",
    )
    expect(
        having > lacking,
        f"{having:g} with and {lacking:g} without: are the two exchanged?",
    )
    expect(
        lacking < FALLEN,
        f"{lacking:g} without the logarithm is what loud sounds give: are the test "
        "sounds four times quieter, and the training sounds as loud as they were?",
    )
    expect(
        lacking > GUESSED,
        f"{lacking:g} is below guessing among ten classes: are the labels those of "
        "the test sounds?",
    )
    expect(
        having > KEPT,
        f"{having:g} with the logarithm: the loudness is still in it. Leave out "
        "coefficient 0, and take the same 12 to train and to test.",
    )
    return (
        "The logarithm turns a factor into a constant, and a constant is coefficient 0 "
        "alone; without it the loudness is in every coefficient."
    )
