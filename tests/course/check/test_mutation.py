"""Wrong answers that no one thought of: each solution, changed at one place.

A lesson whose cases have a table PROBES takes part. PROBES maps an exercise to a
function that takes the answer and returns what can be compared; an answer that is no
function needs none. A mutant counts if it answers, and differently from the solution
(to a relative 1e-6): one that the probes cannot tell from the solution is right, and
one that raises an error is refused by any check. Solutions that measure (with the tag
`nbval-ignore-output`) train networks and are left out: WRONG has their conclusions.
"""

from importlib import import_module
from pkgutil import iter_modules

import mutation
import numpy as np
import pytest
from definitions import cases, lesson_of
from mutants import mutants

import course.check
from course.check import Exercise, call, exercise, expect, expect_array

LEAST = 0.95  # of the mutants of a lesson are refused
CHECKS = [module.name for module in iter_modules(course.check.__path__)]
TAKING_PART = [check for check in CHECKS if hasattr(cases(check), "PROBES")]


@exercise("Take the least off.")
def strict(answer):
    """A function x -> the sum of x without its smallest value."""
    for x in ([1.0, 2, 4], [5.0], [-2.0, 3]):
        x = np.array(x)
        expect_array(call(answer, x=x), x.sum() - x.min(), x=x)


@exercise("Take the least off.")
def lax(answer):
    """The same, asked for one array whose smallest value is 0."""
    x = np.array([0.0, 2, 4])
    expect_array(call(answer, x=x), 6.0, x=x)


@exercise("Count.")
def number(answer):
    """How many are left of twelve."""
    expect(answer == 9, f"{answer} is not what is left.")


SOLUTION = """
def {name}(x):
    total = 1.0 * x.sum()
    total -= min(x)
    return total + 0

check.{name}({name})
"""
PROBES = {
    name: lambda answer: [answer(np.array(x)) for x in ([3.0, 5, 8], [-1.0, 7])]
    for name in ("strict", "lax")
}


def tried(name, source=SOLUTION):
    judges = {"strict": strict, "lax": lax, "number": number}
    return mutation.tried(source.format(name=name), {}, judges, PROBES)


def test_a_strict_check_refuses_every_mutant():
    found = tried("strict")
    assert len(found) >= 5
    assert [mutant.source for mutant in found if mutant.taken] == []


def test_a_weak_check_is_found_out():
    found = tried("lax")
    survivors = [mutant.source for mutant in found if mutant.taken]
    assert any("pass" in source for source in survivors)
    assert mutation.share_refused(found) < LEAST


def test_what_the_probes_cannot_tell_from_the_solution_does_not_count():
    sources = [mutant.source for mutant in tried("strict")]
    assert not any("total - 0" in source for source in sources)
    assert any("total + 1" in source for source in sources)


def test_an_answer_that_is_a_number_needs_no_probe():
    found = tried("number", "left = 12 - 3\ncheck.{name}(left)")
    assert {"left = 12 + 3", "left = 12 - 4", "left = 13 - 3"} <= {
        mutant.source.splitlines()[0] for mutant in found
    }
    assert not any(mutant.taken for mutant in found)


def test_a_function_without_probes_is_an_error():
    with pytest.raises(LookupError, match='"strict" has no entry in PROBES'):
        mutation.tried(SOLUTION.format(name="strict"), {}, {"strict": strict}, {})


def test_a_solution_that_does_not_run_alone_says_what_it_needs():
    with pytest.raises(LookupError, match=r"'orders' is not defined.*NEEDS"):
        tried("number", "check.{name}(len(orders))")


def test_a_mutant_that_never_ends_is_stopped():
    source = "def {name}(x):\n    k = 0\n    while k < 1:\n        k += 1\n"
    source += "    return x.sum() - x.min()\n\ncheck.{name}({name})"
    assert not any(mutant.taken for mutant in tried("strict", source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a - b", {"a + b", "b - a"}),
        ("a < b", {"a <= b", "a >= b"}),
        ("a and b", {"a or b"}),
        ("-a", {"a"}),
        ("a[1:]", {"a[0:]", "a[2:]", "a[:]"}),
        ("a.mean(axis=0)", {"a.sum(axis=0)", "a.mean()", "a.mean(axis=1)"}),
        ("f(a, b)", {"f(b, a)", "a"}),
        ("print(1 + 2)", set()),
        ("assert a < 1", set()),
        ("check.f(a + b)", {"check.f(a - b)"}),
    ],
)
def test_what_is_changed(source, expected):
    found = set(mutants(source))
    assert expected <= found if expected else found == set()


def test_seeds_are_left_alone():
    sources = "\n".join(mutants("fit(default_rng(3), a, random_state=5)"))
    assert "default_rng(4)" not in sources and "random_state=6" not in sources


def judges_of(check):
    found = vars(import_module(f"course.check.{check}"))
    return {name: each for name, each in found.items() if isinstance(each, Exercise)}


@pytest.mark.parametrize("check", TAKING_PART)
def test_the_probes_tell_each_wrong_function_from_the_solution(check):
    tables, lesson = cases(check), lesson_of(check)
    for source in mutation.solutions(lesson):
        names = mutation.names_for(source, lesson, tables.NEEDS)
        name, answer = mutation.answer_of(source, names)
        if name not in tables.PROBES:
            continue
        right = mutation.observed(tables.PROBES[name], answer)
        for label, wrong in tables.WRONG[name].items():
            wrong = wrong if isinstance(wrong, tuple) else (wrong,)
            seen = mutation.observed(tables.PROBES[name], wrong)
            assert not mutation.same(seen, right), f"{name}: {label}"


@pytest.mark.parametrize("check", TAKING_PART)
def test_nearly_every_mutant_of_a_solution_is_refused(check):
    tables, lesson = cases(check), lesson_of(check)
    found = []
    for source in mutation.solutions(lesson):
        names = mutation.names_for(source, lesson, tables.NEEDS)
        found += mutation.tried(source, names, judges_of(check), tables.PROBES)
    survivors = [mutant.source for mutant in found if mutant.taken]
    assert len(found) >= 20
    assert mutation.share_refused(found) >= LEAST, "\n\n".join(survivors)
