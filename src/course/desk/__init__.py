"""The learner's desk, seen from a lesson's kernel: progress and solutions."""

from course.desk import exercises, record


def progress(number: str) -> None:
    """Print how many exercises of the lesson with that number are solved.

    It is what the work copies in `work/` show at their recap. Elsewhere nothing is
    recorded, and it says so.
    """
    folder = record.desk()
    if folder is None:
        print("Progress is kept in the copies in work/: `course start` opens them.")
        return
    lesson = exercises.numbered(number)
    solved, trouble = record.Record(folder / record.NAME).read()
    print(summary(lesson, solved))
    if trouble:
        print(trouble)


def summary(lesson: exercises.Committed, entries: record.Entries) -> str:
    """Such as "3 of 4 solved. Still open: softmax." for a lesson's exercises."""
    names = lesson.exercises
    still = [
        name for name in names if not entries.get(lesson.key(name), {}).get("solved")
    ]
    text = f"{len(names) - len(still)} of {len(names)} solved."
    return f"{text} Still open: {', '.join(still)}." if still else text
