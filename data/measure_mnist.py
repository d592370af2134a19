"""Measure lesson 06's two models on MNIST, which the lesson cannot load by itself.

    COURSE_DATA=folder .venv/bin/python data/measure_mnist.py

writes `mnist_1000.json` beside this file: the test accuracy of five draws of 1,000
training images. The functions are the lesson's own, read from its cells; MNIST is
downloaded, or found in the folder that COURSE_DATA names.
"""

import ast
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from course import data, nn

HERE = Path(__file__).parent
LESSON = HERE.parent / "notebooks" / "06_mlp.ipynb"
NEEDED = ("draw", "loss_of", "forward", "start", "backward", "train_numpy", "accuracy")
SEED, DRAWS = 6, 5


def lesson(dataset: str) -> dict:
    """The lesson's functions, as they are with this data set."""
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    nodes = [node for source in code for node in ast.parse(source).body]
    found = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
    full = data.load(dataset)
    side = full.x_train.shape[1]
    test = full.x_test.reshape(-1, side**2), full.y_test
    names = {"np": np, "nn": nn, "seed": SEED, "full": full, "side": side, "test": test}
    names["x"] = test[0]  # `start` asks for its width
    for name in NEEDED:
        exec(ast.unparse(found[name]), names)
    return names


def measured(dataset: str, draws: int = DRAWS) -> dict[str, list[float]]:
    """Test accuracies of one layer and of a hidden layer of 512 units, draw by draw."""
    names, found = lesson(dataset), {"one layer": [], "hidden layer": []}
    for k in range(SEED, SEED + draws):
        x, y, x_test, y_test = names["draw"](k)
        single = LogisticRegression(max_iter=2000).fit(x - 0.5, y)
        found["one layer"].append(single.score(x_test - 0.5, y_test))
        weights, _ = names["train_numpy"](names["start"]([512], k), x, y)
        found["hidden layer"].append(names["accuracy"](weights, x_test, y_test))
    return {name: [round(float(v), 4) for v in each] for name, each in found.items()}


if __name__ == "__main__":
    path = HERE / "mnist_1000.json"
    path.write_text(json.dumps(measured("mnist"), indent=1) + "\n", encoding="utf-8")
    print(path.read_text(encoding="utf-8"))
