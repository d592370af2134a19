"""The exercises of lesson 12: answers that are wrong, right, and not attempted."""

import numpy as np
from scipy.fft import dct

from course import audio

RISE = np.sqrt(26) * np.log(100)


def power(x):
    return np.mean(np.square(x))


def mirrored(hertz, rate):
    """Up to the rate, then down again."""
    left = hertz % rate
    return np.minimum(left, rate - left)


def by_angle(hertz, rate):
    turn = np.exp(2j * np.pi * np.asarray(hertz) / rate)
    return np.abs(np.angle(turn)) * rate / (2 * np.pi)


def one_by_one(hertz, rate):
    return [min(f % rate, rate - f % rate) for f in hertz]


def mixed(sound, noise, decibels, factor=10):
    return sound + noise * np.sqrt(power(sound) / power(noise)) / 10 ** (
        decibels / factor / 2
    )


def by_levels(sound, noise, decibels):
    levels = [10 * np.log10(power(each)) for each in (sound, noise)]
    return np.add(sound, noise * 10 ** ((levels[0] - levels[1] - decibels) / 20))


def by_norms(sound, noise, decibels):
    ratio = np.linalg.norm(sound) / np.linalg.norm(noise)
    return sound + noise * (ratio * 10 ** (-decibels / 20))


def in_place(sound, noise, decibels):
    sound += mixed(sound, noise, decibels) - sound
    return sound


def by_peaks(sound, noise, decibels):
    ratio = np.abs(sound).max() / np.abs(noise).max()
    return sound + noise * ratio / 10 ** (decibels / 20)


def by_sizes(sound, noise, decibels):
    ratio = np.abs(sound).mean() / np.abs(noise).mean()
    return sound + noise * ratio / 10 ** (decibels / 20)


def by_variance(sound, noise, decibels):
    ratio = (np.var(sound) + 1e-12) / (np.var(noise) + 1e-12)
    return sound + noise * np.sqrt(ratio / 10 ** (decibels / 10))


