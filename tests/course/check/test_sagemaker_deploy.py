import io

import numpy as np
import pytest
from exercises import said

from course.check import sagemaker_deploy as check


def lines(images, comma=",", end="\n"):
    return end.join(comma.join(map(str, image)) for image in images.tolist())


WRONG_CSV = {
    "spaces": lambda images: lines(images, comma=" "),
    "semicolons": lambda images: lines(images, comma=";"),
    "one line": lambda images: lines(images, end=","),
    "a header": lambda images: "pixels\n" + lines(images),
    "a list": lambda images: str(images.tolist()),
    "rounded": lambda images: lines(images.round()),
    "the first only": lambda images: lines(images[:1]),
    "columns as lines": lambda images: lines(images.T),
    "no return": lambda images: None,
}


@pytest.mark.parametrize("name", WRONG_CSV)
def test_to_csv_rejects(name, capsys):
    assert said(capsys, check.to_csv, WRONG_CSV[name]).startswith("✗")


def test_to_csv_accepts_numpys_own_writer(capsys):
    def answer(images):
        buffer = io.StringIO()
        np.savetxt(buffer, images, delimiter=",", fmt="%.6f")
        return buffer.getvalue()

    assert said(capsys, check.to_csv, answer).startswith("✓")


def batches(images, size):
    return [images[i : i + size] for i in range(0, len(images), size)]


WRONG_BATCHES = {
    "all at once": lambda ask, x, n: ask(x),
    "the last is lost": lambda ask, x, n: [
        label for part in batches(x, n) if len(part) == n for label in ask(part)
    ],
    "a list of lists": lambda ask, x, n: [ask(part) for part in batches(x, n)],
    "one by one": lambda ask, x, n: [ask(x[[i]])[0] for i in range(len(x))],
    "backwards": lambda ask, x, n: [
        label for part in batches(x, n)[::-1] for label in ask(part)
    ],
    "an empty request": lambda ask, x, n: [
        label for i in range(0, len(x) + 1, n) for label in ask(x[i : i + n])
    ],
    "the first batch": lambda ask, x, n: ask(x[:n]),
    "overlapping": lambda ask, x, n: [
        label for i in range(0, len(x), n) for label in ask(x[i : i + n + 1])
    ],
}


@pytest.mark.parametrize("name", WRONG_BATCHES)
def test_ask_in_batches_rejects(name, capsys):
    assert said(capsys, check.ask_in_batches, WRONG_BATCHES[name]).startswith("✗")


def test_ask_in_batches_accepts_array_split(capsys):
    def answer(ask, images, size):
        parts = np.split(images, range(size, len(images), size))
        return np.concatenate([ask(part) for part in parts])

    assert said(capsys, check.ask_in_batches, answer).startswith("✓")


@pytest.mark.parametrize("share", [0.975, 1.0, 0.0, -0.2, 20, "few", [0.2, 0.3], 0.7])
def test_silent_fault_rejects(share, capsys):
    assert said(capsys, check.silent_fault, share).startswith("✗")


@pytest.mark.parametrize("share", [0.25, np.float32(0.3)])
def test_silent_fault_accepts_what_other_seeds_give_too(share, capsys):
    assert said(capsys, check.silent_fault, share).startswith("✓")


def test_a_high_share_is_answered_as_the_misconception_that_it_is(capsys):
    assert "right way up" in said(capsys, check.silent_fault, 0.97)


def test_untouched_stubs_are_not_attempted(capsys):
    for exercise, stub in [
        (check.to_csv, lambda images: ...),
        (check.ask_in_batches, lambda ask, images, size: ...),
        (check.silent_fault, ...),
    ]:
        assert "not attempted yet" in said(capsys, exercise, stub)
