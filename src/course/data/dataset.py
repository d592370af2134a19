"""What a data set is to the lessons: four arrays, the names of the classes, a line."""

from dataclasses import dataclass

import numpy as np

DIGITS = tuple("0123456789")


class DataError(RuntimeError):
    """A data set cannot be had; the message says why and what to do."""


@dataclass(frozen=True)
class Dataset:
    """Training and test arrays of one data set, ready to learn from.

    ``x_train`` and ``x_test`` hold one sample a row, ``(samples, ...)``: float32, or
    text where the samples are words. ``y_train`` and ``y_test`` are int64 class
    indices into ``classes``: ``(samples,)``. The arrays cannot be written to.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...]
    description: str

    def __post_init__(self) -> None:
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            array.flags.writeable = False

    def pixels(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Images as a camera stores them, with their labels, of training and of test.

        What is in [0, 1] is in 256 steps then: uint8, in arrays that can be written to.
        """
        train, test = (self.x_train, self.y_train), (self.x_test, self.y_test)
        return tuple(
            (np.rint(255 * x).astype(np.uint8), y.copy()) for x, y in (train, test)
        )
