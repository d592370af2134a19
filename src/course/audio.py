"""Sound as numbers: frames, spectrogram, mel filters, MFCC, and noise by decibels.

A sound is an array (..., samples) at `rate` samples a second. The windows, the mel
scale and the filters are those of TensorFlow's `tf.signal`, and so is the MFCC but for
its first coefficient.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import dct

Array = np.ndarray

LENGTH, STEP = 256, 128  # samples of a frame, and from frame to frame
FILTERS, COEFFICIENTS = 26, 13
FLOOR = 1e-6  # added to a power before its logarithm: silence has one, too


def frames(x: ArrayLike, length: int = LENGTH, step: int = STEP) -> Array:
    """Pieces of x (..., samples), one every `step` samples: (..., frames, length).

    What is left at the end is dropped. Raises ValueError for a sound shorter than one
    frame, and for a step below 1.
    """
    x = np.asarray(x)
    if step < 1:
        raise ValueError(f'step is "{step}", expected at least 1 sample.')
    if not 1 <= length <= x.shape[-1]:
        raise ValueError(
            f'length is "{length}", expected 1 to {x.shape[-1]}, the samples of the '
            "sound: take shorter frames or fill the sound up."
        )
    pieces = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)
    return pieces[..., ::step, :]


def window(length: int) -> Array:
    """Hann's window (length,), periodic: 0 at the start, 1 in the middle."""
    return np.hanning(length + 1)[:-1]


def spectrogram(x: ArrayLike, length: int = LENGTH, step: int = STEP) -> Array:
    """Power of each frequency in each frame: (..., frames, length // 2 + 1).

    Entry k belongs to k * rate / length hertz.
    """
    return np.abs(np.fft.rfft(frames(x, length, step) * window(length))) ** 2


def mel(hertz: ArrayLike) -> Array:
    """Frequency on the mel scale: 1127 ln(1 + hertz / 700) (O'Shaughnessy 1987)."""
    return 1127 * np.log1p(np.asarray(hertz) / 700)


def hertz(mel: ArrayLike) -> Array:
    """The frequency in hertz that has so many mel."""
    return 700 * np.expm1(np.asarray(mel) / 1127)


def mel_filters(rate: float, length: int = LENGTH, count: int = FILTERS) -> Array:
    """Overlapping triangles (length // 2 + 1, count), equally spaced and wide in mel.

    They reach from 0 to rate / 2 hertz; a spectrogram @ them has the power in each
    band. Raises ValueError for a band that holds no frequency of the frame.
    """
    places = mel(np.arange(length // 2 + 1) * rate / length)[:, None]
    corners = np.linspace(0, mel(rate / 2), count + 2)
    low, middle, high = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (places - low) / (middle - low), (high - places) / (high - middle)
    filters = np.maximum(0, np.minimum(rising, falling))
    if (filters.max(axis=0) <= 0).any():
        raise ValueError(
            f'count is "{count}", but {length} samples at {rate:g} Hz leave a band '
            "without a frequency: take fewer filters or longer frames."
        )
    return filters


def log_mel(
    x: ArrayLike, rate: float, count: int = FILTERS, floor: float = FLOOR
) -> Array:
    """Natural logarithm of the power in each mel band: (..., frames, count)."""
    return np.log(spectrogram(x) @ mel_filters(rate, LENGTH, count) + floor)


def mfcc(
    x: ArrayLike,
    rate: float,
    coefficients: int = COEFFICIENTS,
    count: int = FILTERS,
    floor: float = FLOOR,
) -> Array:
    """Mel-frequency cepstral coefficients: (..., frames, coefficients).

    The orthonormal cosine transform (type II) of `log_mel` (Davis & Mermelstein 1980).
    Raises ValueError for more coefficients than filters.
    """
    if not 1 <= coefficients <= count:
        raise ValueError(
            f'coefficients is "{coefficients}", expected 1 to {count}, the filters.'
        )
    bands = log_mel(x, rate, count, floor)
    return dct(bands, type=2, norm="ortho", axis=-1)[..., :coefficients]


def summary(rows: ArrayLike) -> Array:
    """Mean and standard deviation over the frames: (..., frames, n) to (..., 2 n)."""
    rows = np.asarray(rows)
    return np.concatenate([rows.mean(axis=-2), rows.std(axis=-2)], axis=-1)


def add_noise(x: ArrayLike, decibels: float, rng: np.random.Generator) -> Array:
    """x (..., samples) with white noise, `decibels` below the power of each sound.

    The power is the mean over the samples that are not exactly 0: silence that was
    filled in does not count, but the noise is in it, too.
    """
    x = np.asarray(x)
    sounding = np.maximum((x != 0).sum(axis=-1, keepdims=True), 1)
    power = (x.astype(float) ** 2).sum(axis=-1, keepdims=True) / sounding
    spread = np.sqrt(power / 10 ** (decibels / 10))
    return (x + spread * rng.normal(size=x.shape)).astype(x.dtype)
