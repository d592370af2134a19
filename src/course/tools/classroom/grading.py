"""What students handed in, run in a sandbox each and judged: a row an exercise."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from course.tools.classroom import sitting
from course.tools.classroom.paper import HandedIn
from course.tools.lessons import ROOT
from course.tools.runner import memory
from localaws.machine.sandbox import Process, Sandbox, isolation_works, namespaces_work
from localaws.machine.view import View

SITTINGS = 4  # of one notebook at most; each leaves out the cell that ended the last
LARGEST = 1 << 30  # bytes of a file that a notebook writes
MEMORY = 6 << 30  # bytes that a notebook and what it starts may hold
LAST = 400  # characters that are kept of what a process printed


@dataclass(frozen=True)
class Row:
    """What became of one exercise; `solved` is None where there was no answer."""

    student: str
    lesson: str
    exercise: str
    solved: bool | None
    message: str


@dataclass(frozen=True)
class Limits:
    """How long a cell and a whole notebook may take, in seconds."""

    cell: float = 60
    notebook: float = 600


def grade(
    given: Sequence[HandedIn], folder: Path, limits: Limits, workers: int
) -> Iterator[Row]:
    """Run each notebook, `workers` at a time; yield its rows in the order given.

    No notebook sees `folder`, where what the others handed in lies.
    """
    with ThreadPoolExecutor(workers) as crew:
        try:
            for rows in crew.map(lambda one: list(judge(one, folder, limits)), given):
                yield from rows
        finally:
            crew.shutdown(cancel_futures=True)


def judge(given: HandedIn, folder: Path, limits: Limits) -> Iterator[Row]:
    """Run one notebook; yield a row for each exercise of its paper."""
    if given.paper is None:
        yield Row(given.student, given.path.name, "", None, given.trouble)
        return
    said, troubles = Examination(given, folder, limits).hold()
    for name in given.paper.exercises:
        solved, message = said.get(name, (None, _why(given, name, troubles)))
        yield Row(given.student, given.paper.lesson.name, name, solved, message)


def _why(given: HandedIn, name: str, troubles: dict[str, str]) -> str:
    """Why an exercise was not judged."""
    call = f"check.{name}("
    asking = [number for number, source in given.cells if call in source]
    if not asking:
        return f"no cell calls {call}...)"
    whole = troubles.get("", "it was not judged")
    why = next(filter(None, map(troubles.get, asking)), whole)
    first = next((number for number, _ in given.cells if number in troubles), None)
    if first is None or first in asking:
        return why
    return f"{why}; before that, code cell {_place(given, first)}: {troubles[first]}"


def _place(given: HandedIn, cell: str) -> int:
    """Which of the code cells it is, from 1."""
    return 1 + [number for number, _ in given.cells].index(cell)


class Examination:
    """The sittings of one notebook, in a sandbox that goes when they are over."""

    def __init__(self, given: HandedIn, folder: Path, limits: Limits) -> None:
        self.given, self.folder, self.limits = given, folder, limits
        self.said: dict[str, tuple[bool | None, str]] = {}  # by exercise
        self.troubles: dict[str, str] = {}  # by cell; "" of the whole notebook
        self._fatal: list[str] = []  # cells that ended their process
        self._end = time.monotonic() + limits.notebook

    def hold(self) -> tuple[dict[str, tuple[bool | None, str]], dict[str, str]]:
        """Return what each exercise was told, and what became of cells that failed."""
        assert self.given.paper, "it was found before"
        if not self.given.paper.checker:
            return {}, {"": "its original imports no checker as `check`"}
        with tempfile.TemporaryDirectory(prefix="course-") as name:
            for number in range(SITTINGS):
                if self._sit(Path(name, str(number))) or "" in self.troubles:
                    break
        return self.said, self.troubles

    def _sit(self, folder: Path) -> bool:
        """Run the notebook without the cells that ended a sitting; True if it ended."""
        sandbox = Sandbox(folder, isolated=isolation_works())
        task, report = self._lay_out(sandbox)
        process = sandbox.start(
            ["python", "-m", sitting.__name__, str(task), str(report)],
            {"MPLBACKEND": "agg", "PYTHONPATH": str(ROOT / "src")},
            cwd=str(task.parent),
            limits={"fsize": LARGEST},
            view=self._view(sandbox),
        )
        status, last = self._watch(process)
        left = self._read(report)
        if status == 0:
            return True
        why = last if status is None else f"ended its process, status {status}"
        if left is None:
            self.troubles[""] = f"the notebook did not begin: {last}"
            return False
        self._fatal.append(left)
        self.troubles[left] = f"its cell {why}"
        if time.monotonic() > self._end:
            self.troubles[""] = f"the notebook {why}"
        return False

    def _lay_out(self, sandbox: Sandbox) -> tuple[Path, Path]:
        """Write what the sitting needs into its folder; return task and report."""
        paper = self.given.paper
        assert paper
        desk = sandbox.folder / "desk"
        desk.mkdir()
        if paper.beside:
            shutil.copy(paper.beside, desk)
        told: dict[str, object] = {"checker": paper.checker, "cells": self.given.cells}
        told |= {"seconds": self.limits.cell, "skipped": self._fatal}
        task = desk / "task.json"
        task.write_text(json.dumps(told))
        return task, sandbox.folder / "report"

    def _view(self, sandbox: Sandbox) -> View | None:
        """The course can only be read, and what others handed in not even that."""
        if not sandbox.namespace:
            return None
        nothing = sandbox.folder / "nothing"
        nothing.mkdir()
        read = [ROOT / "src", ROOT / "notebooks", Path(sys.prefix)]
        shown = [(str(path), path) for path in read]
        return View([*shown, (str(self.folder.resolve()), nothing)], LARGEST)

    def _watch(self, process: Process) -> tuple[int | None, str]:
        """Wait for the end, or make it; return the status, and the last words."""
        words, family = Words(process), psutil.Process(process.pid)
        try:
            while process.poll() is None:
                if time.monotonic() > self._end:
                    return None, f"takes longer than {self.limits.notebook:g} seconds"
                if memory(family) > MEMORY:
                    return None, f"takes more than {MEMORY >> 30} GB of memory"
                time.sleep(0.1)
            return process.wait(), words.last()
        finally:
            process.kill()

    def _read(self, report: Path) -> str | None:
        """Take in a report; return the last cell that had begun, None without any."""
        cell = None
        lines = report.read_text().splitlines() if report.exists() else []
        for told in map(json.loads, lines):
            cell = told["cell"]
            if told["event"] == "failed":
                self.troubles[cell] = told["text"]
            elif told["event"] == "said":
                self._hear(told["exercise"], told["solved"], told["text"])
        return cell

    def _hear(self, exercise: str, solved: bool | None, text: str) -> None:
        """Keep the verdict on an exercise; a right answer is not taken back."""
        name = exercise.rpartition(".")[2]
        if not self.said.get(name, (False,))[0]:
            self.said[name] = solved, text.lstrip("✓✗ ").removeprefix(f"{name}: ")


class Words:
    """Reads what a process prints, as fast as it comes, and keeps the end of it."""

    def __init__(self, process: Process) -> None:
        self._text = b""
        # Reads until the process has ended, which fills no memory and never waits.
        self._reader = threading.Thread(target=self._read, args=[process], daemon=True)
        self._reader.start()

    def _read(self, process: Process) -> None:
        while block := os.read(process.stdout.fileno(), 1 << 16):
            self._text = (self._text + block)[-LAST:]

    def last(self) -> str:
        """Return the last line, once the process has ended."""
        self._reader.join(5)
        lines = self._text.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""


def apart() -> str:
    """What keeps notebooks from each other and from this machine here, in words."""
    if namespaces_work():
        net = "no network" if isolation_works() else "this machine's network"
        return f"Each ran in a sandbox: {net}, the repository to be read only."
    return "This system has no namespaces: notebooks could reach files and network."
