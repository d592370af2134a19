"""One execution of a pipeline: the thread that begins its steps and hears of their end.

It takes no place on the machine: its jobs do. What it asks for, it asks as a customer
with the pipeline's role; its record has all that it knows, so that it can go on later.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Any

from localaws.api.errors import ServiceError
from localaws.api.registry import Context
from localaws.pipelines.definition import parse
from localaws.pipelines.performer import Performer
from localaws.pipelines.progress import FAILED, outcome, ready, running
from localaws.pipelines.record import EXECUTION
from localaws.pipelines.works import WORKS
from localaws.records.store import Change, Store, Table

AGAIN = 1.0  # seconds until what the disk did not take is tried again
LIMIT = 50  # steps at once, where nothing else is said
LONGEST = 1300  # characters of an execution's FailureReason
DONE = ("Completed", "Failed", "Stopped")  # how a job has ended
GOING = ("Executing", "Stopping")  # how an execution is that has not
_NOUNS = frozenset(work.noun for work in WORKS.values())
_LOST = "InternalServerError: the localaws server ended while the function ran."

logger = logging.getLogger("localaws")


class Executions:
    """The executions of a server that have not ended, by their identifiers.

    They hear of the ends of jobs as the rules of EventBridge do, and look then.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._going: dict[str, Execution] = {}
        # What the store tells, until the thread has told the executions; None ends it.
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        context.part(Store).watchers.append(self._changes.put)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def begin(self, table: Table, name: str) -> None:
        """Let an execution go on from where its record says it is."""
        execution = Execution(self.context, table, name, self._forget)
        self._going[name] = execution
        execution.start()

    def find(self, name: str) -> Execution | None:
        """Return the thread of an execution, if it has not ended."""
        return self._going.get(name)

    def resume(self) -> None:
        """Go on with what an earlier server left."""
        store = self.context.part(Store)
        for region in store.regions():
            table = store.table(EXECUTION, region)
            for row in table.all():
                if row[EXECUTION.status] in GOING:
                    self._resume(table, row[EXECUTION.key])

    def _resume(self, table: Table, name: str) -> None:
        try:
            self.begin(table, name)
        except Exception as error:  # it lacks what an execution's record has
            table.set_aside(name, error)

    def close(self) -> None:
        """Wait until nothing of an execution goes on: its record is what is left."""
        self._changes.put(None)
        self._thread.join(5)
        going = list(self._going.values())
        for one in going:
            one.tell()
        for one in going:
            one.join(5)

    def _forget(self, execution: Execution) -> None:
        """Let go of a thread that ends, not of one that goes on in its place."""
        if self._going.get(execution.execution) is execution:
            del self._going[execution.execution]

    def _listen(self) -> None:
        while (change := self._changes.get()) is not None:
            self._told(change)

    def _told(self, change: Change) -> None:
        """Tell all executions of a job that has ended or is gone: one waits for it."""
        kind, _, before, after = change
        if before is None or kind.name not in _NOUNS:
            return
        if after is None or after.get(kind.status) in DONE:
            for one in list(self._going.values()):
                one.tell(before[kind.key])


class Execution(threading.Thread):
    """The thread of one execution."""

    def __init__(self, context: Context, table: Table, name: str, forget: Any) -> None:
        super().__init__(name=f"pipeline-execution-{name}", daemon=True)
        self.context, self.table, self.execution = context, table, name
        self.forget = forget
        record = table.get(name)
        made = parse(record["_definition"])
        self.steps = Performer(context, table, name, made, self.tell)
        self.looks = 0  # how often Describe has shown it
        # What others tell this thread: the name of a job that has ended, or of a step
        # whose function has answered and what it said; "" is to look at the record.
        self.heard: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        selected = record.get("SelectiveExecutionConfig", {}).get("SelectedSteps", ())
        self.selected = [one["StepName"] for one in selected]

    def tell(self, name: str = "", answer: Any = None) -> None:
        """Let the thread know of something; see `heard`."""
        self.heard.put((name, answer))

    def run(self) -> None:
        """Go on until nothing runs any more, or the server ends."""
        try:
            self._go_on()
        except ServiceError:  # the record is not there any more
            logger.exception("%s has no record", self.name)
        except Exception as error:
            logger.exception("%s", self.name)
            self._end("Failed", f"InternalServerError: localaws failed: {error}")
        finally:
            self.forget(self)

    def _go_on(self) -> None:
        resumed = False
        first = True
        while not self.context.closing.is_set():
            try:
                if not resumed:
                    self._resume(first)
                resumed, first = True, False
                if self._advance():
                    return
                self._hear()
            except OSError:  # a full disk: what is recorded is true still
                logger.exception("could not record how %s is", self.name)
                resumed = False
                self.context.closing.wait(AGAIN)

    def _resume(self, first: bool) -> None:
        """Look at what was left; functions have ended with an earlier server."""
        self.steps.record = self.table.get(self.execution)
        for name in running(self.steps.states):
            state = self.steps.states[name]
            if state["Type"] == "Lambda":
                if first:
                    self.steps.fail(name, _LOST)
            elif "Again" in state:
                continue
            elif "Known" in state:
                self.steps.look(name)
            else:  # it was about to begin
                self.steps.note(name, None)

    def _advance(self) -> bool:
        """Begin what can begin; return whether the execution has ended."""
        steps = self.steps
        while not self.context.closing.is_set():
            steps.record = self.table.get(self.execution)
            stopping = steps.record["PipelineExecutionStatus"] == "Stopping"
            steps.stop() if stopping else steps.try_again()
            can = (
                [] if stopping else ready(steps.definition, steps.states, self.selected)
            )
            free = self._limit() - len(running(steps.states))
            for step in can[: max(free, 0)]:
                steps.begin(step)
            if not can and not running(steps.states):
                end = outcome(steps.definition, steps.states, stopping)
                self._end(end, FAILED if end == "Failed" else "")
                return True
            if not can or free <= 0:
                return False
        return True

    def _limit(self) -> int:
        """Return how many steps may run at once."""
        said = self.steps.record.get("ParallelismConfiguration", {})
        return int(said.get("MaxParallelExecutionSteps", LIMIT))

    def _end(self, status: str, reason: str) -> None:
        with self.table.edit(self.execution) as record:
            record["PipelineExecutionStatus"] = status
            if reason:
                record["FailureReason"] = reason[:LONGEST]

    def _hear(self) -> None:
        """Wait until something happens, or a step is to be tried again."""
        states = self.steps.states
        times = [state["Again"] for state in states.values() if "Again" in state]
        try:
            wait = max(0.0, min(times) - time.time()) if times else None
            name, answer = self.heard.get(timeout=wait)
        except queue.Empty:
            return
        if self.context.closing.is_set():  # jobs fail now because the server ends
            return
        for step in running(states):
            if answer is not None and step == name:
                self.steps.answered(step, answer)
            elif answer is None and name and states[step].get("Job") == name:
                self.steps.look(step)
