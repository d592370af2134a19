"""Wrong answers that no one thought of: each solution, changed at one place.

A lesson whose cases have a table PROBES takes part. PROBES maps an exercise to a
function that takes the answer and returns what can be compared; an answer that is no
function needs none. A mutant counts if it answers, and differently from the solution
(to a relative 1e-6): one that the probes cannot tell from the solution is right, and
one that raises an error is refused by any check. Solutions that measure (with the tag
`nbval-ignore-output`) train networks and are not run: their results are varied instead,
and of the wrong ones one is called "the misconception" and told so.
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
NAMED = "the misconception"
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


class Variable:
    """What frameworks have: an array if it is asked to be one."""

    def __init__(self, value):
        self.value = np.array(value)

    def __array__(self, dtype=None, copy=None):
        return self.value.astype(dtype or float)


@pytest.mark.parametrize("framework", ["torch", "a variable"])
def test_what_frameworks_return_is_compared(framework):
    import torch

    def made(value):
        if framework == "torch":
            return torch.tensor(value, dtype=torch.float64, requires_grad=True)
        return Variable(value)

    source = "def {name}(x):\n    return made(3 * x[0] - min(x[1], 5))\n\n"
    source = (source + "check.{name}({name})").format(name="three")

    @exercise("Read it again.")
    def three(answer):
        """A function."""
        for x in ([1.0, 2.0], [2.0, 9.0]):
            x = np.array(x)
            expect_array(call(answer, x=x), 3 * x[0] - min(x[1], 5), x=x)

    probe = lambda answer: [answer(np.array(x)) for x in ([1.0, 2.0], [2.0, 9.0])]  # noqa: E731
    found = mutation.tried(source, {"made": made}, {"three": three}, {"three": probe})
    assert len(found) >= 5 and mutation.share_refused(found) == 1
    assert mutation.same([made([1.0]), 2], [np.array([1.0]), 2])
    assert not mutation.same(made([1.0]), made([1.1]))


def test_a_class_is_probed_by_what_it_does():
    @exercise("Add.")
    def counter(answer):
        """A class that counts."""
        one = call(answer)
        expect([one.add(3), one.add(4)] == [3, 7], "that is no sum.")

    source = """
class Counter:
    def __init__(self):
        self.total = 0

    def add(self, number):
        self.total = self.total + number
        return self.total

check.counter(Counter)
"""
    probe = lambda answer: (lambda one: [one.add(2), one.add(5)])(answer())  # noqa: E731
    found = mutation.tried(source, {}, {"counter": counter}, {"counter": probe})
    assert len(found) >= 3 and mutation.share_refused(found) == 1


def test_a_result_is_varied_in_each_of_its_parts():
    found = list(mutation.varied((0.8, "same")))
    assert (-0.8, "same") in found and (0.0, "same") in found
    assert (0.8, "worse") in found and ("same", 0.8) in found
    assert not any(mutation.same(list(each), [0.8, "same"]) for each in found)
    assert (0.5, 0.5) not in list(mutation.varied((0.5, 0.5)))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a - b", {"a + b", "b - a", "a", "b"}),
        ("a / b", {"a * b", "b / a", "a"}),
        ("3", {"4", "2", "0", "-3"}),
        ("0.5", {"0.56", "0.0", "-0.5"}),
        ("a < b", {"a <= b", "a >= b"}),
        ("a and b", {"a or b"}),
        ("-a", {"a"}),
        ("a[1:]", {"a[0:]", "a[2:]", "a[:]"}),
        ("a.mean(axis=0)", {"a.sum(axis=0)", "a.mean()", "a.mean(axis=1)"}),
        ("f(a, b)", {"f(b, a)", "a"}),
        ("np.where(c, a, b)", {"np.where(c, b, a)"}),
        ("a[i, j]", {"a[j, i]"}),
        ("a.T @ b", {"a @ b"}),
        ("[v for v in a if v > 0]", {"[v for v in a]"}),
        ("lambda a, b: 2", {"lambda a, b: a", "lambda a, b: b"}),
        (
            "range(n)",
            {"range(0 + 1, n + 0)", "range(0 + 0, n + -1)", "range(0 + 0, n + 1)"},
        ),
        ("lambda a, b: 2 * a", {"lambda a, b: 2 * b", "lambda a, b: 3 * a"}),
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
def test_the_probes_tell_wrong_functions_from_the_solution_and_right_ones_not(check):
    tables, lesson = cases(check), lesson_of(check)
    for source in mutation.solutions(lesson):
        names = mutation.names_for(source, lesson, tables.NEEDS)
        name, answer = mutation.answer_of(source, names)
        if name not in tables.PROBES:
            continue
        right = mutation.observed(tables.PROBES[name], answer)
        named = [*tables.WRONG[name].items(), *enumerate(tables.RIGHT[name])]
        for label, other in named:
            other = other if isinstance(other, tuple) else (other,)
            seen = mutation.observed(tables.PROBES[name], other)
            assert mutation.same(seen, right) == isinstance(label, int), label


@pytest.mark.parametrize("check", TAKING_PART)
def test_nearly_every_mutant_of_a_solution_is_refused(check):
    tables, lesson = cases(check), lesson_of(check)
    found = []
    for source in mutation.solutions(lesson):
        names = mutation.names_for(source, lesson, tables.NEEDS)
        found += mutation.tried(source, names, judges_of(check), tables.PROBES)
    survivors = [mutant.source for mutant in found if mutant.taken]
    assert len(found) >= min(20, 6 * len(tables.PROBES))  # 18 has one function
    assert mutation.share_refused(found) >= LEAST, "\n\n".join(survivors)


def result_of(check, name) -> tuple:
    """A right result of an investigation; () where it is a function."""
    right = cases(check).RIGHT[name][0]
    right = right if isinstance(right, tuple) else (right,)
    return () if any(map(callable, right)) else right


@pytest.mark.parametrize("check", CHECKS)
def test_an_investigation_refuses_all_that_is_far_from_its_result(check):
    taken = [
        (name, result)
        for name in sorted(mutation.measured(lesson_of(check)))
        for result in mutation.varied(result_of(check, name))
        if mutation.verdict(judges_of(check)[name], result).startswith("✓")
    ]
    assert taken == []


@pytest.mark.parametrize("check", TAKING_PART)
def test_an_investigation_refuses_the_misconception_and_says_so(check):
    tables = cases(check)
    for name in mutation.measured(lesson_of(check)):
        assert NAMED in tables.WRONG[name], name
        assert NAMED in tables.SAYS[name], name


def test_every_lesson_takes_part():
    assert [check for check in CHECKS if check not in TAKING_PART] == []
