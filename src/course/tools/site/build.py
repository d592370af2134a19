"""Builds the site: the lessons and the pages of book/, typeset by Jupyter Book."""

import hashlib
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from course.tools.site.pages import assemble

COLOUR = re.compile(r"\x1b\[[\d;]*m")
BUILT_WITH = ("jupyter-book", "sphinx", "myst-nb", "sphinx-book-theme")
EXTENSION = Path(__file__).with_name("extension.py")


class SiteError(RuntimeError):
    """The site could not be built; the message holds the warnings."""


def build_site(root: Path, executed: Path | None = None) -> Path:
    """Build the site of the clone at `root` and return its index.html.

    Lessons come from `executed` (by default build/notebooks) where they ran to the end
    there with their own parameters and have the text of the lesson in notebooks/;
    from notebooks/ otherwise. No notebook is run. Nothing outside `root` is written.
    Raises SiteError, with the warnings, when there is any warning.
    """
    root = Path(root).resolve()
    source, output = root / "build" / "site", root / "book" / "_build"
    pages = assemble(root, executed or root / "build" / "notebooks")
    index, stamp = output / "html" / "index.html", output / "built_from"
    digest = _digest(pages)
    if not (index.exists() and stamp.exists() and stamp.read_text() == digest):
        _write(pages, source, output)
        _run_jupyter_book(root, source, output)
        _replace(stamp, digest.encode())
    print(f"The site is at {index}")
    return index


def _digest(pages: dict[str, bytes]) -> str:
    """Changes when a source file of the site or a program that builds it does."""
    digest = hashlib.sha256(" ".join(map(version, BUILT_WITH)).encode())
    digest.update(EXTENSION.read_bytes())
    for name, content in sorted(pages.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _write(pages: dict[str, bytes], folder: Path, output: Path) -> None:
    """Make the folder hold just these files; what is equal already keeps its time."""
    old = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    for name in old - pages.keys():
        (folder / name).unlink()
    if old != pages.keys():  # no page of a lesson that has gone may stay in the site
        shutil.rmtree(output, ignore_errors=True)
    (output / "built_from").unlink(missing_ok=True)
    for name, content in pages.items():
        path = folder / name
        if not (path.exists() and path.read_bytes() == content):
            _replace(path, content)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    temporary.replace(path)


def _run_jupyter_book(root: Path, source: Path, output: Path) -> None:
    """Raises SiteError with what Jupyter Book said when it warns or fails."""
    program = "from jupyter_book.cli.main import main; main()"
    options = ["--warningiserror", "--keep-going", "--quiet"]
    options += ["--path-output", str(output.parent)]
    run = subprocess.run(
        [sys.executable, "-c", program, "build", str(source), *options],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if run.returncode:
        # Pages that were read are not read again: their warnings would not come back.
        shutil.rmtree(output / ".doctrees", ignore_errors=True)
        said = COLOUR.sub("", run.stderr.strip() or run.stdout.strip())
        raise SiteError(
            f"The site was not built.\n{said.replace(f'{source}/', '')}\n"
            "Mend what the warnings name, then run `course book` again."
        )
