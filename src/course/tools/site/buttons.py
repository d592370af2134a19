"""An extension of Sphinx: where the source of a page lies in the repository."""

from typing import Any

WRITTEN = ("glossary", "where_is", "genindex", "search")  # no file to show or to edit


def setup(app: Any) -> dict[str, bool]:
    """Let the buttons of each page lead to its own file."""
    app.connect("html-page-context", place, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def place(app: Any, name: str, template: str, context: dict, doctree: Any) -> None:
    """Lessons lie where the site has them, the other pages in the folder `book`."""
    if not name.startswith("notebooks/"):
        context["doc_path"] = "book"
    if name in WRITTEN:
        context["page_source_suffix"] = ""
