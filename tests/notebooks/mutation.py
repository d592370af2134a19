"""Runs the check of a lesson on solutions that were changed at one place each."""

import ast
import contextlib
import copy
import io
import math
import signal
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from definitions import python_of, statements
from mutants import mutants

from course.judging.values import plain

SECONDS = 2  # of computing that a mutant may take at most
TIMES = 10  # as long as the solution, and no less than a quarter of a second
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Mutant:
    """A solution with one change that answers differently; did the check take it?"""

    source: str
    taken: bool


class Overtime(BaseException):
    """A mutant runs too long; no `except Exception` of a judge may swallow this."""


def share_refused(found: list[Mutant]) -> float:
    """The share of the mutants that the check refuses."""
    return float(np.mean([not mutant.taken for mutant in found]))


def tried(source: str, names: dict, judges: dict, probes: dict) -> list[Mutant]:
    """Each mutant of a solution that counts, and whether its judge takes it.

    Raises LookupError where the solution cannot be run or compared.
    """
    try:
        name, answer = answer_of(source, names)
    except Exception as error:
        text = f"the solution does not run alone: {error}. Give it in NEEDS."
        raise LookupError(f"{text}\n{source}") from error
    if name not in probes and any(map(callable, answer)):
        raise LookupError(f'"{name}" has no entry in PROBES, and its answer is called')
    probe = probes.get(name, lambda *values: values)
    begun = time.process_time()
    answer_of(source, names)
    right = observed(probe, answer)
    verdict(judges[name], answer)
    limit = min(SECONDS, max(0.25, TIMES * (time.process_time() - begun)))
    found = (
        _tried(mutant, names, judges[name], probe, right, limit)
        for mutant in mutants(source)
    )
    return [mutant for mutant in found if mutant]


def _tried(source, names, judge, probe, right, limit) -> Mutant | None:
    try:
        with _limited(limit):
            _, answer = answer_of(source, names)
            seen = observed(probe, answer)
            taken = verdict(judge, answer).startswith("✓")
    except (Exception, Overtime):  # without an answer there is nothing to be taken
        return None
    counts = taken if isinstance(seen, Exception) else not same(seen, right)
    return Mutant(source, taken) if counts else None


def answer_of(source: str, names: dict) -> tuple[str, tuple]:
    """The exercise that a solution's cell calls, and the answer that it gives it."""
    given = []

    class Check:
        def __getattr__(self, name):
            return lambda *answer: given.append((name, answer))

    with contextlib.redirect_stdout(io.StringIO()), _quiet():
        exec(source, copy.copy(names) | {"check": Check()})
    return given[0]


def verdict(judge, answer: tuple) -> str:
    """What the check prints of an answer."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        judge(*answer)
    return printed.getvalue()


def observed(probe, answer: tuple):
    """What a probe makes of an answer; the error, where it raises one."""
    try:
        with _quiet():
            return probe(*answer)
    except Exception as error:
        return error


@contextlib.contextmanager
def _quiet():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def same(one, other) -> bool:
    """True for equal values, numbers within the tolerance, and lists of such."""
    if isinstance(one, Exception) or isinstance(other, Exception):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = sorted(one.items()), sorted(other.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    one, other = plain(one), plain(other)
    if one.shape != other.shape:
        return False
    if one.dtype.kind in "fiub" and other.dtype.kind in "fiub":
        return np.allclose(one, other, TOLERANCE, TOLERANCE, equal_nan=True)
    return bool(np.all(one == other))


@contextlib.contextmanager
def _limited(seconds: float):
    """Raise Overtime in here after so many seconds of computing.

    Seconds on the clock would let a busy machine decide what answers.
    """

    def ring(*_):
        raise Overtime

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def solutions(lesson) -> list[str]:
    """The solutions of a lesson that do not measure, without what they assert."""
    tagged = [(cell, cell.metadata.get("tags", [])) for cell in lesson.notebook.cells]
    return [
        _without_asserts(python_of(cell.source))
        for cell, tags in tagged
        if "solution" in tags and "nbval-ignore-output" not in tags
    ]


def _without_asserts(source: str) -> str:
    tree = ast.parse(source)
    tree.body = [node for node in tree.body if not isinstance(node, ast.Assert)]
    return ast.unparse(tree)


def names_for(source: str, lesson, needs: dict) -> dict:
    """What a solution finds: NEEDS, and the lesson's imports, functions, parameters.

    Only those that it names, or that they name in turn, are run.
    """
    names, wanted, chosen = dict(needs), _named(ast.parse(source)), []
    for node in reversed(_definitions(lesson)):
        binds = _bound(node) - set(needs)
        if binds & wanted:
            chosen.append(node)
            wanted |= _named(node)
    for node in reversed(chosen):
        exec(ast.unparse(node), names)
    return names


def _definitions(lesson) -> list[ast.stmt]:
    cells = [cell for cell in lesson.notebook.cells if cell.cell_type == "code"]
    free = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    plain = [node for cell in free for node in ast.parse(cell.source).body]
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    kept = [node for node in statements(lesson) if isinstance(node, kinds)]
    imports = [node for node in kept if isinstance(node, kinds[:2])]
    return [*imports, *plain, *(node for node in kept if node not in imports)]


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).split(".")[0] for a in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(getattr(n, "ctx", 0), ast.Store)}


def _named(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def varied(answer: tuple) -> Iterator[tuple]:
    """The result of an investigation, far off in one part, or with parts exchanged."""
    for place, part in enumerate(answer):
        for other in _far_from(part):
            yield (*answer[:place], other, *answer[place + 1 :])
    for one, other in pairwise(range(len(answer))):
        parts = list(answer)
        parts[one], parts[other] = parts[other], parts[one]
        if not same(parts, list(answer)):
            yield tuple(parts)


def _far_from(part) -> Iterator:
    if isinstance(part, str):
        yield from {"better", "worse", "same"} - {part.strip().lower()}
        return
    if np.ndim(part):  # rows, say
        part = np.asarray(part)
        yield from (-part, 0 * part, part[: len(part) // 8], part[:0], None, [part])
        return
    number = float(part)
    for other in (-number, 0.0, number / 10, 10 * number, 1 - number):
        if abs(other - number) > 0.2 * abs(number):
            yield other
    yield from (math.nan, math.inf, None, [part, part])


def measured(lesson) -> set[str]:
    """The exercises of a lesson whose solutions measure: its investigations."""
    found = set()
    for cell in lesson.notebook.cells:
        if {"solution", "nbval-ignore-output"} <= {*cell.metadata.get("tags", [])}:
            tree = ast.walk(ast.parse(python_of(cell.source)))
            calls = (node.func for node in tree if isinstance(node, ast.Call))
            found |= {f.attr for f in calls if _is_of_check(f)}
    return found


def _is_of_check(func: ast.AST) -> bool:
    owner = getattr(func, "value", None)
    return isinstance(owner, ast.Name) and owner.id == "check"
