"""The same network without a library: sums of products, and a ReLU between the layers.

`sizes.json` has the units of each layer, `weights.bin` the float32 numbers of each: a
row of weights for each of its units, then the biases.
"""

import json
from array import array
from itertools import pairwise
from operator import mul
from pathlib import Path

FOLDER = Path(__file__).parent


def loaded():
    """Of each layer the rows of weights, and the biases."""
    sizes = json.loads((FOLDER / "sizes.json").read_text())
    numbers, layers = array("f", (FOLDER / "weights.bin").read_bytes()).tolist(), []
    for inputs, outputs in pairwise(sizes):
        weights, numbers = numbers[: inputs * outputs], numbers[inputs * outputs :]
        biases, numbers = numbers[:outputs], numbers[outputs:]
        rows = [weights[i : i + inputs] for i in range(0, len(weights), inputs)]
        layers.append((rows, biases))
    return layers


LAYERS = loaded()


def scores(images):
    """Lists of scores (images, classes) for lists of pixels (images, 784)."""
    return [through(image) for image in images]


def through(values):
    """The scores of one image."""
    for number, (rows, biases) in enumerate(LAYERS):
        if number:
            values = [max(value, 0.0) for value in values]
        values = [
            sum(map(mul, row, values)) + bias
            for row, bias in zip(rows, biases, strict=True)
        ]
    return values
