"""The exercises of lesson 19: a request body, batches, and a fault nobody reports."""

import numpy as np

from course.check import (
    Wrong,
    as_number,
    as_numbers,
    call,
    describe,
    exercise,
    expect,
)


@exercise(
    "images.tolist() is a list of rows, each a list of numbers.",
    "','.join takes texts: turn each number into one with str.",
    "Join the numbers of a row with commas, and the rows with line breaks.",
)
def to_csv(answer):
    """A function that turns images (n, 64) into the text of a CSV request."""
    rng = np.random.default_rng()
    for count in (1, 3, 10):
        images = (rng.integers(0, 17, size=(count, 64)) / 16).astype("float32")
        text = call(answer, images=images)
        rows = _text(text).removesuffix("\n").split("\n")
        expect(
            len(rows) == count,
            f"{count} image(s) make {count} line(s); yours has {len(rows)}.",
        )
        for row, image in zip(rows, images, strict=True):
            _compare(row, image)
    return "An endpoint can read this, and so can a spreadsheet."


def _text(text: object) -> str:
    """The answer as a text; Wrong if it is none, or empty."""
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError:
            raise Wrong("these bytes are no text in UTF-8.") from None
    expect(isinstance(text, str), f"return a text; it returned {describe(text)}.")
    expect(text != "", "the text is empty.")
    return str(text)


def _compare(row: str, image: np.ndarray) -> None:
    """Raise Wrong unless a line of CSV holds the image."""
    parts = row.split(",")
    expect(
        len(parts) == len(image),
        f"a line holds {len(image)} numbers with commas between; yours has "
        f'{len(parts)}: "{row[:40]}...".',
    )
    for place, (part, pixel) in enumerate(zip(parts, image, strict=True), start=1):
        try:
            number = float(part.strip(" \t\r").encode("ascii"))
        except ValueError:
            raise Wrong(
                f'number {place} of a line is none: it is "{part[:40]}".'
            ) from None
        expect(
            np.isclose(number, pixel, atol=1e-4),
            f"number {place} of a line is {part[:40]}, but the pixel is {pixel}.",
        )


@exercise(
    "range(0, len(images), size) gives the beginning of each batch.",
    "images[begin : begin + size] may go past the end: it just gets shorter.",
    "Collect the labels with +=, so that they stay one flat list.",
)
def ask_in_batches(answer):
    """A function (ask, images, size) that returns the labels of all images in order."""
    rng = np.random.default_rng()
    many = (int(rng.integers(9, 40)), 7), (int(rng.integers(60, 200)), 12)
    for count, size in [(10, 4), (8, 4), (3, 5), (1, 1), *many]:
        images = rng.integers(17, size=(count, 64)).astype(float)
        endpoint = _Endpoint(rng)
        labels = call(_with(answer, endpoint.ask), images=images, size=size)
        about, sent = f"for {count} images in batches of {size}", endpoint.sent
        expect(
            not endpoint.odd,
            f"{about} it sent an array of shape {endpoint.odd[:1]}: send whole images, "
            "all 64 pixels of each.",
        )
        most = max(sent, default=0)
        expect(most <= size, f"{about} it sent {most} at once.")
        expect(0 not in sent, f"{about} it sent an empty request.")
        _expect_labels(as_numbers(labels, "the labels"), endpoint.labels(images), about)
        fewest = -(-count // size)
        expect(
            len(sent) == fewest,
            f"{about} it sent {len(sent)} requests, and {fewest} are enough.",
        )
    return "Order kept, and the last, shorter batch is not lost."


class _Endpoint:
    """Gives labels that follow from all 64 pixels, in a way that only it knows."""

    def __init__(self, rng: np.random.Generator):
        self._weights = rng.integers(1000, size=64)
        self.sent: list[int] = []
        self.odd: list[tuple] = []  # shapes that are no images

    def labels(self, images: np.ndarray) -> list[int]:
        return [int(image @ self._weights) % 1000 for image in images]

    def ask(self, part) -> list[int]:
        part = np.asarray(part)
        self.sent.append(len(part))
        if part.size and part.shape[1:] != (64,):
            self.odd.append(part.shape)
            return [0] * len(part)
        return self.labels(part.reshape(-1, 64))


def _expect_labels(flat: np.ndarray, expected: list[int], about: str) -> None:
    """Raise Wrong unless the labels are those of the images, in their order."""
    many = len(expected)
    expect(
        flat.shape == (many,),
        f"{about} it returned labels of shape {flat.shape}, expected ({many},).",
    )
    expect(
        sorted(flat.tolist()) == sorted(expected),
        f"{about} the labels are not those that ask gave for these images.",
    )
    expect(
        flat.tolist() == expected,
        f"{about} the labels are not in the order of the images.",
    )


def _with(answer, ask):
    """The reader's function with `ask` in its first place, for `call`."""
    if not callable(answer):
        return answer
    return lambda images, size: answer(ask, images, size)


@exercise(
    "ask(digits.x_test.transpose(0, 2, 1))['labels'] are its answers.",
    "Compare them with digits.y_test and take the mean.",
)
def silent_fault(share):
    """The share of right labels when every image is sent transposed, from 0 to 1."""
    value = as_number(share, "the share")
    expect(0 <= value <= 1, f"a share lies from 0 to 1; yours is {value:g}.")
    expect(
        value < 0.9,
        "that is the share for images the right way up. Are yours transposed?",
    )
    expect(
        value > 0.05,
        "so few? The endpoint does answer: compare its labels with digits.y_test.",
    )
    expect(
        value < 0.6,
        "that is too many. Exchange rows and columns, axes 1 and 2, of every image.",
    )
    return (
        "No error, no warning, only wrong answers: an endpoint checks what you told it "
        "to check. Lesson 26 watches for such faults."
    )