WRONG = {
    "alias": {
        "one fold": lambda hertz, rate: np.where(hertz > rate / 2, rate - hertz, hertz),
        "one fold, its size": lambda hertz, rate: np.where(
            hertz > rate / 2, np.abs(rate - hertz), hertz
        ),
        "the remainder": lambda hertz, rate: hertz % rate,
        "cut off": lambda hertz, rate: np.minimum(hertz, rate / 2),
        "of half the rate": lambda hertz, rate: hertz % (rate / 2),
        "with a sign": lambda hertz, rate: hertz - rate * np.round(hertz / rate),
        "as it is": lambda hertz, rate: hertz,
        "silent": lambda hertz, rate: np.where(hertz > rate / 2, 0, hertz),
        "for 8000": lambda hertz, rate: mirrored(hertz, 8000),
        "turned round": lambda hertz, rate: rate / 2 - mirrored(hertz, rate),
        "five tones": lambda hertz, rate: mirrored(hertz[:5], rate),
        "whole hertz": lambda hertz, rate: np.round(mirrored(hertz, rate)),
        "up to twice the rate": lambda hertz, rate: np.where(
            hertz < 2 * rate, mirrored(hertz, rate), hertz - 2 * rate
        ),
        "nothing": lambda hertz, rate: None,
    },
    "mix": {
        "no root": lambda s, n, d: s + n * power(s) / power(n) / 10 ** (d / 10),
        "of amplitudes": lambda s, n, d: mixed(s, n, d, 5),
        "by 20": lambda s, n, d: mixed(s, n, d, 20),
        "turned round": lambda s, n, d: mixed(s, n, -d),
        "noise as if of power 1": lambda s, n, d: (
            s + n * np.sqrt(power(s) / 10 ** (d / 10))
        ),
        "sound as if of power 1": lambda s, n, d: (
            s + n / np.sqrt(power(n) * 10 ** (d / 10))
        ),
        "the noise alone": lambda s, n, d: mixed(s, n, d) - s,
        "as it is": lambda s, n, d: s + n,
        "natural": lambda s, n, d: (
            s + n * np.sqrt(power(s) / power(n) / np.exp(d / 10))
        ),
        "by peaks": by_peaks,
        "by sizes": by_sizes,
        "by variance": by_variance,
        "sums, not means": lambda s, n, d: (
            s + n * np.sqrt(np.sum(s**2) / power(n) / 10 ** (d / 10))
        ),
        "in place": in_place,
        "a thousand samples": lambda s, n, d: mixed(s, n, d)[:1000],
        "of the first thousand": lambda s, n, d: (
            s + (mixed(s[:1000], n[:1000], d) - s[:1000])[0] / n[0] * n
        ),
        "the sound louder": lambda s, n, d: (
            s * np.sqrt(power(n) / power(s) * 10 ** (d / 10)) + n
        ),
        "nothing": lambda s, n, d: None,
    },
    "louder": {
        "all of them": (list(range(13)), RISE),
        "counted from 1": ([1], RISE),
        "none": ([], RISE),
        "the first two": ([0, 1], RISE),
        "a number": (0, RISE),
        "of a band": ([0], np.log(100)),
        "tenfold power": ([0], RISE / 2),
        "in decibels": ([0], 20.0),
        "a sum": ([0], 26 * np.log(100)),
        "a fall": ([0], -RISE),
        "TensorFlow's": ([0], np.sqrt(2) * RISE),
        "near": ([0], 23.0),
        "exchanged": (RISE, [0]),
        "not a number": ([0], float("nan")),
        "text": ("0", RISE),
    },
    "farther": {
        "the misconception": (0.985, 0.9),
        "coefficient 0 kept": (0.82, 0.1),
        "coefficient 0 kept, a louder seed": (0.875, 0.1),
        "exchanged": (0.1, 0.985),
        "both with it": (0.985, 0.985),
        "both without it": (0.1, 0.1),
        "louder, not quieter": (0.985, 0.575),
        "errors": (0.015, 0.9),
        "percent": (98.5, 10.0),
        "other labels": (0.985, 0.02),
        "nothing right": (0.985, 0.0),
        "not a number": (0.985, float("nan")),
        "a list": ([0.985], [0.1]),
        "text": ("0.985", "0.1"),
        "nothing": (None, None),
    },
}
RIGHT = {
    "alias": [mirrored, by_angle, one_by_one],
    "mix": [mixed, by_levels, by_norms],
    "louder": [([0], RISE), (np.array([0]), 23.48), ((0,), np.float32(23.5))],
    "farther": [(0.985, 0.1), (np.float64(0.953), 0.353), (1, np.float32(0.3))],
}
SAYS = {
    "alias": {
        "one fold": "above it",
        "the remainder": "mirrored",
        "cut off": "heard elsewhere",
        "with a sign": "not negative",
    },
    "mix": {
        "no root": "take its root",
        "of amplitudes": "not of amplitudes",
        "turned round": "turn the ratio around",
        "the noise alone": "add it to the sound",
        "in place": "it changes sound itself",
    },
    "louder": {
        "all of them": "not in all of them",
        "counted from 1": "count as Python does",
        "of a band": "the transform is not done yet",
        "the first two": "[0, 1] is not where",
        "tenfold power": "the amplitude is ten times",
    },
    "farther": {
        "the misconception": "as loud as they were",
        "coefficient 0 kept": "Leave out coefficient 0",
        "exchanged": "exchanged",
        "both with it": "really gone",
        "other labels": "below guessing",
    },
}
STUBS = {
    "alias": lambda hertz, rate: ...,
    "mix": lambda sound, noise, decibels: ...,
    "louder": (..., ...),
    "farther": (..., ...),
}

RNG = np.random.default_rng(0)
SOUNDS = RNG.normal(size=(3, 2000))
# The lesson's definitions are compared with those of course.audio on these.
NEEDS = {
    "np": np,
    "dct": dct,
    "audio": audio,
    "x": SOUNDS,
    "rate": 8000,
    **{name: getattr(audio, name) for name in ("mel", "hertz", "summary", "window")},
}
ARGUMENTS = {
    "frames": [SOUNDS, 200, 60],
    "spectrogram": [SOUNDS, 128, 50],
    "mel_filters": [16000, 512, 30],
    "mfcc": [SOUNDS, 8000, 7, 20, 0.1],
}


def heard(answer):
    found = []
    for size, rate in [(1, 8000), (7, 44100), (30, 1000), (3, 16000)]:
        hertz = rate * np.random.default_rng(size).uniform(0, 5, size)
        hertz[-1] = 0.3 * rate
        found += [np.asarray(answer(hertz, rate)), hertz]
    return found


def together(answer):
    rng, found = np.random.default_rng(5), []
    for size, decibels in [(1, 10.0), (2, -4.5), (9, 0.0), (40, 25.0), (2400, 3.0)]:
        sound, noise = 3 * rng.normal(1, 1, size), rng.normal(0.2, 1, size)
        found += [np.asarray(answer(sound, noise, decibels)), sound, noise]
    return found


PROBES = {"alias": heard, "mix": together}
