"""A lesson as the site shows it: its newest outputs, solutions labelled."""

import json
from pathlib import Path


def page(committed: Path, executed: Path) -> dict:
    """The notebook of the page: the executed copy where it is a whole run."""
    return _shown(_newest(committed, executed))


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


def _shown(notebook: dict) -> dict:
    """The notebook as the site shows it: no run times, solutions labelled as such."""
    notebook["metadata"].pop("papermill", None)
    for cell in notebook["cells"]:
        metadata = cell["metadata"]
        for key in ("papermill", "execution"):
            metadata.pop(key, None)
        if "solution" in metadata.get("tags", []):
            prompts = metadata.setdefault("mystnb", {})
            prompts.setdefault("code_prompt_show", "Show the solution")
            prompts.setdefault("code_prompt_hide", "Hide the solution")
    return notebook


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
