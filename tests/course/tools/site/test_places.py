import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from course.tools import lessons
from course.tools.site import curriculum, places

GOOD = {"ReLU": ["run", "03 # A bend, twice", "03 = Rectifier"], "GPT": ["run", "10"]}


@pytest.fixture
def ask(root):
    """Return a function that writes the names and returns the problems of them."""
    cells = [
        new_markdown_cell("# 03 · Bends\n\nWhy a bend? Because."),
        new_markdown_cell("## A bend, twice\n\nCall it a **rectifier**."),
        new_code_cell("1"),
        new_markdown_cell("## Recap"),
    ]
    nbformat.write(new_notebook(cells=cells), root / "notebooks" / "03_bends.ipynb")
    plan = '"10": {title: Attention, question: "What?", needs: []}'
    (root / "book" / "planned.yml").write_text(plan)

    def problems(names):
        (root / "book" / "where_is.yml").write_text(yaml.safe_dump({"Bends": names}))
        return list(places.problems(root, lessons.lessons(folder=root / "notebooks")))

    return problems


def test_every_name_of_the_course_is_where_the_page_says():
    found = list(places.problems(lessons.ROOT, lessons.lessons()))
    assert found == []


def test_the_page_names_every_name_and_links_what_is_written(ask, root):
    assert ask(GOOD) == []
    subjects = places.read(root / "book" / "where_is.yml")
    page = places.page(subjects, curriculum.read(root))
    heading = "[03 Bends: A bend, twice](notebooks/03_bends.ipynb#a-bend-twice)"
    term = '<a href="glossary.html#term-rectifier">03 Bends</a>'
    assert f"| ReLU | {heading} · {term} | run |" in page
    assert "| GPT | 10 Attention *(planned)* | run |" in page


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("03 # A bend", '03 has no heading "A bend"'),
        ("03 = bend", '03 introduces no term "bend"'),
        ("03", "03 is written: name the heading or the term"),
        ("10 # Keys", "10 is not written: give its number alone"),
        ("licences # Gone", 'licences has no heading "Gone"'),
    ],
)
def test_a_place_that_is_not_there_is_named(ask, where, words):
    assert ask({"ReLU": ["run", where]}) == [f'"ReLU": {words}']


@pytest.mark.parametrize("given", [["done", "03"], ["run"], ["run", "03 Bends"]])
def test_an_odd_row_is_refused(ask, given):
    with pytest.raises(ValueError, match='"ReLU" in book/where_is'):
        ask({"ReLU": given})


def test_a_number_of_no_lesson_is_refused(ask, root):
    ask({"ReLU": ["run", "77"]})
    subjects = places.read(root / "book" / "where_is.yml")
    with pytest.raises(ValueError, match='no lesson "77"'):
        places.page(subjects, curriculum.read(root))
