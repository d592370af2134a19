"""The exercises of lesson 17: answers that are wrong, right, and not attempted."""

import argparse
import contextlib
import json
import os
import pickle
import shutil
import tempfile
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np


def by_spelling(text):
    return text.lower() == "true"


def parser(**kinds):
    found = argparse.ArgumentParser()
    usual = {"epochs": int, "learning-rate": float, "shuffle": by_spelling}
    defaults = {"epochs": 20, "learning-rate": 0.003, "shuffle": True}
    for name, kind in (usual | kinds).items():
        found.add_argument(f"--{name}", type=kind, default=defaults[name])
    return found


def pairs(arguments):
    return dict(zip(arguments[::2], arguments[1::2], strict=True))


def by_pairs(arguments):
    texts = pairs(arguments)
    return {
        "epochs": int(texts.get("--epochs", 20)),
        "learning_rate": float(texts.get("--learning-rate", "3e-3")),
        "shuffle": texts.get("--shuffle", "True") not in ("False", "false"),
    }


def by_json(arguments):
    found = {"epochs": 20, "learning_rate": 0.003, "shuffle": True}
    for name, text in pairs(arguments).items():
        found[name[2:].replace("-", "_")] = json.loads(text.lower())
    return SimpleNamespace(**found)


def by_tuple(arguments):
    kind = namedtuple("Hyperparameters", ["epochs", "learning_rate", "shuffle"])
    return kind(**by_pairs(arguments))


class Hyperparameters(dict):
    """What gives its values as a dictionary does, and has attributes besides."""


def only_epochs(arguments):
    return by_pairs(arguments) | {"learning_rate": 0.003}


def saved(weights, folder, arrays="weights.npz", config="config.json", **more):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / arrays, **weights)
    hidden = more.get("hidden", len(weights["0.weight"]))
    (folder / config).write_text(json.dumps({"hidden": hidden}))


def in_the_working_folder(weights, folder):
    saved(weights, ".")


def one_file_beside(weights, folder):
    saved(weights, folder)
    Path("log.txt").write_text("done")


def pickled(weights, folder):
    saved(weights, folder)
    (Path(folder) / "weights.npz").write_bytes(pickle.dumps(weights))


def as_objects(weights, folder):
    saved(weights, folder)
    np.savez(Path(folder) / "weights.npz", np.array(weights, dtype=object))


def a_single_array(weights, folder):
    saved(weights, folder)
    with open(Path(folder, "weights.npz"), "wb") as file:
        np.save(file, weights["0.weight"])


def emptied_first(weights, folder):
    shutil.rmtree(folder, ignore_errors=True)
    saved(weights, folder)


def four_names(weights, folder):
    names = ["0.weight", "0.bias", "2.weight", "2.bias"]
    saved({name: weights[name] for name in names}, folder)


def by_system(weights, folder):
    os.makedirs(folder, exist_ok=True)
    np.savez_compressed(os.path.join(folder, "weights.npz"), **weights)
    with open(f"{folder}/config.json", "w") as file:
        json.dump({"hidden": int(weights["2.weight"].shape[1])}, file)


def by_stream(weights, folder):
    Path(folder).mkdir(exist_ok=True)
    with open(Path(folder, "weights.npz"), "wb") as file:
        np.savez(file, **weights)
    text = '{\n  "hidden": %d\n}' % weights["0.bias"].size  # noqa: UP031
    Path(folder, "config.json").write_text(text)


def elsewhere_first(weights, folder):
    with tempfile.TemporaryDirectory() as other:
        saved(weights, other)
        Path(folder).mkdir(exist_ok=True)
        for path in Path(other).iterdir():
            (Path(folder) / path.name).write_bytes(path.read_bytes())
    return True


def by_table(exit_code, failure, files):
    table = {
        (True, True): "a model",
        (True, False): "no model",
        (False, True): "it says why",
        (False, False): "a signal" if exit_code in range(129, 193) else "read the log",
    }
    return table[exit_code == 0, bool(files if exit_code == 0 else failure)]


def by_match(exit_code, failure, files):
    match exit_code, len(failure), len(files):
        case 0, _, 0:
            return "no model"
        case 0, _, _:
            return "a model"
        case code, 0, _ if 129 <= code < 193:
            return "a signal"
        case _, 0, _:
            return "read the log"
    return "it says why"


def by_ifs(exit_code, failure, files):
    said = "read the log"
    if exit_code - 128 in range(1, 65):
        said = "a signal"
    if failure != "":
        said = "it says why"
    if not exit_code:
        said = ["no model", "a model"][bool(files)]
    return said


