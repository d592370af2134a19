"""JupyterLab on the repository, opened at the work copies."""

import os
import sys
from pathlib import Path

from course.tools.desk import copies, update
from course.tools.desk.edition import NoEdition
from course.tools.lessons import Lesson


def prepare(found: list[Lesson], work: Path) -> list[str]:
    """Make the copies that are missing; return what the learner should know.

    A lesson that is being written, or broken, keeps nobody from the others.
    """
    made, stale, told = 0, [], []
    for lesson in found:
        try:
            made += copies.make(lesson, work)
            stale += [lesson.number] if update.newer(lesson, work) else []
        except NoEdition as error:
            told.append(f"No copy is made: {error}.")
    if made:
        told.append(f"Your copies of {made} lesson(s) are now in {work}.")
    if stale:
        numbers = ", ".join(stale)
        told.append(
            f"Newer than your copies: lesson {numbers}. `course update` brings them in "
            "and keeps what you wrote."
        )
    return told


def command(root: Path, opened: str, options: list[str]) -> list[str]:
    """What starts JupyterLab on the repository, at a path inside it.

    It listens on loopback and asks for its token, as always. JupyterLab refuses to run
    as root without being told to; in a container there is nobody else.
    """
    jupyter = Path(sys.executable).with_name("jupyter")
    words = [str(jupyter), "lab", f"--ServerApp.root_dir={root}"]
    words += ["--ContentsManager.preferred_dir=work"]
    words += [f"--LabApp.default_url=/lab/tree/{opened}"]
    if os.geteuid() == 0:
        words.append("--allow-root")
    return words + options
