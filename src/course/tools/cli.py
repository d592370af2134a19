"""The `course` command line."""

import argparse
import json
import os
import signal
import sys

KERNEL = "neuron-to-endpoint"


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand and return its exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.command(arguments)
    except (ValueError, RuntimeError) as error:
        print(f"course: {error}", file=sys.stderr)
        return 2 if isinstance(error, ValueError) else 1
    except KeyboardInterrupt:
        print("\ncourse: interrupted; everything that was started has ended")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function, text):
        added = commands.add_parser(function.__name__, help=text, description=text)
        added.set_defaults(command=function)
        return added

    command(doctor, "check that this machine can run the course")
    command(list_, "list the lessons").prog = "course list"
    _add_options(command(run, "execute lessons headlessly and report"))
    added = command(start, "open your copy of a lesson in JupyterLab")
    added.add_argument("lesson", metavar="NN", help="a number or name")
    _add_lab_options(added)
    _add_lab_options(command(lab, "open your copies of the lessons in JupyterLab"))
    added = command(update, "bring newer lessons into your copies; keep your cells")
    added.add_argument("lessons", nargs="*", metavar="NN", help="a number or name; all")
    command(progress, "list which exercises you have solved")
    _add_classroom(command)
    records = command(permissions, "write down what the cloud lessons need of IAM")
    records.add_argument("lessons", nargs="*", metavar="NN", help="a number; all")
    command(kernel, "let JupyterLab elsewhere on this machine find the course")
    builds = command(book, "build the site from the executed lessons")
    picture = "also renew book/site.png, the picture in README: needs Chromium"
    builds.add_argument("--picture", action="store_true", help=picture)
    command(bench, "measure what is promised of the speed; write book/benchmarks.md")
    return parser


def _add_options(runs: argparse.ArgumentParser) -> None:
    runs.add_argument("lessons", nargs="*", metavar="NN", help="a number or name; all")
    runs.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a parameter, as papermill does",
    )
    runs.add_argument("--workers", type=int, help="lessons at once; default: the cores")
    runs.add_argument(
        "--save",
        action="store_true",
        help="keep the outputs in notebooks/, the times in README",
    )


def _add_classroom(command) -> None:
    added = command(student, "write lessons for students, without solutions")
    added.add_argument("folder", metavar="FOLDER", help="where to; made if need be")
    text = "numbers, names, or notebooks of your own; all lessons"
    added.add_argument("lessons", nargs="*", metavar="NN", help=text)
    added = command(grade, "run what students handed in, and list what is solved")
    text = "has a folder, or a notebook, for each student"
    added.add_argument("folder", metavar="FOLDER", help=text)
    text = "where your own notebooks are, with their checkers beside them"
    added.add_argument("--own", metavar="FOLDER", help=text)
    added.add_argument("--csv", metavar="FILE", help="write the table there too")
    text = "that a cell may take; default: %(default)g"
    added.add_argument("--seconds", type=_positive, default=60, help=text)
    text = "that a notebook may take; default: %(default)g"
    added.add_argument("--minutes", type=_positive, default=10, help=text)
    text = "notebooks at once; default: half the cores"
    added.add_argument("--workers", type=int, help=text)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is not positive')
    return value


def _add_lab_options(lab: argparse.ArgumentParser) -> None:
    text = "after --, handed on to JupyterLab: -- --no-browser --port 9000"
    lab.add_argument("options", nargs="*", metavar="-- OPTION", help=text)


def doctor(_: argparse.Namespace) -> int:
    """Print a line a check; the exit status says whether all passed."""
    from course import checkup

    return checkup.report()


def list_(_: argparse.Namespace) -> int:
    """Print the number and title of every lesson."""
    from course.tools.lessons import lessons

    for lesson in lessons():
        print(f"{lesson.number}  {lesson.title}")
    return 0


list_.__name__ = "list"


def run(arguments: argparse.Namespace) -> int:
    """Execute lessons in parallel; status 1 when one failed."""
    from course.tools import lessons, report, runner

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if arguments.save and arguments.parameters:
        raise ValueError("--save keeps the default parameters' outputs: leave out -p")
    chosen = lessons.lessons(arguments.lessons)
    parameters = {name: _value(text) for name, text in arguments.parameters}
    # The site is built from the folder of the default parameters' outputs.
    output = runner.EXECUTED.with_name("other") if parameters else runner.EXECUTED
    news = runner.run(chosen, parameters, output, arguments.workers)
    results = report.follow(news, len(chosen))
    report.table(results)
    failed = any(result.error for result in results)
    if arguments.save:
        for result in results:
            if not result.error:
                runner.save(result.lesson, runner.EXECUTED)
        if not (failed or arguments.lessons):
            report.write_readme(results, lessons.ROOT / "README.md")
    return int(failed)


