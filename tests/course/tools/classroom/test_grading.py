"""What students hand in is judged, whatever it does to the process that runs it."""

import nbformat
import psutil
import pytest

from course.tools.classroom import grading
from course.tools.classroom.grading import Limits, grade
from course.tools.classroom.paper import handed_in, papers
from localaws.machine.sandbox import namespaces_work

RIGHT = "check.decayed(lambda rate, steps: rate / 2**steps)"
WRONG = "check.decayed(lambda rate, steps: rate / 2)"
LIMITS = Limits(cell=5, notebook=60)


@pytest.fixture
def judged(own, hand_in):
    """Return a function that grades what a student handed in: solved, and message."""

    def run(*sources, limits=LIMITS):
        folder = hand_in("ada", *sources)
        found = handed_in(folder, papers([], own))
        ada = [one for one in found if one.student == "ada"]
        (row,) = grade(ada, folder, limits, 1)
        assert (row.student, row.lesson, row.exercise) == ("ada", "decay", "decayed")
        return row.solved, row.message

    return run


def test_a_right_answer_is_told_what_the_checker_says(judged):
    assert judged(RIGHT) == (True, "correct. Seven halvings bring 0.8 below 0.01.")


def test_a_wrong_answer_is_told_why_and_a_later_right_one_counts(judged):
    solved, message = judged(WRONG)
    assert solved is False and message.endswith("that halves once.")
    assert judged(WRONG, RIGHT, WRONG)[0] is True


def test_what_was_not_answered_is_not_wrong(judged):
    assert judged("check.decayed(...)")[0] is None
    assert judged("1 + 1") == (None, "no cell calls check.decayed(...)")


def test_an_error_costs_its_own_cell_and_is_named_with_the_first_one(judged):
    assert judged("1 / 0", RIGHT)[0] is True
    solved, message = judged("rate = 1 / 0", "rate\n" + RIGHT)
    assert solved is None
    assert "NameError" in message and "code cell 2: its cell ends" in message
    assert "ZeroDivisionError" in message


@pytest.mark.parametrize(
    "hostile",
    [
        "import os\nos._exit(0)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
        "while True:\n    print('x' * 10_000)",
        "while True:\n try:\n  while True: pass\n except BaseException: pass",
        "import os\nos.close(1); os.close(2)",
        "import subprocess\nsubprocess.Popen(['sleep', '987'], start_new_session=True)",
    ],
    ids=["ends", "falls", "prints", "holds on", "closes", "leaves a process"],
)
def test_a_hostile_cell_costs_no_other_its_exercise(judged, hostile):
    limits = Limits(cell=2, notebook=12) if "BaseException" in hostile else LIMITS
    solved, message = judged(RIGHT, hostile, limits=limits)
    assert (solved, message[:7]) == (True, "correct")
    told = (process.info["cmdline"] for process in psutil.process_iter(["cmdline"]))
    assert ["sleep", "987"] not in list(told)


OTHER = """

@exercise("")
def other(answer):
    'Anything.'
"""


@pytest.mark.parametrize(
    ("hostile", "said"),
    [
        ("import os\nos._exit(3)\n", "its cell ended its process, status 3"),
        ("while True: pass\n", "its cell takes longer than 5 seconds"),
    ],
    ids=["ends", "loops"],
)
def test_after_it_the_rest_is_judged(own, hand_in, hostile, said):
    checker = own / "decay_check.py"
    checker.write_text(checker.read_text() + OTHER)
    notebook = nbformat.read(own / "decay.ipynb", as_version=4)
    stub = nbformat.v4.new_code_cell("check.other(...)")
    stub.metadata.tags = ["exercise"]
    notebook.cells.append(stub)
    nbformat.write(notebook, own / "decay.ipynb")
    folder = hand_in("eve", hostile + RIGHT, "check.other(1)")
    rows = grade(list(handed_in(folder, papers([], own))), folder, LIMITS, 1)
    found = [(row.exercise, row.solved, row.message) for row in rows]
    assert found == [("decayed", None, said), ("other", True, "correct.")]


@pytest.mark.parametrize(
    "forged",
    [
        "import decay_check\ndecay_check.expect_same = print",
        "from course.judging.exercise import Exercise\n"
        "Exercise._verdict = lambda *a: (True, 'correct')",
        "check.decayed._judge = lambda answer: 'well done'",
        "import numpy\nnumpy.allclose = lambda *a, **k: True",
    ],
)
def test_a_changed_checker_takes_nothing(judged, forged):
    assert judged(forged, WRONG) == (False, "the notebook has changed its checker")


def test_a_checker_of_ones_own_is_not_asked(judged):
    assert judged("class check:\n    decayed = print", WRONG)[0] is None


def test_too_much_memory_ends_it(judged, monkeypatch):
    monkeypatch.setattr(grading, "MEMORY", 200 << 20)
    large = "import time\nx = bytearray(300 << 20)\ntime.sleep(4)\n"
    solved, message = judged(large + RIGHT)
    assert solved is None and "of memory" in message


@pytest.mark.skipif(not namespaces_work(), reason="this system has no namespaces")
def test_the_course_and_what_others_handed_in_are_out_of_reach(judged, hand_in):
    folder = hand_in("bob", RIGHT)
    probe = (
        "import course.check, pathlib, os\n"
        "place, kept = pathlib.Path(course.check.__file__), False\n"
        "try:\n    place.write_text(place.read_text())\n"
        "except OSError:\n    kept = True\n"
        f"place = {str(folder)!r}\n"
        "seen = os.path.isdir(place) and os.listdir(place)\n"
        "assert kept and not seen, (kept, seen)\n"
    )
    assert judged(probe + RIGHT)[0] is True
    assert (folder / "bob" / "decay.ipynb").exists()
