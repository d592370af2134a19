"""The exercises of lesson 17: arguments, a model folder, a diagnosis, a silent name."""

import contextlib
import itertools
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from course import data
from course.check import as_number, call, describe, exercise, expect, expect_same, given

DEFAULTS = MappingProxyType({"epochs": 20, "learning_rate": 0.003, "shuffle": True})
KINDS = {"epochs": (int, np.integer), "learning_rate": (float, np.floating)}
WORDS = ("a model", "no model", "it says why", "a signal", "read the log")
CODES = (0, 1, 2, 127, 128, 129, 137, 143, 192, 193, 255)
FAILURES = ("", "a", "no labels in train.npz")
OLD = "old.txt"  # what lies in a model folder beforehand
FOLDERS: tuple[list[str], ...] = ([], ["model.pth"], ["config.json", "model.pth"])


def _drawn(rng: np.random.Generator) -> dict[str, Any]:
    """Values of some hyperparameters that nobody knows beforehand."""
    values = {
        "epochs": int(rng.integers(1, 10**6)),
        "learning_rate": float(f"{10 ** rng.uniform(-6, 0):.3g}"),
        "shuffle": bool(rng.integers(2)),
    }
    kept = [name for name in rng.permutation(list(values)) if rng.random() < 0.7]
    return {name: values[name] for name in kept}


def _asked(rng: np.random.Generator) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = [{"shuffle": False}, {"shuffle": True}, {}]
    return [*plain, {"learning_rate": 1e-05}, *(_drawn(rng) for _ in range(12))]


@exercise(
    "argparse does most of it: add_argument(name, type=int, default=20).",
    "type is any function from a text to a value; bool is the wrong one for shuffle.",
    'A function for shuffle: lambda text: text.lower() == "true".',
)
def read_arguments(answer):
    """A function from a script's arguments to its hyperparameters."""
    asked = _asked(np.random.default_rng())
    for wanted, spelt in itertools.product(asked, (str.capitalize, str.lower)):
        words = []
        for name, value in wanted.items():
            words += [f"--{name.replace('_', '-')}", spelt(str(value))]
        got = _as_dict(call(answer, arguments=words), given({"arguments": words}))
        _compare(got, DEFAULTS | wanted, given({"arguments": words}))
    return "Whatever the service hands over is a text; the types are yours to restore."


def _as_dict(got: Any, about: str) -> Mapping:
    """The result as a dictionary: argparse's own is taken, too."""
    if hasattr(got, "_asdict"):
        got = got._asdict()
    if hasattr(got, "__dict__") and not isinstance(got, Mapping):
        got = vars(got)
    expect(
        isinstance(got, Mapping),
        f"return a dictionary, or what argparse returns; it returned {describe(got)}"
        f"{about}.",
    )
    return got


def _compare(got: Mapping, expected: Mapping, about: str) -> None:
    names = set(map(str, got))
    expect(
        names == set(expected),
        f"the names are {sorted(names)}, expected {sorted(expected)}{about}.",
    )
    for name, right in expected.items():
        value, kinds = got[name], KINDS.get(name, (bool, np.bool_))
        told = f"{name} is {describe(value)}, expected {describe(right)}{about}"
        if name == "shuffle" and right is False and value is True:
            told += '. bool("False") is True, and the SDK spells it "false"'
        expect(isinstance(value, kinds) and not _is_odd(name, value), f"{told}.")
        same = abs(value - right) <= 1e-9 * abs(right) if name != "shuffle" else None
        expect(value == right if same is None else same, f"{told}.")


def _is_odd(name: str, value: Any) -> bool:
    """Whether it is True or False where a number belongs."""
    return name != "shuffle" and isinstance(value, bool)


@exercise(
    "folder is a text, as in SM_MODEL_DIR: Path(folder), os.path.join, or an f-string.",
    "np.savez(file, **weights) stores each array under its name.",
    "The hidden units are the rows of the first matrix: len(weights['0.weight']).",
)
def save(answer):
    """A function that puts weights and their configuration into the model folder."""
    rng = np.random.default_rng()
    with tempfile.TemporaryDirectory() as name:
        for number, (inputs, hidden) in enumerate(_sizes(rng)):
            root, old = Path(name) / str(number), number == 2
            (root / "work").mkdir(parents=True)
            if old:  # a folder that is there already, as SageMaker's is
                (root / "model").mkdir()
                (root / "model" / OLD).touch()
            weights = _weights(rng, inputs, hidden)
            with contextlib.chdir(root / "work"):
                folder = str(root / "model")
                call(answer, itself=("folder",), weights=weights, folder=folder)
            _expect_saved(root, weights, [OLD] if old else [])
    return "A machine that is gone leaves nothing but this folder."


def _sizes(rng: np.random.Generator) -> list[tuple[int, int]]:
    """Inputs and hidden units; one network has fewer inputs, one more units than 64."""
    ranges = [(41, 64), (1, 40), (1, 40), (65, 99)]
    narrow, few, other, many = (int(rng.integers(*each)) for each in ranges)
    return [(64, 64), (narrow, few), (64, other), (64, many)]


