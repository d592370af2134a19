"""A lesson as the site shows it: what it takes, newest outputs, answers folded."""

import json
import re
from pathlib import Path

from course.tools.runner import without_keys
from course.tools.site.curriculum import MARK, Curriculum, Entry

ANSWER = re.compile(r"^\*\*Answer:\*\* *(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
FOLDED = "<details class='answer'>\n<summary>Answer</summary>\n\n{}\n\n</details>"


def page(
    committed: Path, executed: Path, curriculum: Curriculum, first: list[dict]
) -> dict:
    """The notebook of the page: the executed copy where it is a whole run.

    It begins with the cells ``first``, which the page itself does not show.
    """
    notebook = _newest(committed, executed)
    notebook["metadata"].pop("papermill", None)
    opening, *others = notebook["cells"]
    for cell in notebook["cells"]:
        _tidy(cell)
        if cell["cell_type"] == "markdown":
            cell["source"] = curriculum.mark(fold("".join(cell["source"])))
    about = notebook["metadata"].get("course", {})
    opening["source"] = _with_brief(opening["source"], brief(about, curriculum))
    notebook["cells"] = [*first, opening, *others]
    return notebook


def fold(text: str) -> str:
    """The text with the paragraph that answers a prediction folded away."""
    return ANSWER.sub(lambda answer: FOLDED.format(answer[1]), text)


def brief(about: dict, curriculum: Curriculum) -> str:
    """What the lesson needs, what the reader will do, and for how many minutes."""
    if not about.get("minutes"):
        return ""
    reading, doing = about["minutes"]["reading"], about["minutes"]["doing"]
    needs = [_link(curriculum.find(number)) for number in about.get("needs", [])]
    wanted = "; ".join([*needs, *filter(None, [about.get("besides")])])
    rows = [
        f"- **You need** {wanted or 'no other lesson'}",
        f"- **You will** {about['will']}",
        f"- **Minutes** about {reading + doing}: {reading} to read, {doing} to try "
        "things out (an estimate)",
    ]
    return "\n".join(['<div class="brief">', "", *rows, "", "</div>"])


def _link(entry: Entry) -> str:
    name = f"{entry.number} {entry.title}"
    if not entry.page:
        return name + MARK
    return f"[{name}]({entry.page.removeprefix('notebooks/')}.ipynb)"


def _with_brief(opening: str, box: str) -> str:
    """The opening cell with the box below its heading."""
    heading, _, rest = opening.partition("\n")
    return "\n\n".join(filter(None, [heading, box, rest.strip()]))


def _tidy(cell: dict) -> None:
    """No run times, no keys; a solution is labelled, and folded with its output."""
    metadata = cell["metadata"]
    for output in cell.get("outputs", ()):
        if "text" in output:
            output["text"] = without_keys("".join(output["text"]))
    for key in ("papermill", "execution"):
        metadata.pop(key, None)
    tags = metadata.get("tags", [])
    if "solution" in tags:
        metadata["tags"] = list(dict.fromkeys([*tags, "hide-cell"]))
        prompts = metadata.setdefault("mystnb", {})
        prompts.setdefault("code_prompt_show", "Show the solution")
        prompts.setdefault("code_prompt_hide", "Hide the solution")


def _newest(committed: Path, executed: Path) -> dict:
    """The executed copy when it is a whole run of the committed text, else that."""
    lesson = _read(committed)
    if not executed.exists():
        return lesson
    try:
        run = _read(executed)
    except ValueError:  # a run that was interrupted while it was being saved
        return lesson
    return run if _is_whole_run(run, lesson) else lesson


def _is_whole_run(run: dict, lesson: dict) -> bool:
    papermill = run["metadata"].get("papermill", {})
    return (
        _text(run) == _text(lesson)
        and not papermill.get("parameters")
        and not papermill.get("exception")
        and all(
            cell["execution_count"] is not None
            for cell in run["cells"]
            if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
        )
    )


def _text(notebook: dict) -> list[tuple[str, str]]:
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
