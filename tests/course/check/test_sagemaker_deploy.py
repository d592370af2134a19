"""The exercises of lesson 19: answers that are wrong, right, and not attempted."""

import io
import itertools

import numpy as np


def lines(images, comma=",", end="\n"):
    return end.join(comma.join(map(str, image)) for image in images.tolist())


def by_numpys_own_writer(images):
    buffer = io.StringIO()
    np.savetxt(buffer, images, delimiter=",", fmt="%.6f")
    return buffer.getvalue()


def batches(images, size):
    return [images[i : i + size] for i in range(0, len(images), size)]


def in_parts(ask, images, size):
    parts = np.split(images, range(size, len(images), size))
    return np.concatenate([ask(part) for part in parts])


def by_iterator(ask, images, size):
    rest, labels = iter(images), []
    while part := list(itertools.islice(rest, size)):
        labels.extend(ask(np.array(part)))
    return labels


def requests_of(answer):
    """What it sends, and what it makes of the labels."""
    found = []
    for count, size in [(7, 3), (6, 3), (1, 4), (90, 8)]:
        sent, images = [], np.arange(64.0 * count)[::-1].reshape(count, 64)

        def ask(part, sent=sent):
            part = np.asarray(part)
            sent.append([*part.shape, part.sum()])
            return [row[-1] for row in part]

        found.append((list(answer(ask, images, size)), sent))
    return [part for one in found for part in (one[0], *one[1])]


WRONG = {
    "to_csv": {
        "spaces": lambda images: lines(images, comma=" "),
        "semicolons": lambda images: lines(images, comma=";"),
        "one line": lambda images: lines(images, end=","),
        "a header": lambda images: "pixels\n" + lines(images),
        "a list": lambda images: str(images.tolist()),
        "rounded": lambda images: lines(images.round()),
        "the first only": lambda images: lines(images[:1]),
        "columns as lines": lambda images: lines(images.T),
        "no return": lambda images: None,
        "without zeros": lambda images: lines(images).replace("0.0,", ","),
        "turned round": lambda images: lines(images[:, ::-1]),
        "empty lines at the end": lambda images: lines(images) + 3 * "\n",
        "spaces that are none": lambda images: lines(images).replace(",", "\u00a0,"),
        "in UTF-16": lambda images: lines(images).encode("utf-16"),
        "empty": lambda images: "",
        "the last number is wrong": lambda images: lines(
            np.hstack([images[:, :-1], images[:, -1:] + 1])
        ),
        "one row too many": lambda images: lines(np.vstack([images, images[:1]])),
    },
    "ask_in_batches": {
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
        "sorted": lambda ask, x, n: sorted(
            label for part in batches(x, n) for label in ask(part)
        ),
        "of forty": lambda ask, x, n: [
            label for part in batches(x[:40], n) for label in ask(part)
        ],
        "one pixel of each": lambda ask, x, n: [
            label for part in batches(x, n) for label in ask(part[:, :1])
        ],
        "images alone": lambda ask, x, n: [ask(image)[0] for image in x],
        "blank images": lambda ask, x, n: [
            label for part in batches(0 * x, n) for label in ask(part)
        ],
        "the first pixels, not the labels": lambda ask, x, n: [
            image[0] for part in batches(x, n) if ask(part) for image in part
        ],
        "other labels": lambda ask, x, n: [
            label + 0.001 for part in batches(x, n) for label in ask(part)
        ],
        "asks twice": lambda ask, x, n: [
            label for part in batches(x, n) for label in (ask(part), ask(part))[1]
        ],
    },
    "silent_fault": {
        "the misconception": 0.975,
        "nearly so": 0.97,
        "all": 1.0,
        "none": 0.0,
        "negative": -0.2,
        "percent": 20,
        "text": "few",
        "a list": [0.2, 0.3],
        "too many": 0.7,
        "not a number": np.nan,
    },
}
RIGHT = {
    "to_csv": [
        by_numpys_own_writer,
        lambda images: (lines(images) + "\n").encode(),
        lambda images: "\r\n".join(lines(images).split("\n")),
    ],
    "ask_in_batches": [in_parts, by_iterator, lambda *a: np.array(by_iterator(*a))],
    "silent_fault": [0.25, np.float32(0.3)],  # other seeds give these too
}
SAYS = {
    "to_csv": {
        "empty": "the text is empty",
        "in UTF-16": "UTF-8",
        "the last number is wrong": "number 64 of",
    },
    "ask_in_batches": {
        "images alone": "whole images",
        "one pixel of each": "all 64 pixels",
        "backwards": "order of the images",
        "other labels": "not those that ask gave",
    },
    "silent_fault": {"nearly so": "right way up", "the misconception": "right way up"},
}
STUBS = {
    "to_csv": lambda images: ...,
    "ask_in_batches": lambda ask, images, size: ...,
    "silent_fault": ...,
}
NEEDS = {"np": np}
IMAGES = [np.arange(64 * n).reshape(n, 64) / 16 for n in (1, 3)]
PROBES = {
    "to_csv": lambda answer: [
        [float(x.strip("\r").encode("ascii")) for x in row.split(",")]
        for images in IMAGES
        for row in _text(answer(images)).removesuffix("\n").split("\n")
    ],
    "ask_in_batches": requests_of,
}


def _text(answer):
    return answer.decode() if isinstance(answer, bytes) else answer
