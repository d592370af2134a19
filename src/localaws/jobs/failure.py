"""Why a job failed, in words a reader can act on."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

LONGEST = 1024  # of FailureReason
LAST = 5  # lines at the end of a log that tell why, where no exception does
NEAR = 40  # lines after an exception that may be its message still
HEAD = 160  # characters that are kept of the beginning of what is too long

_TRACEBACK = "Traceback (most recent call last):"
_GROUP = f"Exception Group {_TRACEBACK}"
_BOX = re.compile(r"(?:\s*\| ?)+")  # the margin of what is inside an exception group
_RULER = re.compile(r"\s*\+[-+]+(?: (?:\d+|\.\.\.) -+)?")  # between its exceptions
_RANK = re.compile(r"\[(?:rank|default)\d+\]: ?")  # torchrun's name of a process
_FRAME = re.compile(r'\s*File ".*", line \d+')
_SOURCE = re.compile(r'File "[^<]')  # a frame without its indentation: source follows
_EXCEPTION = re.compile(r"[A-Za-z_][\w.<>]*(?:: .*|:)?")
_JAVA = re.compile(r"\s+(?:at .*\(.*\)|\.\.\. \d+ more)")  # a frame of Java's
_SURELY = re.compile(r"[\w.]*(?:Error|Exception|Exit|Interrupt|Group)(?:: .*)?")

# What says only that another program failed, which has said why before.
_CHILD = re.compile(r"subprocess\.CalledProcessError|torch\.distributed\.\S+Failed")
_PIP = re.compile(r".*'pip', 'install'")
# The SDK's drivers: what they say before a script starts, and after it has failed.
_BEGIN = re.compile(
    r"\++ (?:eval |echo '(?:Running .* [Dd]river|Installing requirements|Executing))"
)
_FINISH = re.compile(r"Command failed with exit code -?\d+\. Traceback:")
_FAILED = "Training Execution failed. For more"  # the SDK's drivers' failure file
_NOISE = re.compile(
    r"localaws: .*|\++ (?!Exception Group).*|Executing command: .*|Running .* driver|"
    r"An error occurred with exit code .*|TrainingJob - \S+'|"
    r"[EIW]\d{4} .*torch/distributed/.*"
)
_ENVIRONMENT = "sm_training.env: line"  # where the SDK's variables could not be read

APOSTROPHE = (
    'The hyperparameter "{name}" contains an apostrophe, and the environment.py of '
    "SageMaker SDK 3.27 cannot pass it on to the script"
)
_SIGNALS = {
    "SIGKILL": "was killed (SIGKILL), as it is when the machine's memory runs out",
    "SIGSEGV": "was ended by SIGSEGV, a segmentation fault",
    "SIGABRT": "aborted (SIGABRT)",
}
_CRASHES = ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGKILL", "SIGSEGV")


class JobFailed(Exception):
    """A job fails, and the text is its `FailureReason`."""


def reason(
    failure: str,
    log: Iterable[str],
    status: int,
    hyperparameters: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return `FailureReason` of an algorithm that ended with `status`.

    What the algorithm wrote to /opt/ml/output/failure, of which AWS takes the start;
    else what the end of its log says. The SDK's drivers write only that the script
    failed, which explains nothing.
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
    """
    text, lines = failure.strip(), list(log)
    if text and not _is_drivers(text):
        end = f", exit code: {status}"
        return f"AlgorithmError: {text}"[: LONGEST - len(end)] + end
    for name, value in hyperparameters.items():
        if "'" in name + value and any(_ENVIRONMENT in line for line in lines):
            return algorithm_error(APOSTROPHE.format(name=name), status)
    said = _joined(signalled(status), words(lines))
    return algorithm_error(said or "The script gave no reason; see its log", status)


def _is_drivers(text: str) -> bool:
    """Return whether the SDK's drivers wrote this, for a script that did not."""
    traceback = text.startswith("Traceback") and "subprocess.CalledProcessError" in text
    return traceback or _FAILED in text


def algorithm_error(text: str, status: int) -> str:
    """Return a reason that blames the algorithm, within AWS's limit of length.

    Of what is too long, the beginning names the error and the end tells most.
    """
    begin, end = "AlgorithmError: ", f", exit code: {status}"
    room = LONGEST - len(begin) - len(end)
    if len(text) > room:
        gap = " ... "
        text = text[:HEAD] + gap + text[len(text) - room + HEAD + len(gap) :]
    return begin + text + end


