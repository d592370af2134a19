"""An extension of Sphinx: sources of pages, links of 404.html, heads of tables."""

from pathlib import Path
from typing import Any

WRITTEN = ("glossary", "where_is", "genindex", "search", "404")  # none to show or edit


def setup(app: Any) -> dict[str, bool]:
    """Let the buttons of each page lead to its own file, and 404 to all pages."""
    app.config.templates_path.append(str(Path(app.srcdir) / "_templates"))
    app.connect("html-page-context", place, priority=100)
    app.connect("doctree-resolved", lead)
    app.connect("doctree-resolved", name_columns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def place(app: Any, name: str, template: str, context: dict, doctree: Any) -> None:
    """Lessons lie where the site has them, the other pages in the folder `book`."""
    if not name.startswith("notebooks/"):
        context["doc_path"] = "book"
    if name in WRITTEN:
        context["page_source_suffix"] = ""


def lead(app: Any, doctree: Any, name: str) -> None:
    """On 404.html links begin at the host: the page is shown at any address."""
    from docutils import nodes

    if name == "404":
        for link in doctree.findall(nodes.reference):
            if link.get("internal"):
                link["refuri"] = app.config.notfound_urls_prefix + link["refuri"]


def name_columns(app: Any, doctree: Any, name: str) -> None:
    """A head of a table that is empty to the eye is not so to a program that reads."""
    from docutils import nodes

    for head in doctree.findall(nodes.thead):
        for entry in head.findall(nodes.entry):
            if not entry.astext().strip():
                words = '<span class="visually-hidden">row</span>'
                entry += nodes.raw("", words, format="html")
