"""Every lesson obeys the house style, and the style check can fail."""

import base64
import copy
from functools import cache

import lesson_style as style
import matplotlib.pyplot as plt
import nbformat
import pytest
from nbformat import v4

from course import plots
from course.tools import lessons
from course.tools.lessons import Lesson

NOTEBOOKS = [Lesson(path) for path in sorted(lessons.NOTEBOOKS.glob("*.ipynb"))]
every_lesson = pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda each: each.name)


@pytest.mark.parametrize("rule", style.RULES, ids=lambda rule: rule.__name__)
@every_lesson
def test_the_lesson_obeys(lesson, rule):
    limits = style.limits_of(lesson.notebook)
    complaints = list(rule(lesson.notebook, lesson.name, limits))
    assert not complaints, "\n".join(complaints)


@every_lesson
def test_the_file_is_small_and_valid(lesson):
    nbformat.validate(lesson.notebook)
    assert lesson.path.stat().st_size < style.MOST_BYTES


def test_every_notebook_has_the_number_of_a_lesson():
    assert lessons.lessons() == NOTEBOOKS


def complaints_about(notebook) -> list[str]:
    limits = style.limits_of(notebook)
    return [
        text for rule in style.RULES for text in rule(notebook, "03_sample", limits)
    ]


@cache
def png(title="Up it goes", x="time (s)", y="height (m)") -> str:
    figure, ax = plt.subplots(figsize=(1, 1))
    ax.plot([0, 1], [0, 1])
    ax.set(title=title, xlabel=x, ylabel=y)
    plt.close(figure)
    return base64.b64encode(plots.small_png(figure)).decode()


def text(words: str) -> list:
    return [v4.new_output("stream", name="stdout", text=words)]


def image(content: str) -> list:
    return [v4.new_output("display_data", data={"image/png": content})]


def cell(source, outputs=(), **metadata):
    return v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


@pytest.fixture
def good():
    """A notebook that obeys every rule."""
    hidden = {"tags": ["solution", "hide-cell"], "jupyter": {"source_hidden": True}}
    alt = {"mystnb": {"image": {"alt": "A line that rises from left to right, " * 2}}}
    groups = [[cell("import course\ncourse.setup()\na = 1")]]
    groups += [[cell("seed = 0", tags=["parameters"])]]
    groups += [[cell("a = 1\nb = 2\nc = 3\nd = 4", text("d = 4"))] for _ in range(20)]
    groups += [[cell("plot()", image(png()), **copy.deepcopy(alt))] for _ in range(4)]
    for _ in range(3):
        stub = cell("check.it(...)", text("not attempted yet"), tags=["exercise"])
        groups += [
            [stub, cell("check.it(1)\n", text("correct"), **copy.deepcopy(hidden))]
        ]
    for number, group in enumerate(c for g in groups for c in g):
        group.execution_count = number + 1
    prediction = "**Predict.** What? **Answer.** This. "
    cells = [
        v4.new_markdown_cell("# 03 · Sample\n\nWhy is this here?\n" + prediction * 2)
    ]
    for group in groups:
        cells += [*group, v4.new_markdown_cell("word " * 60)]
    cells += [v4.new_markdown_cell("**The answer.** It is a sample.")]
    cells[2].source += "It grows because it is fed. We look so that we know."
    proof = groups[-1][1].id  # a solution: it is checked
    cells[2].metadata["causes"] = [
        {"says": "because it is fed", "control": proof},
        {"says": "so that we know", "waiver": "a purpose, not a cause"},
    ]
    plan = {"check": "activations", "runs": [{"seed": 1}]}
    return v4.new_notebook(cells=cells, metadata={"course": plan})


def code_of(notebook, number):
    return style.code(notebook)[number]


def long_cell(notebook):
    code_of(notebook, 3).source = "a = 1\n" * 26


def wide_cell(notebook):
    code_of(notebook, 3).source = "a = " + "1" * 85


def too_many_long_cells(notebook):
    for number in (3, 4, 5):
        code_of(notebook, number).source = "a = 1\n" * 16


def three_in_a_row(notebook):
    notebook.cells[4:4] = [cell("a = 1"), cell("a = 2"), cell("a = 3")]


def too_few_words(notebook):
    for markdown in style.prose(notebook):
        markdown.source = markdown.source.replace("word ", "")


def no_question(notebook):
    notebook.cells[0].source = "# 03 · Sample\n\nThis is a lesson. Is it?\n"


def no_answer(notebook):
    notebook.cells[-1].source = "The end."


def no_setup(notebook):
    code_of(notebook, 0).source = "import course"


def no_parameters(notebook):
    code_of(notebook, 1).metadata.tags = []


def an_install(notebook):
    code_of(notebook, 3).source = "%pip install numpy"


def run_out_of_order(notebook):
    code_of(notebook, 3).execution_count = 99


def saved_times(notebook):
    code_of(notebook, 3).metadata["execution"] = {"iopub.status.busy": "now"}


def long_output(notebook):
    code_of(notebook, 3).outputs = text("line\n" * 16)


def a_path(notebook):
    code_of(notebook, 3).outputs = text("saved in /home/ada/course")


def a_date(notebook):
    code_of(notebook, 3).outputs = text("done on 2031-04-01")


def a_clock(notebook):
    code_of(notebook, 3).outputs = text("done at 12:30:05")


def a_progress_bar(notebook):
    code_of(notebook, 3).outputs = text(" 40%|####      |")


def stderr(notebook):
    code_of(notebook, 3).outputs = [v4.new_output("stream", name="stderr", text="oh")]


