"""A learner's afternoon, in real JupyterLab, on a clone of a small course."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import chromium
import nbformat
import psutil
import pytest

from course.tools import runner

ROOT = Path(__file__).parents[4]
LESSON = "03_activations.ipynb"
WRONG = "def collapse(W1, b1, W2, b2): return W1 @ W2, b2"
RIGHT = "def collapse(W1, b1, W2, b2): return W1 @ W2 * 3, (b1 * 3 + 2) @ W2 + b2"
CALL = "\n\ncheck.collapse(collapse)"
SOLUTION = "3 * W1 @ W2"
ANSWER = "A sum of straight lines is straight."
FIRST = """import course

course.setup()
from course.check import activations as check"""
NEWS = "Drawn on paper, a bend is a fold."


def git(folder, *words) -> str:
    who = ["-c", "user.name=A. Learner", "-c", "user.email=learner@example.org"]
    git = ["git", *who, "-c", "init.defaultBranch=main", *words]
    done = subprocess.run(git, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def write_lesson(path) -> None:
    """Lesson 03 with its first exercise alone, and a prediction that runs at once."""
    cells = nbformat.read(ROOT / "notebooks" / LESSON, as_version=4).cells
    stub = next(i for i, cell in enumerate(cells) if "collapse(W1" in cell.source)
    first = nbformat.v4.new_code_cell(FIRST)
    guess = nbformat.v4.new_markdown_cell("> **Predict.** Is it straight?", id="guess")
    look = nbformat.v4.new_code_cell("print(1 + 1)", id="look")
    table = nbformat.v4.new_output("display_data", {"text/html": "<b>a table</b>"})
    shown = nbformat.v4.new_code_cell("1", outputs=[table], id="shown")
    told = nbformat.v4.new_markdown_cell(f"**Answer:** yes.\n{ANSWER}", id="told")
    kept = [
        cells[0],
        first,
        shown,
        guess,
        look,
        told,
        *cells[stub - 1 : stub + 2],
        cells[-1],
    ]
    metadata = {"course": {"check": "activations", "runs": [{"seed": 1}]}}
    notebook = nbformat.v4.new_notebook(cells=kept, metadata=metadata)
    nbformat.write(runner.tidy(notebook), path)


@pytest.fixture(scope="module")
def upstream(tmp_path_factory):
    """The course that others write: its package and one lesson, committed."""
    folder = tmp_path_factory.mktemp("course") / "upstream"
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "course", folder / "src" / "course", ignore=skip)
    shutil.copy(ROOT / ".gitignore", folder)
    (folder / "notebooks").mkdir()
    write_lesson(folder / "notebooks" / LESSON)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Write a lesson")
    return folder


@pytest.fixture(scope="module")
def clone(upstream):
    """The learner's clone of it."""
    git(upstream.parent, "clone", "-q", str(upstream), "learner")
    return upstream.parent / "learner"


