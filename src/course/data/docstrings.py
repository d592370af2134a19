"""Sentences on what code does, from the docstrings of libraries installed here."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from course.data.dataset import DataError, Dataset

# All are pinned, so that each environment makes the same sentences.
LIBRARIES = {
    "Keras": "keras",
    "Matplotlib": "matplotlib",
    "NetworkX": "networkx",
    "NumPy": "numpy",
    "pandas": "pandas",
    "PyTorch": "torch",
    "scikit-learn": "sklearn",
    "SciPy": "scipy",
}
TRAINING, TEST = 400, 100  # sentences of a library
WORDS = 5, 12  # the fewest and the most of a sentence
DOCSTRING = re.compile(r':[ \t]*\n[ \t]+[rR]?"""\s*(.+?)"""', re.DOTALL)
SENTENCE = re.compile(r"[A-Z][A-Za-z ,;()'/-]*\.")  # of words, with no code in it
NAMES = re.compile(  # would give the answer away
    r"\b(keras|tensorflow|matplotlib|pyplot|mpl|networkx|nx|numpy|np|pandas|pd"
    r"|pytorch|torch|scikit[- ]learn|sklearn|scipy)\b",
    re.IGNORECASE,
)
OTHERS = {"tests", "testing", "conftest.py", "externals"}  # files of no library's own


def sentences() -> Dataset:
    """First sentences of docstrings, English: texts ``(samples,)``.

    The class is the library. The libraries' names are taken out, and a sentence that
    two libraries share has no one answer and is left out. Raises ``DataError`` where
    a library is missing, or has too few sentences.
    """
    x = np.array(_chosen(rng := np.random.default_rng(0)))  # (libraries, sentences)
    parts: list[np.ndarray] = []
    for part in (x[:, :TRAINING], x[:, TRAINING:]):
        order = rng.permutation(part.size)
        labels = np.repeat(np.arange(len(x)), part.shape[1])
        parts += [part.ravel()[order], labels[order]]
    about = f"docstrings: {x.size:,} sentences of 5 to 12 words, from 8 libraries"
    x_train, y_train, x_test, y_test = parts
    return Dataset(x_train, y_train, x_test, y_test, tuple(LIBRARIES), about)


def _chosen(rng: np.random.Generator) -> list[list[str]]:
    """As many sentences of each library, no two the same, in random order."""
    found = {name: _sentences(name, of) for name, of in LIBRARIES.items()}
    count = Counter(text for texts in found.values() for text in texts)
    chosen = []
    for name, texts in found.items():
        own = sorted(text for text in texts if count[text] == 1)
        if len(own) < TRAINING + TEST:
            raise DataError(
                f'"{name}" has {len(own)} sentences, expected at least '
                f"{TRAINING + TEST}: run `make lab` again, which installs it whole."
            )
        chosen.append([own[i] for i in rng.permutation(len(own))[: TRAINING + TEST]])
    return chosen


def _sentences(name: str, package: str) -> set[str]:
    """The first sentences in a library's files, which are read, and not run."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise DataError(
            f'the data set "docstrings" reads "{name}", which is not installed: run '
            "`make lab`, which installs it."
        )
    texts = map(_first_sentence, _docstrings(Path(spec.origin).parent))
    return {text for text in texts if _is_plain(text)}


def _docstrings(folder: Path) -> Iterator[str]:
    """What stands in quotes below a colon, in what is no test and not private."""
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).parts
        private = any(part.startswith("_") for part in parts[:-1])
        if not private and not OTHERS & set(parts):
            yield from DOCSTRING.findall(path.read_text(encoding="utf-8"))


def _first_sentence(text: str) -> str:
    paragraph = " ".join(re.split(r"\n\s*\n", text)[0].split())
    sentence = re.split(r"(?<=[.!?])\s", paragraph)[0]
    return " ".join(NAMES.sub("", sentence).split())


def _is_plain(text: str) -> bool:
    words = len(text.split())
    return bool(SENTENCE.fullmatch(text)) and WORDS[0] <= words <= WORDS[1]
