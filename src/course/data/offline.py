"""The data sets that need no network: bundled with a package, or made from a seed."""

import random
from collections import Counter
from pathlib import Path

import numpy as np

from course.data.dataset import DIGITS, Dataset

LETTERS = "ABCDEFGHIJ"

# matplotlib's fonts that draw these letters, by family. A family is wholly on one
# side of the split, so that a test letter is in a design never seen in training.
TRAINING_FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSans-BoldOblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSansMono-Oblique",
    "DejaVuSansMono-BoldOblique",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "DejaVuSerif-BoldItalic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
)
TEST_FONTS = ("cmr10", "cmb10", "cmti10", "cmss10", "cmtt10")  # Computer Modern

LANGUAGES = {
    "cs": "Czech",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hr": "Croatian",
    "hu": "Hungarian",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "sv": "Swedish",
    "tr": "Turkish",
}

# Peterson and Barney (1952), Journal of the Acoustical Society of America 24, 175:
# mean pitch and three formants in Hz of ten vowels, for men, women and children.
VOWELS = ("i", "ɪ", "ɛ", "æ", "ɑ", "ɔ", "ʊ", "u", "ʌ", "ɝ")
FORMANTS = np.array(
    [
        [
            [136, 135, 130, 127, 124, 129, 137, 141, 130, 133],
            [270, 390, 530, 660, 730, 570, 440, 300, 640, 490],
            [2290, 1990, 1840, 1720, 1090, 840, 1020, 870, 1190, 1350],
            [3010, 2550, 2480, 2410, 2440, 2410, 2240, 2240, 2390, 1690],
        ],
        [
            [235, 232, 223, 210, 212, 216, 232, 231, 221, 218],
            [310, 430, 610, 860, 850, 590, 470, 370, 760, 500],
            [2790, 2480, 2330, 2050, 1220, 920, 1160, 950, 1400, 1640],
            [3310, 3070, 2990, 2850, 2810, 2710, 2680, 2670, 2780, 1960],
        ],
        [
            [272, 269, 260, 251, 256, 263, 276, 274, 261, 261],
            [370, 530, 690, 1010, 1030, 680, 560, 430, 850, 560],
            [3200, 2730, 2610, 2320, 1370, 1060, 1410, 1170, 1590, 1820],
            [3730, 3600, 3570, 3320, 3170, 3180, 3310, 3260, 3360, 2160],
        ],
    ]
)  # (speakers, pitch and formants, vowels)
RATE = 8000  # samples per second


def digits() -> Dataset:
    """UCI's optical digits as bundled with scikit-learn: ``(samples, 8, 8)``."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    x = (bunch.images / 16).astype(np.float32)  # the pixels count 0 to 16
    y = bunch.target.astype(np.int64)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=360, random_state=0, stratify=y
    )
    about = "digits: 1,797 handwritten digits (UCI, 1998), 8 x 8 pixels in [0, 1]"
    return Dataset(x_train, y_train, x_test, y_test, DIGITS, about)


def mnist1d() -> Dataset:
    """MNIST-1D of Greydanus and Kobak (2024), arXiv:2011.14439: ``(samples, 40)``."""
    from mnist1d.data import make_dataset

    states = random.getstate(), np.random.get_state()
    try:
        made = make_dataset()  # seeds the global generators
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
    return Dataset(
        made["x"].astype(np.float32),
        made["y"].astype(np.int64),
        made["x_test"].astype(np.float32),
        made["y_test"].astype(np.int64),
        DIGITS,
        "MNIST-1D: 5,000 digits drawn as signals of 40 values, standardised",
    )


def glyphs() -> Dataset:
    """Letters A to J, shifted, turned and noisy, in [0, 1]: ``(samples, 28, 28)``.

    The test letters come from fonts that no training letter comes from.
    """
    rng = np.random.default_rng(0)
    x_train, y_train = draw_glyphs(10_000, TRAINING_FONTS, rng)
    x_test, y_test = draw_glyphs(2_000, TEST_FONTS, rng)
    about = "glyphs: 12,000 letters A to J, 28 x 28 pixels; the test fonts are new"
    return Dataset(x_train, y_train, x_test, y_test, tuple(LETTERS), about)


def draw_glyphs(
    count: int, fonts: tuple[str, ...], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Images (count, 28, 28) of letters in these fonts of matplotlib, and labels."""
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    sizes = range(17, 24)  # pixels
    faces = [
        [ImageFont.truetype(folder / f"{font}.ttf", size) for size in sizes]
        for font in fonts
    ]
    labels = rng.permutation(np.arange(count) % len(LETTERS))
    x = np.empty((count, 28, 28), np.float32)
    for i, label in enumerate(labels):
        face = faces[rng.integers(len(fonts))][rng.integers(len(sizes))]
        x[i] = _draw_glyph(LETTERS[label], face, rng)
    x += rng.normal(0, 0.15, x.shape).astype(np.float32)
    return x.clip(0, 1), labels