def _weights(
    rng: np.random.Generator, inputs: int, hidden: int
) -> dict[str, np.ndarray]:
    """The arrays of a network with so many hidden units, in two orders."""
    shapes = {"0.weight": (hidden, inputs), "0.bias": (hidden,)}
    shapes |= {"2.weight": (10, hidden), "2.bias": (10,), "4.weight": (10, 10)}
    names = list(shapes)[:: 1 if inputs == 64 else -1]
    return {name: rng.normal(size=shapes[name]).astype(np.float32) for name in names}


def _expect_saved(
    root: Path, weights: dict[str, np.ndarray], before: list[str]
) -> None:
    """The model folder has what was asked for, and what was there `before`."""
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    lost = sorted(name for name in found if not name.startswith(f"model{os.sep}"))
    expect(
        not lost,
        f"it wrote {describe(lost)}: all that is outside the model folder is lost with "
        "the machine.",
    )
    names = sorted(Path(name).relative_to("model").as_posix() for name in found)
    wanted = sorted(["config.json", "weights.npz", *before])
    expect(names == wanted, f"the model folder holds {names}, expected {wanted}.")
    _expect_arrays(root / "model" / "weights.npz", weights)
    try:
        config = json.loads((root / "model" / "config.json").read_text())
    except ValueError:
        config = None
    hidden = {"hidden": len(weights["0.weight"])}
    expect(
        repr(config) == repr(hidden),  # 64.0 equals 64, and builds no network
        f"config.json holds {describe(config)}, expected {describe(hidden)}.",
    )


def _expect_arrays(path: Path, weights: dict[str, np.ndarray]) -> None:
    try:
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
    except Exception:  # what is no such archive fails in many ways
        arrays = {}
    told = f"weights.npz holds {sorted(arrays)}, expected {sorted(weights)}"
    expect(arrays.keys() == weights.keys(), f"{told}, readable without pickle.")
    for name, array in weights.items():
        same = arrays[name].dtype == array.dtype and np.array_equal(arrays[name], array)
        expect(same, f"{name} does not come back as it was.")


def _diagnosis(exit_code: int, failure: str, files: list[str]) -> str:
    if exit_code == 0:
        return WORDS[0] if files else WORDS[1]
    if failure:
        return WORDS[2]
    return WORDS[3] if 128 < exit_code <= 192 else WORDS[4]


def _ending(rng: np.random.Generator, size: int) -> dict[str, Any]:
    """How a script may end."""
    codes = [0, 0, int(rng.integers(1, 129)), int(rng.integers(129, 193))]
    return {
        "exit_code": codes[rng.integers(4)],
        "failure": "".join(rng.choice(list("abc"), size)) if rng.random() < 0.4 else "",
        "files": [f"{i}.npy" for i in range(rng.integers(3))],
    }


@exercise(
    "Ask for the exit code first: with 0, only the files matter.",
    "With another code, ask for the failure file before you look at the number.",
)
def diagnose(answer):
    """A function from exit code, failure file and model files to one of five words."""
    every = [
        {"exit_code": code, "failure": failure, "files": files}
        for code in CODES
        for failure in FAILURES
        for files in FOLDERS
    ]
    expect_same(
        answer,
        _diagnosis,
        _ending,
        cases=every,
        what="the diagnosis",
        mistakes={
            "exit code 0 does not mean that there is a model.": lambda c, f, n: (
                WORDS[0] if c == 0 else _diagnosis(c, f, n)
            ),
            "a job that ended with 0 has not failed, whatever the file says.": (
                lambda c, f, n: WORDS[2] if f else _diagnosis(c, f, n)
            ),
            "files in the model folder do not make a failed job succeed.": (
                lambda c, f, n: WORDS[0] if n else _diagnosis(c, f, n)
            ),
        },
    )
    return "The same order in which you will look at a real job."


@exercise(
    "by_hand returns the process, with its returncode, and the folder of the machine.",
    "Load model/model.npy of each machine, and count where two are unequal.",
)
def misspelt(exit_code, underscore, hyphen):
    """The exit code with the wrong name, and how many numbers each name changed."""
    code = as_number(exit_code, "the exit code")
    wrong = as_number(underscore, "the count for first_images")
    right = as_number(hyphen, "the count for first-images")
    expect(
        code != 2,
        "2 is how parse_args refuses a name. parse_known_args does not: run it.",
    )
    expect(code == 0, f"the exit code is not {code:g}: run it, and look at returncode.")
    expect(
        wrong == 0,
        "the mean of 10 images would be another; but did anybody read the 10? Send it "
        "as first_images, with the underscore.",
    )
    told = f"with the hyphen it is not {right:g} of 64: count what is unequal"
    told += ". A pixel that no image inks stays as it is" if right == 64 else ""
    expect(right == _changed(), f"{told}.")
    return "A name that nobody reads is no error, and the job is paid for all the same."


def _changed() -> int:
    """How many pixels differ between the mean of 10 images and that of 1000."""
    images = data.load("digits").x_train
    return int(np.sum(images[:10].mean(axis=0) != images[:1000].mean(axis=0)))
