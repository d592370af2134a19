import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.tools.lessons import lessons
from course.tools.site.glossary import page, terms

OPENING = "# 03 · Bends\n\nWhy a bend? Because of **linear maps**."
BODY = """## Bends
A first sentence. A **bend** or **kink** is:

$$f(z) = 0$$

The unit sleeps. It is **dead**, as in [lesson 05](05_b.ipynb). A third sentence.

> **Predict.** What is **the slope** here?

**Answer:** none.

| name | use |
|---|---|
| **tape** | a list |

1. the **stage** it ended in,
2. the log."""
CLOSING = "## Recap\n\nA **bend** and **other** words.\n\n**The answer.** None."


@pytest.fixture
def folder(tmp_path):
    """Two lessons; the second introduces a term of the first again."""
    for name, body in {
        "03_a": BODY,
        "05_b": "**Dead** units. A **Bias**. A **95% share**.",
    }.items():
        texts = [OPENING if name == "03_a" else "# 05 · B\n\nWhy?", body, CLOSING]
        cells = [new_markdown_cell(text) for text in texts]
        cells.insert(1, new_code_cell("x = '**not text**'"))
        nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
    return tmp_path


def test_terms_are_the_bold_words_outside_the_frame_and_the_recap(folder):
    found = [(term.name, term.lesson.number) for term in terms(lessons(folder=folder))]
    first = ["linear maps", "bend", "kink", "dead", "the slope", "tape", "stage"]
    assert found == [(name, "03") for name in first] + [
        ("dead", "05"),
        ("Bias", "05"),
    ] + [("95% share", "05")]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bend", "A bend or kink is:\n\n$$f(z) = 0$$"),
        ("dead", "The unit sleeps. It is dead, as in lesson 05."),
        ("the slope", "What is the slope here?"),
        ("tape", "Tape: a list"),
        ("stage", "The stage it ended in."),
    ],
)
def test_a_term_comes_with_the_sentence_that_introduces_it(folder, name, sentence):
    found = {term.name: term for term in reversed(terms(lessons(folder=folder)))}
    assert found[name].sentence == sentence


def test_the_page_names_a_term_once_with_all_its_lessons(folder):
    text = page(lessons(folder=folder))
    places = "[03](notebooks/03_a.ipynb), [05](notebooks/05_b.ipynb)"
    sentence = "The unit sleeps. It is dead, as in lesson 05."
    assert f">dead</span>\n: {sentence} *(lesson {places})*" in text
    assert text.count(">bend<") == 1 and "other" not in text
    order = [text.index(f">{name}<") for name in ("bend", "Bias", "dead", "tape")]
    assert order == sorted(order)


def test_every_bold_term_of_the_lessons_is_on_the_page():
    text = page(lessons())
    entries = {entry.lower() for entry in re.findall('id="term-.+">(.+)</span>', text)}
    found = terms(lessons())
    assert len(found) > 80
    assert {term.name.lower() for term in found} <= entries