def an_error(notebook):
    code_of(notebook, 3).outputs = [v4.new_output("error", ename="E", evalue="")]


def no_alternative_text(notebook):
    code_of(notebook, 22).metadata = {}


def no_title(notebook):
    code_of(notebook, 22).outputs = image(png(title=""))


def no_axis_label(notebook):
    code_of(notebook, 22).outputs = image(png(y=""))


def too_many_figures(notebook):
    code_of(notebook, 22).outputs *= 7


def stub_without_solution(notebook):
    del notebook.cells[-3]


def stub_that_fails(notebook):
    code_of(notebook, -2).outputs = text("wrong")


def solution_in_the_open(notebook):
    code_of(notebook, -1).metadata.tags = ["solution"]


def wrong_solution(notebook):
    code_of(notebook, -1).outputs = text("not yet")


def solution_with_a_name_of_the_lesson(notebook):
    code_of(notebook, -1).source = "%%capture\na, other = 2, 3\ncheck(other)"


def solution_with_a_name_that_a_function_uses(notebook):
    code_of(notebook, 3).source = "def f(x):\n    return x + later"
    code_of(notebook, -1).source = "later = [x for x in (1, 2)]\ncheck(later)"


def unanswered_prediction(notebook):
    for markdown in style.prose(notebook):
        markdown.source = markdown.source.replace("**Answer.**", "")


def causes_of(notebook):
    return notebook.cells[2].metadata["causes"]


def a_cause_without_control(notebook):
    del causes_of(notebook)[0]


def a_control_that_asserts_nothing(notebook):
    causes_of(notebook)[0]["control"] = code_of(notebook, 3).id


def a_control_that_is_gone(notebook):
    causes_of(notebook)[0]["control"] = "nowhere"


def a_short_waiver(notebook):
    causes_of(notebook)[1]["waiver"] = "obvious"


def a_cause_that_was_rewritten(notebook):
    causes_of(notebook)[0]["says"] = "because it is watered"


def no_plan(notebook):
    del notebook.metadata["course"]


def no_runs(notebook):
    notebook.metadata["course"]["runs"] = []


def a_run_of_nothing(notebook):
    notebook.metadata["course"]["runs"] = [{}]


def a_run_with_another_name(notebook):
    notebook.metadata["course"]["runs"] = [{"sead": 1}]


def no_such_check(notebook):
    notebook.metadata["course"]["check"] = "activation"


def no_such_module(notebook):
    notebook.metadata["course"]["module"] = "neural"


def a_misspelt_key(notebook):
    notebook.metadata["course"]["run"] = [{"seed": 1}]


def a_misspelt_limit(notebook):
    notebook.metadata["course"]["limits"] = {"wrods": [0, 1]}


BREAKS = {
    no_plan: 'no part "course"',
    no_runs: '"runs" is empty',
    a_run_of_nothing: '"runs" is [{}], expected objects',
    a_run_with_another_name: '"sead" of a run is not set',
    no_such_check: '"check" is "activation", but src/course/check has no such module',
    no_such_module: '"module" is "neural", but src/course has no such module',
    a_misspelt_key: "has the keys ['check', 'run', 'runs'], expected check, runs,",
    a_misspelt_limit: '"limits" names "wrods"',
    a_cause_without_control: "It grows because it is fed.' in its `causes`",
    a_control_that_asserts_nothing: "is no code cell that asserts",
    a_control_that_is_gone: "the control 'nowhere' is no code cell",
    a_short_waiver: "'so that we know' has no control and no waiver",
    a_cause_that_was_rewritten: "expected words that the cell has once",
    long_cell: "26 lines",
    wide_cell: "columns",
    too_many_long_cells: "more than 15 lines: 3",
    three_in_a_row: "without prose",
    too_few_words: "words:",
    no_question: "then a question",
    no_answer: "The answer",
    no_setup: "course.setup()",
    no_parameters: "0 cells are tagged",
    an_install: "shell command",
    run_out_of_order: "top to bottom",
    saved_times: "execution times",
    long_output: "prints 16 lines",
    a_path: "an absolute path",
    a_date: "a date",
    a_clock: "a time of day",
    a_progress_bar: "a progress bar",
    stderr: "stderr",
    an_error: "ended with E",
    no_alternative_text: "without alternative text",
    no_title: "no label: Title",
    no_axis_label: "no label: y",
    too_many_figures: "figures: 10",
    stub_without_solution: "no solution follows",
    stub_that_fails: "does not print",
    solution_in_the_open: "not collapsed",
    wrong_solution: "is not correct",
    solution_with_a_name_of_the_lesson: "binds a, a name of code cell 1",
    solution_with_a_name_that_a_function_uses: "binds later, a name of code cell 4",
    unanswered_prediction: "has no **Answer**",
}


def test_the_sample_is_good(good):
    nbformat.validate(good)
    assert complaints_about(good) == []


def test_what_a_solution_keeps_to_itself_is_no_complaint(good):
    code_of(
        good, 3
    ).source = "import math\ndef f(x):\n    y = x + math.pi\n    return y"
    code_of(
        good, -1
    ).source = "import math\nx, y = 1, 2\ndef g(a):\n    b = a\ncheck.it(1)"
    assert complaints_about(good) == []


@pytest.mark.parametrize("break_it", BREAKS, ids=lambda function: function.__name__)
def test_the_style_check_notices(good, break_it):
    break_it(good)
    assert any(BREAKS[break_it] in complaint for complaint in complaints_about(good))