WRONG = {
    "read_arguments": {
        "bool of a text": lambda a: parser(shuffle=bool).parse_args(a),
        "one spelling": lambda a: parser(shuffle="True".__eq__).parse_args(a),
        "not False": lambda a: parser(shuffle="False".__ne__).parse_args(a),
        "texts": lambda a: parser(epochs=str).parse_args(a),
        "all numbers are floats": lambda a: parser(epochs=float).parse_args(a),
        "the rate as text": lambda a: vars(
            parser(**{"learning-rate": str}).parse_args(a)
        ),
        "no defaults": lambda a: {
            n[2:].replace("-", "_"): v for n, v in pairs(a).items()
        },
        "names with a hyphen": lambda a: {
            n.replace("_", "-"): v for n, v in by_pairs(a).items()
        },
        "always shuffled": lambda a: by_pairs(a) | {"shuffle": True},
        "never shuffled": lambda a: by_pairs(a) | {"shuffle": False},
        "a number for shuffle": lambda a: by_pairs(a) | {"shuffle": 1},
        "another default": lambda a: (
            {"epochs": 10, **by_pairs(a)} if a else by_pairs(a) | {"epochs": 10}
        ),
        "the rate is not read": only_epochs,
        "in a fixed order": lambda a: by_pairs(a[:2]),
        "a list": lambda a: list(by_pairs(a).values()),
        "the class only": lambda a: parser(),
        "nothing": lambda a: None,
        "one name more": lambda a: by_pairs(a) | {"seed": 0},
        "of the real command line": lambda a: parser().parse_args(),
    },
    "save": {
        "in the working folder": in_the_working_folder,
        "beside the folder": lambda w, f: saved(w, f"{f}-final"),
        "in a folder below": lambda w, f: saved(w, f"{f}/model"),
        "one file beside": one_file_beside,
        "no configuration": lambda w, f: (
            Path(f).mkdir(exist_ok=True),
            np.savez(Path(f, "weights.npz"), **w),
        ),
        "always 64": lambda w, f: saved(w, f, hidden=64),
        "the inputs": lambda w, f: saved(w, f, hidden=w["0.weight"].shape[1]),
        "the classes": lambda w, f: saved(w, f, hidden=len(w["2.weight"])),
        "the smaller side": lambda w, f: saved(w, f, hidden=min(w["0.weight"].shape)),
        "by 64 inputs": lambda w, f: saved(w, f, hidden=w["0.weight"].size // 64),
        "of the first array": lambda w, f: saved(
            w, f, hidden=len(next(iter(w.values())))
        ),
        "64.0": lambda w, f: saved(w, f, hidden=float(len(w["0.weight"]))),
        "four names": four_names,
        "emptied first": emptied_first,
        "another name": lambda w, f: saved(w, f, arrays="model.npz"),
        "pickled": pickled,
        "one object": as_objects,
        "a single array": a_single_array,
        "an empty file": lambda w, f: (
            saved(w, f),
            Path(f, "weights.npz").write_text(""),
        ),
        "rounded": lambda w, f: saved({k: v.round(3) for k, v in w.items()}, f),
        "doubled precision": lambda w, f: saved({k: v + 0.0j for k, v in w.items()}, f),
        "without the biases": lambda w, f: saved(
            {k: v for k, v in w.items() if "weight" in k}, f
        ),
        "the folder must be there": lambda w, f: np.savez(f"{f}/weights.npz", **w),
        "a text as a path": lambda w, f: np.savez(f / "weights.npz", **w),
        "nothing": lambda w, f: None,
        "no JSON": lambda w, f: (
            saved(w, f),
            Path(f, "config.json").write_text("hidden=64"),
        ),
        "a list": lambda w, f: saved(w, f, hidden=[len(w["0.weight"])]),
    },
    "diagnose": {
        "the misconception": lambda c, f, n: "a model" if c == 0 else by_table(c, f, n),
        "files first": lambda c, f, n: "a model" if n else by_table(c, f, n),
        "failure first": lambda c, f, n: "it says why" if f else by_table(c, f, n),
        "signal first": lambda c, f, n: (
            "a signal" if 128 < c < 193 else by_table(c, f, n)
        ),
        "128 is a signal": lambda c, f, n: (
            "a signal" if c == 128 and not f else by_table(c, f, n)
        ),
        "all above 128": lambda c, f, n: (
            "a signal" if c > 128 and not f else by_table(c, f, n)
        ),
        "only 137": lambda c, f, n: (
            "read the log"
            if by_table(c, f, n) == "a signal" and c != 137
            else by_table(c, f, n)
        ),
        "192 left out": lambda c, f, n: (
            "read the log" if c == 192 and not f else by_table(c, f, n)
        ),
        "only 1 fails": lambda c, f, n: by_table(c if c == 1 else 0, f, n),
        "a place in the list": lambda c, f, n: 0 if c == 0 else 1,
        "upper case": lambda c, f, n: by_table(c, f, n).upper(),
        "a word in a list": lambda c, f, n: [by_table(c, f, n)],
        "nothing": lambda c, f, n: None,
        "takes a file away": lambda c, f, n: [by_table(c, f, n), n and n.pop()][0],
        "one file is none": lambda c, f, n: by_table(c, f, n[1:]),
    },
    "misspelt": {
        "the misconception": (0, 58, 58),
        "a refusal": (2, 0, 58),
        "an exception": (1, 0, 58),
        "the hyphen does nothing": (0, 0, 0),
        "every number": (0, 0, 64),
        "one too many": (0, 0, 59),
        "one number": (0, 1, 58),
        "a share": (0, 0, 0.94),
        "more than there are": (0, 0, 640),
        "half a number": (0, 0, 58.5),
        "not a number": (0, float("nan"), 58),
        "turned round": (0, 58, 0),
        "killed": (-9, 0, 58),
        "text": ("Completed", 0, 58),
        "a list": (0, [0, 0], 58),
        "nothing": (None, None, None),
    },
}
RIGHT = {
    "read_arguments": [
        lambda arguments: parser().parse_args(arguments),
        lambda arguments: vars(parser().parse_args(arguments)),
        by_pairs,
        by_json,
        by_tuple,
        lambda arguments: Hyperparameters(by_pairs(arguments)),
    ],
    "save": [saved, by_system, by_stream, elsewhere_first],
    "diagnose": [
        by_table,
        by_match,
        by_ifs,
        lambda code, failure, files: by_table(code, failure.strip(), files),
    ],
    "misspelt": [(0, 0, 58), (0.0, np.int64(0), 58.0), (False + 0, 0.0, np.int64(58))],
}
SAYS = {
    "read_arguments": {
        "bool of a text": 'bool("False") is True',
        "not False": 'the SDK spells it "false"',
        "one spelling": "shuffle is False, expected True",
        "names with a hyphen": "expected ['epochs', 'learning_rate', 'shuffle']",
    },
    "save": {
        "in the working folder": "lost with the machine",
        "pickled": "readable without pickle",
        "always 64": "config.json holds",
        "64.0": "expected {'hidden'",
        "emptied first": "old.txt",
    },
    "diagnose": {
        "the misconception": "does not mean that there is a model",
        "failure first": "has not failed",
        "files first": "do not make a failed job succeed",
    },
    "misspelt": {
        "the misconception": "did anybody read",
        "a refusal": "does not",
        "every number": "no image inks",
    },
}
STUBS = {
    "read_arguments": lambda arguments: ...,
    "save": lambda weights, folder: ...,
    "diagnose": lambda exit_code, failure, files: ...,
    "misspelt": (..., ..., ...),
}


def parsed(answer):
    """What it makes of each: values and their kinds, by name."""
    found = []
    for words in (
        [],
        ["--epochs", "7"],
        ["--shuffle", "False", "--learning-rate", "0.25"],
        ["--shuffle", "false"],
        ["--shuffle", "true"],
        ["--shuffle", "True", "--epochs", "41", "--learning-rate", "1e-05"],
    ):
        try:
            got = answer(words)
        except SystemExit:  # how argparse refuses
            return "refused"
        got = got._asdict() if hasattr(got, "_asdict") else got
        got = vars(got) if not isinstance(got, dict) else got
        rows = sorted(got.items())
        found += [[name, type(value).__name__, value] for name, value in rows]
    return found


def left(answer):
    """What lies where after it has saved three networks."""
    rng, found = np.random.default_rng(0), []
    for inputs, hidden in ((48, 3), (64, 64), (64, 70)):
        shapes = {"4.weight": (10, 10), "0.weight": (hidden, inputs), "0.bias": hidden}
        shapes |= {"2.weight": (10, hidden)}
        weights = {name: rng.random(shape) for name, shape in shapes.items()}
        with tempfile.TemporaryDirectory() as root:
            Path(root, "work").mkdir()
            if hidden == 64:
                Path(root, "model").mkdir()
                Path(root, "model", "old.txt").touch()
            with contextlib.chdir(f"{root}/work"):
                answer(dict(weights), f"{root}/model")
            paths = sorted(p for p in Path(root).rglob("*") if p.is_file())
            found += [str(path.relative_to(root)) for path in paths]
            with np.load(f"{root}/model/weights.npz") as arrays:
                found += [arrays[name] for name in weights]
                found += [arrays[name].dtype.str for name in weights]
            config = json.loads(Path(root, "model/config.json").read_text())
            found += [repr(config["hidden"])]
    return found


def words(answer):
    codes = (0, 1, 2, 100, 128, 129, 137, 192, 193, 255)
    endings = [(c, f, n) for c in codes for f in ("", "why") for n in ([], ["a"])]
    given = [(c, f, list(n)) for c, f, n in endings]
    return [[answer(*each) for each in given], [len(n) for _, _, n in given]]


PROBES = {"read_arguments": parsed, "save": left, "diagnose": words}
NEEDS = {"np": np, "json": json, "Path": Path}
