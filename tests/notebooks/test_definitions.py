"""What a lesson defines and its module of `course` keeps is the same function.

The metadata of the notebook names the module; the arguments are in the lesson's cases.
"""

import ast
import copy
import inspect
from importlib import import_module

import numpy as np
import pytest
from definitions import cases, functions

from course.tools.lessons import lessons

SHARING = [lesson for lesson in lessons() if lesson.plan.module]
ROWS = [
    pytest.param(lesson, name, id=f"{lesson.name}-{name}")
    for lesson in SHARING
    for name, values in cases(lesson.plan.check).ARGUMENTS.items()
    if values is not None  # what is compared in a test of its own
]


def module_of(lesson):
    return import_module(f"course.{lesson.plan.module}")


def defined_in(lesson) -> dict:
    """The shared functions as the lesson's cells define them."""
    tables, nodes = cases(lesson.plan.check), functions(lesson)
    names = dict(tables.NEEDS)
    for name in tables.ARGUMENTS:
        exec(ast.unparse(nodes[name]), names)
    return names


def result(function, values):
    """What a function gives for copies of the values; a generator's parts as a list."""
    found = function(*copy.deepcopy(values))
    return list(found) if inspect.isgenerator(found) else found


def pairs(one, other):
    """The arrays of two results side by side, out of tuples and lists in them."""
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        for ours, theirs in zip(one, other, strict=True):
            yield from pairs(ours, theirs)
    else:
        yield one, other


@pytest.mark.parametrize(("lesson", "name"), ROWS)
def test_lesson_and_module_agree(lesson, name):
    values = cases(lesson.plan.check).ARGUMENTS[name]
    ours = result(defined_in(lesson)[name], values)
    theirs = result(getattr(module_of(lesson), name), values)
    for one, other in pairs(ours, theirs):
        if isinstance(one, dict):
            np.testing.assert_equal(one, other)
            continue
        one, other = (getattr(part, "value", part) for part in (one, other))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lesson", SHARING, ids=lambda lesson: lesson.name)
def test_no_shared_function_is_left_out(lesson):
    shared = set(functions(lesson)) & set(vars(module_of(lesson)))
    assert shared == set(cases(lesson.plan.check).ARGUMENTS)
