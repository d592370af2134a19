"""The page on SageMaker Studio: what the lessons cost there, and what they need."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from course.tools.lessons import Lesson
from course.tools.permissions import BESIDES, Needs, policy, uses_cloud

TOTAL = re.compile(r"\bat AWS prices\b.*?(\$[\d.]+)$", re.MULTILINE)


def page(text: str, found: Iterable[Lesson], needs: Mapping[str, Needs]) -> str:
    """The page, with the table of costs and the policies in their places."""
    parts = {"COSTS": costs(found), "POLICY": shown(policy(needs.values()))}
    for name, part in (parts | {"BESIDES": shown(policy([BESIDES]))}).items():
        text = text.replace(f"\n{name}\n", f"\n{part}\n")
    return text


def costs(found: Iterable[Lesson]) -> str:
    """A row for each cloud lesson, with what its own bill says."""
    rows = ["| lesson | its own bill |", "|---|--:|"]
    for lesson in filter(uses_cloud, found):
        title = f"[{lesson.title}]({lesson.page}.ipynb)"
        rows.append(f"| {title} | {bill(lesson) or 'nothing'} |")
    return "\n".join(rows)


def bill(lesson: Lesson) -> str:
    """The last total that a lesson's cells have printed, or ""."""
    printed = (
        output.get("text", "")
        for cell in lesson.notebook.cells
        for output in cell.get("outputs", ())
    )
    totals = TOTAL.findall("\n".join(printed))
    return totals[-1] if totals else ""


def shown(document: Mapping[str, object]) -> str:
    """A policy as a block of JSON, a statement a line or a few."""
    return f"```json\n{json.dumps(document, indent=1)}\n```"
