"""One process of a function: it is given an event at a time, and ended in the end."""

from __future__ import annotations

import json
import math
import secrets
import signal
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Any

from localaws import bounds
from localaws.functions.revision import MIB, Revision
from localaws.jobs.logs import JobLog
from localaws.machine.sandbox import Process
from localaws.machine.usage import taken

MARK = "\0localaws "  # as bootstrap.py writes it
START = "start"  # the number of what is no request, but the start of the process
INIT = 10.0  # seconds for what a module does when it is imported
LOOK = 0.1  # seconds to the first look at how much memory a function has
KILLED = 128 + signal.SIGKILL  # the status of a process that was killed
LAST = 1.0  # seconds that the last lines of an invocation may be late
TAIL = 4096  # bytes of the log that an answer may bring
MOST = 6 * 1024 * 1024  # bytes of an answer
_TOO_LARGE = (
    "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
)


class Gone(Exception):
    """The process had ended before it saw the event."""


@dataclass(frozen=True)
class Event:
    """What a process is to work on."""

    request_id: str
    body: bytes
    arn: str  # by which the function was called
    client_context: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of an event."""

    body: bytes
    failed: bool
    version: str
    log: str  # the end of it

    @property
    def value(self) -> Any:
        """What the function says, as JSON; as text where it is none."""
        try:
            return json.loads(self.body or b"null")
        except (ValueError, RecursionError):
            return self.body.decode("utf-8", "replace")

    @property
    def error(self) -> dict[str, Any]:
        """What a function that failed says of it."""
        said = self.value if self.failed else {}
        return said if isinstance(said, dict) else {"errorMessage": str(said)}


class Instance:
    """A process, from its start to its end; it works on one event at a time.

    What it asks for over the Runtime API comes in by `next`, `answer` and `fail`.
    """

    def __init__(self, revision: Revision, client: Any) -> None:
        self.revision, self.plan = revision, revision.plan
        self.token = secrets.token_urlsafe(24)
        day = time.strftime("%Y/%m/%d", time.gmtime())
        self.stream = f"{day}/[{self.plan.version}]{secrets.token_hex(16)}"
        self._begun = time.monotonic()
        # Whether it says where what an invocation prints ends, as our client does.
        self._marks_ends = not (self.plan.image and self.plan.image.program)
        # Guards what follows it; notified when anything of it changes.
        self._state = threading.Condition()
        self._ready = self._ended = self._marked = False
        self._event: Event | None = None  # waits for the process
        self._current = START  # the request that is worked on
        self._answer: tuple[bytes, bool] | None = None
        self._lines: deque[str] = deque(maxlen=400)  # of this invocation
        self._used = 0  # bytes of memory, at most so far
        self._init: float | None = None  # seconds of the start, until it is told
        self._deadline = 0.0
        self._client = client
        self._process: Process | None = None
        self._log: JobLog | None = None
        # Reads what the process prints, until the last of its processes has ended.
        self._reader = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        """Start the process; raise CannotStart. Its files are no part of the start."""
        self.revision.prepared()
        self._begun = time.monotonic()
        process = self.revision.start(self.token, self.stream)
        self._log = JobLog(self._client, self.plan.group, self.stream, written=_plain)
        self._say(
            f"INIT_START Runtime Version: {self.plan.runtime or 'Image'}",
            self.plan.note,
        )
        self._process = process
        self._reader.start()

    @property
    def ended(self) -> bool:
        """Whether it will not work on anything any more."""
        return self._ended

    def end(self) -> None:
        """End the process and all that it has started, and wait for that."""
        self._kill()
        if self._log:
            self._log.close()

    def _kill(self) -> None:
        if self._process:
            self._process.kill()
            self._reader.join()

    def work(self, event: Event) -> Outcome:
        """Let the process work on an event; return what became of it.

        Where it fails in a way that ends the process, it has ended afterwards.
        """
        ready = self._await_ready()
        if ready:  # else they tell why not
            self._lines.clear()
        self._say(f"START RequestId: {event.request_id} Version: {self.plan.version}")
        body, failed, seconds = self._worked(event, ready)
        self._report(event.request_id, seconds)
        if len(body) > MOST:
            kind = "Function.ResponseSizeTooLarge"
            body, failed = _told(kind, _TOO_LARGE), True
        if failed:
            body = self.revision.shown(body.decode("utf-8", "replace")).encode()
        tail = "\n".join([*self._lines, ""]).encode()[-TAIL:].decode("utf-8", "ignore")
        return Outcome(body, failed, self.plan.version, tail)

    def _worked(self, event: Event, ready: bool) -> tuple[bytes, bool, float]:
        if not ready:
            seconds = time.monotonic() - self._begun
            return self._broken(event, seconds), True, seconds
        begun = time.monotonic()
        with self._state:
            self._answer, self._marked = None, False
            self._event, self._current = event, event.request_id
            self._deadline = begun + self.plan.timeout
            self._state.notify_all()
        self._await_answer()
        seconds = time.monotonic() - begun
        with self._state:
            if self._answer and self._marks_ends:
                self._state.wait_for(lambda: self._marked or self._ended, LAST)
            answer, self._current = self._answer, ""
            untouched = self._ended and self._event is not None
        if untouched:  # it has ended while it was warm
            raise Gone
        if answer and self._used <= self.plan.memory * MIB:
            return *answer, seconds
        return self._broken(event, seconds), True, seconds

    def _await_ready(self) -> bool:
        """Return whether the handler is loaded; an error of that is its answer."""
        most = INIT + self.plan.timeout
        with self._state:
            self._state.wait_for(
                lambda: self._ready or self._ended or self._answer, most
            )
            if self._ready and self._current == START and self._marks_ends:
                self._state.wait_for(lambda: self._marked or self._ended, LAST)
            return self._ready

    def _await_answer(self) -> None:
        """Wait for the answer, the end, too much memory, or the end of the time."""
        limit, looks = self.plan.memory * MIB, 0
        while (left := self._deadline - time.monotonic()) > 0:
            looks = min(looks + 1, 5)
            with self._state:
                done = self._state.wait_for(
                    lambda: self._answer or self._ended, min(left, LOOK * looks)
                )
            if done:
                return
            if self._process:
                memory = taken(self._process.pid)[1] - self._process.own
                self._used = max(self._used, memory)
            if self._used > limit:
                return

    def _broken(self, event: Event, seconds: float) -> bytes:
        """End the process; return what AWS says of why."""
        with self._state:
            answer, ended = self._answer, self._ended
        if answer and not self._ready:  # its module could not be loaded
            self._kill()
            return answer[0]
        over = self._used > self.plan.memory * MIB
        if ended and not over:
            return self._exited(event, self._process.wait() if self._process else 0)
        self._kill()
        if over:
            return self._exited(event, KILLED)
        words = f"Task timed out after {self.plan.timeout:.2f} seconds"
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        self._say(f"{now} {event.request_id} {words}\n")
        return _told(
            "Sandbox.Timedout", f"RequestId: {event.request_id} Error: {words}"
        )

    def _exited(self, event: Event, status: int) -> bytes:
        """Return what AWS says of a process that has ended."""
        why = f"with error: exit status {status}"
        if status in (KILLED, -signal.SIGKILL):
            why = "with error: signal: killed"
        elif not status:
            why = "without providing a reason"
        text = f"RequestId: {event.request_id} Error: Runtime exited {why}"
        self._say(text, "Runtime.ExitError")
        return _told("Runtime.ExitError", text)

    def _report(self, request_id: str, seconds: float) -> None:
        """Write what the invocation took; since August 2025 AWS bills the start too."""
        billed = math.ceil(round(1000 * (seconds + (self._init or 0)), 2))
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {seconds * 1000:.2f} ms",
            f"Billed Duration: {billed} ms",
            f"Memory Size: {self.plan.memory} MB",
            f"Max Memory Used: {min(self._used // MIB, self.plan.memory)} MB",
        ]
        if self._init is not None:
            parts.append(f"Init Duration: {self._init * 1000:.2f} ms")
            self._init = None
        self._say(f"END RequestId: {request_id}", "\t".join([*parts, ""]))

    def _say(self, *lines: str) -> None:
        for line in filter(None, lines):
            self._lines.append(line)
            if self._log:
                self._log.write(line)

    def _read(self) -> None:
        process = self._process
        assert process, "it is read when it has been started"
        for data in bounds.lines(process.stdout):
            text = data.decode("utf-8", "replace").rstrip("\n")
            before, mark, after = text.rpartition(MARK)
            if mark and self._marks(after):
                text = before
                if not text:
                    continue
            self._say(self.revision.shown(text))
        process.wait()
        with self._state:
            self._ended = True
            self._state.notify_all()

    def _marks(self, words: str) -> bool:
        """Return whether a line ends what the current request has printed."""
        number, _, used = words.partition(" ")
        with self._state:
            if number != self._current or not used.isdigit():
                return False
            self._used = max(self._used, int(used[:18]))
            self._marked = True
            self._state.notify_all()
            return True

    # What the process asks for, in threads of its requests.

    def next(self) -> Event | None:
        """Return what is to be worked on, when there is something; None at the end."""
        with self._state:
            if not self._ready:
                self._ready = True
                self._init = time.monotonic() - self._begun
            self._state.notify_all()
            self._state.wait_for(lambda: self._event or self._ended)
            event, self._event = self._event, None
            return event

    def remaining(self) -> int:
        """Return the milliseconds since 1970 at which the time is over."""
        return int((time.time() + self._deadline - time.monotonic()) * 1000)

    def answer(self, request_id: str, body: bytes, failed: bool) -> bool:
        """Take what became of a request; return whether it is the current one."""
        with self._state:
            if request_id != self._current:
                return False
            if self._answer is None:
                self._answer = body, failed
            self._state.notify_all()
            return True


def _told(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _plain(line: str) -> str:
    """Return a line as Lambda has it: what the runtime has joined is several again."""
    return line.replace("\r", "\n").replace("\0", "")
