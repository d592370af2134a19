"""Run the lessons headlessly: papermill in parallel, with a bar and a report."""

import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import joblib
import nbformat
import psutil

from course.tools.lessons import ROOT, Lesson
from localaws.machine import guard

EXECUTED = ROOT / "build" / "notebooks"
COMMAND = [sys.executable, "-m", "course.tools.runner"]
# What joblib, PyTorch and TensorFlow take for the number of cores:
CORES = ("LOKY_MAX_CPU_COUNT", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
KEPT = ("course",)  # of a notebook's metadata, beside the kernel's


@dataclass(frozen=True)
class Result:
    """What came of one lesson: ``error`` is empty when every cell ran."""

    lesson: Lesson
    seconds: float
    peak_bytes: int
    error: str = ""


News = tuple[Lesson, Result | None]  # a lesson that begins, or its result


def private_environment(root: Path = ROOT) -> dict[str, str]:
    """Variables that keep inside ``build/`` what programs write while lessons run.

    Temporary files too: whatever a program forgets there, ``make clean`` removes.
    """
    home = root / "build" / "home"
    names = ["IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "KERAS_HOME"]
    names += ["JUPYTER_CONFIG_DIR", "MPLCONFIGDIR", "XDG_CONFIG_HOME", "TMPDIR"]
    folders = {name: home / name.lower() for name in names}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    return {name: str(folder) for name, folder in folders.items()}


def run(
    chosen: list[Lesson],
    parameters: dict[str, object],
    output: Path,
    workers: int | None = None,
) -> Iterator[News]:
    """Execute ``chosen`` into ``output``; yield each lesson at its start and end.

    At the start a lesson comes with None, at its end with its ``Result``. Closing
    the generator, or Ctrl-C, ends every process that a lesson started.
    """
    output.mkdir(parents=True, exist_ok=True)
    cores = joblib.cpu_count()
    count = min(workers or cores, len(chosen))
    crew = _Crew(output, parameters, max(1, cores // max(1, count)))
    for lesson in chosen:
        crew.waiting.put(lesson)
    threads = [threading.Thread(target=crew.work) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        done = 0
        while done < len(chosen):
            lesson, result = crew.news.get()
            done += result is not None
            yield lesson, result
    finally:
        crew.stop.set()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class _Crew:
    """What the threads that run lessons share: one lesson at a time is each one's."""

    output: Path
    parameters: dict[str, object]
    cores: int  # for each lesson
    waiting: queue.SimpleQueue[Lesson] = field(default_factory=queue.SimpleQueue)
    news: queue.SimpleQueue[News] = field(default_factory=queue.SimpleQueue)
    stop: threading.Event = field(default_factory=threading.Event)  # end at once

    def work(self) -> None:
        """Run lessons until none is left."""
        while not self.stop.is_set():
            try:
                lesson = self.waiting.get_nowait()
            except queue.Empty:
                return
            self.news.put((lesson, None))
            self.news.put((lesson, self.execute(lesson)))

    def execute(self, lesson: Lesson) -> Result:
        """Run one lesson in a process of its own and watch its memory."""
        target, began = self.output / lesson.path.name, time.monotonic()
        asked = str(lesson.path), str(target), json.dumps(self.parameters)
        process = _start(*asked, cores=self.cores)
        assert process.stdout and process.stderr, "both were asked for"
        said, complained = _drain(process.stdout), _drain(process.stderr)
        family, peak = psutil.Process(process.pid), 0
        while process.poll() is None and not self.stop.is_set():
            peak = max(peak, memory(family))
            time.sleep(0.25)
        if self.stop.is_set():
            end_family(family)
        error = (said() or complained()).strip() if process.wait() else ""
        return Result(lesson, time.monotonic() - began, peak, error)


def _start(*arguments: str, cores: int) -> subprocess.Popen[str]:
    limit = dict.fromkeys(CORES, str(cores))
    return subprocess.Popen(
        [*COMMAND, "--for", str(os.getpid()), *arguments],
        env=os.environ | private_environment() | limit,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is ours to hand on, in order
        text=True,
    )


def _drain(stream: IO[str]) -> Callable[[], str]:
    """Read ``stream`` in the background; call what is returned to get all of it."""
    parts: list[str] = []
    reader = threading.Thread(target=lambda: parts.extend(stream), daemon=True)
    reader.start()

    def said() -> str:
        reader.join(timeout=5)
        return "".join(parts)

    return said


def memory(family: psutil.Process) -> int:
    """Resident bytes of a process and all that it started."""
    total = 0
    for process in _members(family):
        try:
            total += process.memory_info().rss
        except psutil.Error:
            continue
    return total


def _members(family: psutil.Process) -> list[psutil.Process]:
    try:
        return [family, *family.children(recursive=True)]
    except psutil.Error:
        return []


def end_family(family: psutil.Process) -> None:
    """End a process and all that it started: ask, wait 5 s, then kill."""
    members = _members(family)
    for process in members:
        try:
            process.terminate()
        except psutil.Error:
            continue
    _, alive = psutil.wait_procs(members, timeout=5)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=5)


# The key of a server's console, which opens nothing once the server has gone.
_OPENING = re.compile(r"(://127\.0\.0\.1:\d+/\?key=)[\w-]+")


def without_keys(text: str) -> str:
    """What a cell printed, without the key of a console."""
    return _OPENING.sub(r"\1...", text)


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove what an execution leaves behind and a reader does not need."""
    cells = [c for c in notebook.cells if "injected-parameters" not in _tags(c)]
    for cell in cells:
        for key in ("papermill", "execution", "collapsed", "lines_to_next_cell"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", ["some"]):
            del cell.metadata["tags"]
        for output in cell.get("outputs", ()):
            if "text" in output:
                output.text = without_keys(output.text)
    notebook.cells = cells
    kept = {key: notebook.metadata[key] for key in KEPT if key in notebook.metadata}
    notebook.metadata = kept | {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
    }
    return notebook


def _tags(cell: nbformat.NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def save(lesson: Lesson, output: Path) -> None:
    """Replace a committed lesson by its execution."""
    executed = nbformat.read(output / lesson.path.name, as_version=4)
    temporary = lesson.path.with_suffix(".tmp")
    nbformat.write(tidy(executed), temporary)
    temporary.replace(lesson.path)


def main() -> int:
    """Run one lesson: ``python -m course.tools.runner LESSON OUTPUT VALUES``.

    With ``--for PID`` first, the lesson and all that it started end with that process,
    however it ends.
    """
    if sys.argv[1] == "--for":
        guard.die_with(int(sys.argv[2]))
        return guard.run([*COMMAND, *sys.argv[3:]], os.environ, spared=0, grace=5)
    import papermill

    source, target, parameters = sys.argv[1:]
    try:
        papermill.execute_notebook(
            source,
            target,
            json.loads(parameters),
            kernel_name="python3",
            cwd=str(Path(source).parent),
            progress_bar=False,
            request_save_on_cell_execute=False,  # twice a cell: a second of each lesson
            coalesce_streams=True,  # two prints of a cell are one output
        )
    except papermill.PapermillExecutionError as error:
        print(f"cell [{error.exec_count}]:\n{error.source}\n")
        print(f"{error.ename}: {error.evalue}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
