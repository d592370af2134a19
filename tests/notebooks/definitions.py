"""What the lessons define, and the cases that belong to each lesson's check module."""

import ast
import re
from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType

from course.tools.lessons import Lesson, lessons

CASES = Path(__file__).parents[1] / "course" / "check"


@cache
def cases(check: str) -> ModuleType:
    """The tables of one check module: ``tests/course/check/test_<check>.py``."""
    spec = util.spec_from_file_location(f"{check}_cases", CASES / f"test_{check}.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lesson_of(check: str) -> Lesson:
    """The lesson whose exercises the check module holds."""
    return _lessons()[check]


@cache
def _lessons() -> dict[str, Lesson]:
    every = lessons()
    found = {lesson.plan.check: lesson for lesson in every}
    assert len(found) == len(every), "two lessons share a check module"
    return found


def python_of(source: str) -> str:
    """The Python of a cell, without what is IPython's own."""
    return re.sub(r"^\s*[%!].*$", "", source, flags=re.MULTILINE)


def statements(lesson: Lesson) -> list[ast.stmt]:
    """What stands at the top level of a lesson's cells, in their order."""
    cells = [cell for cell in lesson.notebook.cells if cell.cell_type == "code"]
    return [node for cell in cells for node in ast.parse(python_of(cell.source)).body]


def functions(lesson: Lesson) -> dict[str, ast.FunctionDef]:
    """What a lesson's cells define at their top level; solutions replace stubs."""
    found = (n for n in statements(lesson) if isinstance(n, ast.FunctionDef))
    return {node.name: node for node in found}
