"""Two small lessons that hold one of each thing that a page of the site shows."""

import base64
import io

import nbformat
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

WORD = "quagga"
ALT = "A line that falls from one to zero."
ANSWER = "twice, and not once"
SOLUTION = "forty_two = 6 * 7"


def figure() -> str:
    """A white picture with one dark line, as base64 of a PNG."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (600, 360), "white")
    ImageDraw.Draw(picture).line([(30, 30), (570, 330)], fill="#23527c", width=4)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def code(source: str, *outputs, **metadata):
    """A code cell that has been run."""
    return new_code_cell(
        source, execution_count=1, outputs=list(outputs), metadata=metadata
    )


def printed(text: str):
    return new_output("stream", name="stdout", text=text)


def lesson():
    """A lesson with prose, a table, formulas, code, a figure and an exercise."""
    cells = [
        new_markdown_cell(
            "# 90 · A sample lesson\n\nWhat does a page look like? "
            f"The {WORD} is a word that no other page has."
        ),
        code("framework = 'torch'", tags=["parameters"]),
        new_markdown_cell(
            "## A formula\n\nWith $\\sigma(z) = 1/(1 + e^{-z})$ the loss is\n\n"
            "$$J(\\theta) = -\\frac{1}{n} \\sum_{i=1}^{n} \\log p(y_i \\mid x_i)$$\n\n"
            "| unit | slope at 0 |\n|---|---|\n| sigmoid | 0.25 |\n| tanh | 1 |\n\n"
            "```{note}\nA saturated unit hardly learns.\n```"
        ),
        code(
            "def sigmoid(z):  # squashes any number into (0, 1)\n"
            "    return 1 / (1 + np.exp(-z)) if z > -30 else 'tiny'\n\n"
            "print('slope', sigmoid(0) * (1 - sigmoid(0)))",
            printed("slope 0.25\n" + "0123456789 " * 20),
        ),
        new_markdown_cell("## A figure"),
        code(
            "plt.plot(line)",
            new_output("display_data", {"image/png": figure(), "text/plain": "<F>"}),
            mystnb={"image": {"alt": ALT}},
        ),
        code(
            "diagrams.line()",
            new_output("display_data", {"image/png": figure(), "text/plain": "<F>"}),
            mystnb={"image": {"alt": ALT}},
            tags=["schematic"],
        ),
        new_markdown_cell(
            "## Exercise 1\n\n*Predict, then run.* Go on with "
            "[the next lesson](91_another_sample.ipynb)."
        ),
        new_markdown_cell(f"**Answer:** {ANSWER}.\n\nMore follows."),
        code("answer = None", printed("not attempted yet"), tags=["exercise"]),
        code(SOLUTION, printed("correct"), tags=["solution", "hide-cell"]),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, **WIDGETS})


def another_lesson():
    text = "# 91 · Another sample\n\nIs there a second one? Yes."
    return new_notebook(
        cells=[new_markdown_cell(text)], metadata={"kernelspec": KERNEL}
    )


WIDGETS = {  # as a progress bar leaves them: they make no page call a CDN
    "widgets": {
        "application/vnd.jupyter.widget-state+json": {
            "version_major": 2,
            "version_minor": 0,
            "state": {"a": {}},
        }
    }
}
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write(folder) -> None:
    """Put the two lessons into a folder of notebooks."""
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(lesson(), folder / "90_sample.ipynb")
    nbformat.write(another_lesson(), folder / "91_another_sample.ipynb")
