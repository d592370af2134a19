"""The parts of the course, and the lessons of each."""

from course.tools.lessons import Lesson


def contents(skeleton: dict, found: list[Lesson]) -> dict:
    """The table of contents: each part of `skeleton` with those lessons that exist.

    Raises ValueError for a lesson whose number belongs to no part.
    """
    parts, placed = [], []
    for part in skeleton["parts"]:
        inside = part_lessons(part, found)
        placed += inside
        chapters = [{"file": lesson.page} for lesson in inside]
        chapters += part.get("chapters", [])
        if chapters:
            parts.append({"caption": part["caption"], "chapters": chapters})
    for lesson in found:
        if lesson not in placed:
            raise ValueError(
                f'"{lesson.path.name}" belongs to no part of the book: the numbers of '
                "each are in book/_toc.yml. Rename the notebook or extend a part."
            )
    return {**skeleton, "parts": parts}


def part_lessons(part: dict, found: list[Lesson]) -> list[Lesson]:
    """The lessons whose number lies in the part's `lessons: [first, last]`."""
    first, last = part.get("lessons", (0, -1))
    return [lesson for lesson in found if first <= int(lesson.number) <= last]