def _draw_glyph(letter: str, face, rng: np.random.Generator) -> np.ndarray:
    """One letter, shifted by up to 3 pixels and turned by up to 15 degrees."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (28, 28))
    centre = tuple(14 + rng.integers(-3, 4, 2))
    ImageDraw.Draw(image).text(centre, letter, fill=255, font=face, anchor="mm")
    turned = image.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR)
    return np.asarray(turned, np.float32) / 255


def place_names() -> Dataset:
    """Names of territories and languages, from Unicode CLDR: texts ``(samples,)``.

    The class is the language that the name is written in. Names that two of the
    languages share, such as "Angola", have no one answer and are left out.
    """
    named = {code: _names_in(code) for code in LANGUAGES}
    count = Counter(name for names in named.values() for name in names)
    pairs = [
        (name, label)
        for label, names in enumerate(named.values())
        for name in sorted(names)
        if count[name] == 1
    ]
    order = np.random.default_rng(0).permutation(len(pairs))
    x = np.array([name for name, _ in pairs])[order]
    y = np.array([label for _, label in pairs])[order]
    cut = len(pairs) // 5
    about = f"place names: {len(pairs):,} names of territories and languages"
    classes = tuple(LANGUAGES.values())
    return Dataset(x[cut:], y[cut:], x[:cut], y[:cut], classes, f"{about}, in 15")


def _names_in(code: str) -> set[str]:
    """The territories and languages as a language calls them, in small letters."""
    from babel import Locale

    tables = Locale(code).territories, Locale(code).languages
    return {name.lower() for table in tables for name in table.values()}


def vowels() -> Dataset:
    """Ten vowels by a source-filter model, 0.25 s at 8 kHz: ``(samples, 2000)``.

    A train of pulses at the pitch passes three resonances at the formants of
    Peterson and Barney. Pitch and formants vary between speakers; the speakers of
    the test set are others than those of the training set.
    """
    rng = np.random.default_rng(0)
    x_train, y_train = _speak(150, rng)
    x_test, y_test = _speak(40, rng)
    about = "vowels: 1,900 synthetic vowels of 190 speakers, 0.25 s at 8 kHz"
    return Dataset(x_train, y_train, x_test, y_test, VOWELS, about)


def _speak(speakers: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Every vowel once by each of so many speakers, in random order."""
    x = [
        _vowel(FORMANTS[speaker % 3, :, vowel], tract, rng)
        for speaker in range(speakers)
        for tract in [rng.normal(1, 0.04)]  # the length of a speaker's vocal tract
        for vowel in range(len(VOWELS))
    ]
    y = np.tile(np.arange(len(VOWELS)), speakers)
    order = rng.permutation(len(y))
    return np.array(x, np.float32)[order], y[order]


def _vowel(means: np.ndarray, tract: float, rng: np.random.Generator) -> np.ndarray:
    """One vowel of 2,000 samples, scaled to a peak of one."""
    from scipy.signal import lfilter

    pitch = means[0] * rng.normal(1, 0.1)
    formants = means[1:] / tract * rng.normal(1, 0.03, 3)
    phase = np.arange(RATE // 4) * pitch / RATE + rng.uniform()
    sound = np.diff(np.floor(phase), prepend=np.floor(phase[0]))  # one pulse a period
    sound += rng.normal(0, 0.01, sound.shape)  # breath
    for formant, bandwidth in zip(formants, (60, 90, 150), strict=True):
        radius = np.exp(-np.pi * bandwidth / RATE)
        angle = 2 * np.pi * formant / RATE
        sound = lfilter([1], [1, -2 * radius * np.cos(angle), radius**2], sound)
    sound /= np.abs(sound).max()
    return sound