def _value(text: str) -> object:
    """A parameter's value: JSON where it reads as JSON, else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def start(arguments: argparse.Namespace) -> int:
    """Become JupyterLab on the work copy of one lesson."""
    from course.tools.lessons import lesson

    return _open(f"work/{lesson(arguments.lesson).path.name}", arguments.options)


def lab(arguments: argparse.Namespace) -> int:
    """Become JupyterLab on the work copies."""
    return _open("work", arguments.options)


def _open(opened: str, options: list[str]) -> int:
    from course.tools import lessons
    from course.tools.desk import copies, lab

    try:
        told = lab.prepare(lessons.lessons(), copies.WORK)
    except OSError as error:
        raise RuntimeError(f"the copies cannot be written: {error}") from error
    for line in told:
        print(line, flush=True)
    words = lab.command(lessons.ROOT, opened, options)
    os.execv(words[0], words)


def update(arguments: argparse.Namespace) -> int:
    """Merge the lessons into their work copies; status 1 where one could not be."""
    from course.tools import lessons
    from course.tools.desk import copies, update

    chosen, failed = arguments.lessons, False
    for lesson in map(lessons.lesson, chosen) if chosen else lessons.lessons():
        try:
            print(update.update(lesson, copies.WORK))
        except (ValueError, RuntimeError, OSError) as error:
            failed = True
            print(f"{lesson.name}: {error}", file=sys.stderr)
    return int(failed)


def progress(_: argparse.Namespace) -> int:
    """Print lessons, exercises, attempts and what is solved."""
    from course.desk import exercises, record
    from course.tools.desk import copies, overview

    entries, trouble = record.Record(copies.WORK / record.NAME).read()
    overview.table(exercises.committed(), entries)
    if trouble:
        print(trouble, file=sys.stderr)
    return 0


def student(arguments: argparse.Namespace) -> int:
    """Write editions of lessons for students and print where they are."""
    from pathlib import Path

    from course.tools.classroom.student import chosen, hand_out

    for path in hand_out(chosen(arguments.lessons), Path(arguments.folder)):
        print(path)
    return 0


def grade(arguments: argparse.Namespace) -> int:
    """Print a row for each exercise that a student was given."""
    from course.tools.classroom import marks

    return marks.report(arguments)


def permissions(arguments: argparse.Namespace) -> int:
    """Run cloud lessons under IAM and renew book/permissions.json."""
    from course.tools import lessons
    from course.tools import permissions as needs

    for lesson in filter(needs.uses_cloud, lessons.lessons(arguments.lessons)):
        print(f"{lesson.name} runs ...", flush=True)
        found = needs.record(lesson, lesson.plan.runs[0], granted=None)
        needs.store(lesson.name, found)
        print(f"{lesson.name} needs {len(found)} actions")
    return 0


def kernel(_: argparse.Namespace) -> int:
    """Register a kernel that has this environment, and so finds the course."""
    from ipykernel.kernelspec import install

    place = install(user=True, kernel_name=KERNEL, display_name="Neuron to Endpoint")
    print(f'The kernel "Neuron to Endpoint" is in {place}')
    print("Choose it in JupyterLab with Kernel > Change Kernel.")
    print(f"To remove it again: jupyter kernelspec remove {KERNEL}")
    return 0


def book(arguments: argparse.Namespace) -> int:
    """Build the site and print where it is."""
    from course.tools import lessons, runner
    from course.tools.site import picture
    from course.tools.site.build import build_site

    index = build_site(lessons.ROOT, runner.EXECUTED)
    if arguments.picture:
        picture.take(index.parent, lessons.ROOT / "book" / "site.png")
    return 0


def bench(_: argparse.Namespace) -> int:
    """Measure, print the page of the benchmarks and put it into the book."""
    from course.tools import bench, lessons

    page = bench.page(bench.measure(bench.Size()))
    path = lessons.ROOT / "book" / "benchmarks.md"
    temporary = path.with_suffix(".part")
    temporary.write_text(page)
    temporary.replace(path)
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