@pytest.fixture(scope="module")
def started(clone):
    """Return what starts a `course` command in the clone, as a new user of it."""
    home = clone.parent / "home"
    names = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "HOME")
    names += ("JUPYTER_CONFIG_DIR", "JUPYTERLAB_SETTINGS_DIR")
    names += ("JUPYTERLAB_WORKSPACES_DIR", "MPLCONFIGDIR")
    folders = {name: str(home / name.lower()) for name in names}
    own = os.environ | folders | {"PYTHONPATH": str(clone / "src")}

    def command(*words):
        program = [sys.executable, "-m", "course.tools.cli", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return psutil.Popen(program, cwd=clone, env=own, text=True, **pipes)

    return command


@pytest.fixture(scope="module")
def course(started):
    """Return what runs a `course` command to its end and returns what it prints."""

    def run(*words) -> str:
        process = started(*words)
        said = process.communicate()[0]
        assert process.returncode == 0, said
        return said

    return run


@pytest.fixture(scope="module")
def browser():
    with chromium.started() as driver:
        driver.set_script_timeout(60)
        yield driver


@pytest.fixture(scope="module")
def lab(started, browser):
    """The address that `course start 3` gives."""
    options = ("--no-browser", "--LabApp.expose_app_in_browser=True")
    process = started("start", "3", "--", *options)
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+/lab\S*token=\w+", line):
            break
    assert process.is_running() and found, "".join(said)
    yield found[0]
    family = [process, *process.children(recursive=True)]
    for member in reversed(family):
        member.terminate()
    _, alive = psutil.wait_procs(family, timeout=20)
    for member in alive:
        member.kill()
    process.stdout.close()


class Desk:
    """The notebook that is open in the browser."""

    def __init__(self, browser):
        self.browser = browser

    def until(self, condition, what):
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.browser, 90).until(lambda _: condition(), what)

    def open(self, address):
        self.browser.get(address)
        ready = (
            "return window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length"
        )
        self.until(lambda: self.browser.execute_script(ready), "no notebook opened")
        idle = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status"
        self.until(
            lambda: self.browser.execute_script(f"return {idle} === 'idle'"),
            "no kernel",
        )

    def command(self, name):
        """Run a command of JupyterLab's menus, to its end."""
        script = "const done = arguments[1]; jupyterapp.commands.execute(arguments[0])"
        self.browser.execute_async_script(f"{script}.then(() => done())", name)

    def text(self) -> str:
        return self.browser.find_element("css selector", ".jp-Notebook").text

    def folder(self) -> str:
        """What the file browser shows as its path."""
        (path,) = self.browser.find_elements("css selector", ".jp-BreadCrumbs")
        return path.text

    def trusted(self) -> bool:
        """Whether Jupyter lets every output show all that it holds."""
        cells = "[...jupyterapp.shell.currentWidget.content.widgets]"
        safe = "({model}) => model.type != 'code' || model.trusted"
        return self.browser.execute_script(f"return {cells}.every({safe})")

    def shows(self, *words):
        """Whether the page says these words, now or once it is whole."""
        self.until(lambda: all(word in self.text() for word in words), str(words))
        return True

    def close(self):
        """Save and close the notebook."""
        self.command("docmanager:save")
        self.command("application:close")

    def write(self, old, new):
        """Put the cursor into the cell that holds `old` and type something else."""
        from selenium.webdriver import ActionChains, Keys

        (editor,) = [
            each
            for each in self.browser.find_elements("css selector", ".cm-content")
            if old in each.text
        ]
        self.browser.execute_script("arguments[0].scrollIntoView()", editor)
        keys = ActionChains(self.browser).click(editor)
        keys = keys.key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL)
        keys.send_keys(new).perform()

    def run_all(self):
        self.command("notebook:run-all-cells")


@pytest.fixture(scope="module")
def desk(browser, lab):
    opened = Desk(browser)
    opened.open(lab)
    return opened


def test_an_afternoon_at_the_desk(desk, lab, clone, upstream, course):
    assert desk.shows("check.collapse.solution()", "Answer")
    assert SOLUTION not in desk.browser.page_source and ANSWER not in desk.text()
    assert desk.trusted() and "/work/" in desk.folder()

    desk.write("return ...", WRONG + CALL)
    desk.run_all()
    assert desk.shows("✗ collapse", "0 of 1 solved")
    desk.write(WRONG, RIGHT + CALL)
    desk.run_all()
    assert desk.shows("✓ collapse: correct.", "1 of 1 solved")
    desk.close()
    desk.open(lab)
    assert desk.shows(RIGHT, "1 of 1 solved")
    assert SOLUTION not in desk.browser.page_source

    desk.write("solution is closed", "check.collapse.solution()")
    desk.run_all()
    assert desk.shows(SOLUTION) and "✗" not in desk.text()
    desk.close()
    row = re.search(r"03_activations\D+1 of 1\D+(\d+)", course("progress"))
    assert row[1] == "2"  # attempts, until it was solved
    assert git(clone, "status", "--porcelain") == ""


def test_a_newer_lesson_comes_into_the_copy(desk, lab, clone, upstream, course):
    path = upstream / "notebooks" / LESSON
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source += f"\n\n{NEWS}"
    notebook.cells.insert(2, nbformat.v4.new_markdown_cell("## A section more"))
    nbformat.write(notebook, path)
    git(upstream, "commit", "-qam", "Say more")
    git(clone, "pull", "-q", "--ff-only")
    assert "03_activations: updated." in course("update")
    assert git(clone, "status", "--porcelain") == ""
    desk.open(lab)
    assert desk.shows(NEWS, "A section more", RIGHT, "✓ collapse: correct.")
    assert desk.trusted()