def signalled(status: int) -> str:
    """Return in words that a signal ended the script, or nothing.

    128 + n is what a shell makes of signal n, and 256 - n what a driver in Python does.
    """
    numbers = {number.value: number.name for number in signal.Signals}
    name = numbers.get(status - 128, "")
    if not name and numbers.get(256 - status) in _CRASHES:
        name = numbers[256 - status]
    return f"The script {_SIGNALS.get(name, f'was ended by {name}')}" if name else ""


def words(log: Sequence[str]) -> str:
    """Return what the end of a log says: its exception, whole, or else the last lines.

    Nothing for a log in which only drivers speak.
    """
    begins = [number for number, line in enumerate(log) if _BEGIN.match(line)]
    own = log[begins[-1] :] if begins else log
    return _words(list(_without_ignored(_cleaned(own))))


def _words(lines: list[str]) -> str:
    found = _last_exception(lines)
    if found is None:
        return "\n".join(_end(lines))
    begin, number = found
    message = [line for line in lines[number:] if not _of_traceback(line)]
    if len(message) > NEAR:
        return "\n".join(_end(lines))
    if not _CHILD.match(lines[number]):
        return "\n".join([*message, *_place(lines[begin:number])])
    before = _words(lines[:begin])
    if _PIP.match(lines[number]) or not lines[number].startswith("subprocess"):
        return before or "\n".join(message)
    return _joined(before, lines[number])


def _place(traceback: list[str]) -> list[str]:
    """Return where a script is no Python: the frame that is in no function."""
    frames = [line.strip() for line in traceback if _FRAME.match(line)]
    return [] if not frames or ", in " in frames[-1] else frames[-1:]


def _joined(*texts: str) -> str:
    return "\n".join(filter(None, texts))


def _cleaned(log: Sequence[str]) -> Iterator[str]:
    """Yield the script's own lines, those of an exception group without its box."""
    grouped = False
    for line in map(str.rstrip, log):
        if _FINISH.match(line):
            return
        grouped = grouped or line.endswith(_GROUP)
        box = _BOX.match(line) if grouped else _RANK.match(line)
        inner = line[box.end() :] if box else line
        boxed = grouped and box is not None
        if boxed and (inner[:1].isspace() or _of_traceback(inner)):
            continue
        noise = _NOISE.fullmatch(inner) or _JAVA.fullmatch(inner)
        if inner and not noise and not _RULER.fullmatch(line):
            yield inner


def _without_ignored(lines: Iterable[str]) -> Iterator[str]:
    """Leave out the tracebacks of what Python ignores, as it does while it ends."""
    ignoring, before = False, ""
    for line in lines:
        inside = _of_traceback(line) or line[:1].isspace() or _SOURCE.match(before)
        if line.startswith("Exception ignored in"):
            ignoring = True
        elif not ignoring:
            yield line
        elif not inside:  # the exception, which ends it
            ignoring = False
        before = line


def _of_traceback(line: str) -> bool:
    return bool(_FRAME.match(line)) or line.endswith(_TRACEBACK)


def _last_exception(lines: list[str]) -> tuple[int, int] | None:
    """Return where the last traceback begins, and which line names its exception."""
    found = begin = frame = None
    for number, line in enumerate(lines):
        if _of_traceback(line):
            begin = number if begin is None else begin
            frame = number
        elif begin is not None and frame is not None:
            is_source = number == frame + 1 and bool(_SOURCE.match(lines[frame]))
            if _names_exception(line, is_source):
                found, begin = (begin, number), None
    return found


def _names_exception(line: str, is_source: bool) -> bool:
    """Return whether a line after a frame names the exception.

    Where drivers took the indentation away, the line of source looks like it.
    """
    pattern = _SURELY if is_source else _EXCEPTION
    return pattern.fullmatch(line) is not None


def _end(lines: list[str]) -> list[str]:
    """Return the last lines, from the first of them that pip calls an error."""
    last = lines[-LAST:]
    errors = [number for number, line in enumerate(last) if line.startswith("ERROR: ")]
    return last[errors[0] :] if errors else last
