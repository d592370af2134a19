"""The steps of one execution: begun as its role, looked at, ended, and recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from localaws.api.registry import Context
from localaws.iam.roles import role_client
from localaws.pipelines import caching, functions, retries
from localaws.pipelines.conditions import hold
from localaws.pipelines.definition import Definition, Step
from localaws.pipelines.expressions import Unresolved, as_text, resolve
from localaws.pipelines.progress import State, running
from localaws.pipelines.record import executions
from localaws.pipelines.scope import Knowledge
from localaws.pipelines.works import WORKS, Seen, Work
from localaws.records.store import Record, Table

LONGEST = 1024  # characters of a step's FailureReason
PATIENCE = (0.2, 1, 5)  # seconds until a Describe without an answer is tried again
Tell = Callable[[str, functions.Answer], None]


class Performer:
    """The states of the steps, and what changes them; used by one thread.

    `record` is the execution's as it was last read or written. `tell` is called, in
    another thread, with what a function has answered to a step.
    """

    def __init__(
        self,
        context: Context,
        table: Table,
        execution: str,
        made: Definition,
        tell: Tell,
    ) -> None:
        self.context, self.table, self.execution = context, table, execution
        self.definition, self.tell = made, tell
        self.record: Record = table.get(execution)

    @property
    def states(self) -> dict[str, State]:
        """Return the states of the steps that have begun."""
        return self.record["_steps"]

    def note(self, name: str, state: State | None, **members: Any) -> None:
        """Record the state of a step, with members changed; None forgets it."""
        with self.table.edit(self.execution) as record:
            if state is None:
                del record["_steps"][name]
            else:
                record["_steps"][name] = {**state, **members}
        self.record = record

    def begin(self, step: Step) -> None:
        """Begin a step; one that only decides has ended then."""
        now = time.time()
        state = {"Type": step.kind, "Status": "Starting", "StartTime": now}
        self.note(step.name, state)
        self._perform(step)

    def _perform(self, step: Step) -> None:
        other = {"Condition": self._decide, "Fail": self._give_up, "Lambda": self._call}
        try:
            other.get(step.kind, self._work)(step)
        except Unresolved as error:
            self._failed(step, f"ClientError: {error}.")

    def try_again(self) -> None:
        """Begin the work of those steps again whose time has come."""
        for name in running(self.states):
            if self.states[name].get("Again", time.time() + 1) <= time.time():
                self._perform(self.definition.steps[name])

    def stop(self) -> None:
        """Ask what runs to end, once; what only waits has ended."""
        for name in running(self.states):
            state = self.states[name]
            if "Again" in state:
                self._ended(self.definition.steps[name], "Stopped")
            elif state["Status"] != "Stopping":
                self.note(name, state, Status="Stopping")
                if "Known" in state:
                    WORKS[state["Type"]].stop(self._client(), state["Known"])

    def fail(self, name: str, reason: str) -> None:
        """Record that a step has failed."""
        self._failed(self.definition.steps[name], reason)

    def _decide(self, step: Step) -> None:
        scope = self._knowledge(step).scope()
        said = as_text(hold(step.arguments["Conditions"], scope)).capitalize()
        self._done(step, {"Condition": {"Outcome": said}}, {"Outcome": said})

    def _give_up(self, step: Step) -> None:
        scope = self._knowledge(step).scope()
        said = as_text(resolve(step.arguments.get("ErrorMessage", ""), scope))
        metadata = {"Fail": {"ErrorMessage": said}}
        self._ended(step, "Failed", FailureReason=said[:LONGEST], Metadata=metadata)

    def _call(self, step: Step) -> None:
        """Invoke a function in a thread of its own: it may take minutes."""
        scope = self._knowledge(step).scope()
        arguments = resolve(step.arguments, scope)
        function = as_text(resolve(step.whole["FunctionArn"], scope))
        key = caching.key("Lambda", arguments, function)
        if self._taken_over(step, key):
            return
        metadata = {"Lambda": {"Arn": function}}
        state = {**self.states[step.name], "Metadata": metadata, "AttemptCount": 1}
        self.note(step.name, state, Status="Executing", Key=key)
        client = self._client("lambda")
        threading.Thread(
            target=lambda: self.tell(
                step.name, functions.invoke(client, step, function, arguments)
            ),
            daemon=True,
        ).start()

    def answered(self, name: str, answer: functions.Answer) -> None:
        """Record what the function of a step has answered."""
        step = self.definition.steps[name]
        if answer.failure:
            self._failed(step, answer.failure)
            return
        said = {"OutputParameters": answer.outputs}
        listed = [{"Name": n, "Value": as_text(v)} for n, v in answer.outputs.items()]
        known = self.states[step.name]["Metadata"]["Lambda"]
        self._done(step, {"Lambda": {**known, "OutputParameters": listed}}, said)

    def _work(self, step: Step) -> None:
        """Begin the work of a step, or take over that of an earlier one."""
        work, state = WORKS[step.kind], self.states[step.name]
        given = step.arguments.get(work.member)
        job = work.name(
            self.execution, step.name, given if isinstance(given, str) else ""
        )
        arguments = resolve(step.arguments, self._knowledge(step, job).scope())
        arguments.pop(work.member, None)
        key = caching.key(step.kind, arguments) if step.kind in caching.KEYS else ""
        if self._taken_over(step, key):
            return
        tries = state.get("AttemptCount", 0) + 1
        first = state.get("First", state["StartTime"])
        state = {name: value for name, value in state.items() if name != "Again"}
        self.note(step.name, state, Job=job, Key=key, AttemptCount=tries, First=first)
        try:
            known, arn = work.begin(self._client(), arguments, job, self._tags(step))
        except ClientError as error:
            code, text = (
                error.response["Error"].get(n, "") for n in ("Code", "Message")
            )
            status = error.response.get("ResponseMetadata", {}).get(
                "HTTPStatusCode", 400
            )
            self._refused(step, text or str(error), retries.of_error(code, status))
        except BotoCoreError as error:  # botocore found it wrong, or had no answer
            wrong = isinstance(error, ParamValidationError)
            self._refused(step, str(error), "" if wrong else retries.FAULT)
        else:
            metadata = {work.metadata: {"Arn": arn}}
            state = self.states[step.name]
            self.note(
                step.name, state, Status="Executing", Known=known, Metadata=metadata
            )
            if not work.runs:
                self.look(step.name)

    def _refused(self, step: Step, text: str, kind: str) -> None:
        noun = WORKS[step.kind].noun
        begin = f"ClientError: Failed to invoke sagemaker:Create{noun}."
        self._failed(step, f"{begin} Error Details: {text}", kind)

    def _taken_over(self, step: Step, key: str) -> bool:
        """Return whether the result of an earlier execution was used."""
        if not step.cached:
            return False
        earlier = executions(self.table, self.record["_pipeline"])
        found = caching.hit(earlier, key, time.time() - step.cached)
        if found is None or self._is_gone(step, found):
            return False
        self._done(
            step, found["Metadata"], found["Properties"], Key=key, Cache=found["Source"]
        )
        return True

    def _is_gone(self, step: Step, found: Mapping[str, Any]) -> bool:
        """Return whether the work of an earlier step was deleted."""
        if step.kind not in WORKS:
            return False
        return self._seen(WORKS[step.kind], found["Known"]).status != "Completed"

    def look(self, name: str) -> None:
        """Look at the work of a step, and record its end if it has ended."""
        step, state = self.definition.steps[name], self.states[name]
        seen = self._seen(WORKS[step.kind], state["Known"])
        if self.context.closing.is_set():
            return
        if seen.status == "Completed":
            self._done(step, state["Metadata"], seen.properties)
        elif seen.status == "Failed":
            internal = seen.reason.startswith("InternalServerError")
            reason = seen.reason if internal else f"ClientError: {seen.reason}"
            kind = "" if step.kind == "Tuning" else retries.of_reason(seen.reason)
            self._failed(step, reason, kind, Properties=seen.properties)
        elif seen.status == "Stopped":
            self._ended(step, "Stopped", Properties=seen.properties)

    def _seen(self, work: Work, known: str) -> Seen:
        """Return how work is; asked again where there was no answer, or a fault."""
        said = ""
        for wait in PATIENCE:
            try:
                return work.look(self._client(), known)
            except ClientError as error:
                said = error.response["Error"].get("Message") or str(error)
                answer = error.response.get("ResponseMetadata", {})
                if answer.get("HTTPStatusCode", 400) < 500:
                    break
            except BotoCoreError as error:
                said = str(error)
            self.context.closing.wait(wait)
        return Seen("Failed", f"{known}: {said}", {})

    def _done(
        self, step: Step, metadata: Mapping[str, Any], properties: Any, **members: Any
    ) -> None:
        said = {"Metadata": metadata, "Properties": properties}
        self._ended(step, "Succeeded", **said, **members)

    def _failed(self, step: Step, reason: str, kind: str = "", **members: Any) -> None:
        """Try a step again, where a policy says so; else it has failed."""
        state, now = self.states[step.name], time.time()
        policy = retries.policy(step.policies, kind) if kind else {}
        tries, first = state.get("AttemptCount", 1) - 1, state.get("First", now)
        again = retries.again(policy, tries, first, now)
        if again is not None and state["Status"] != "Stopping":
            self.note(step.name, state, Again=again, FailureReason=reason[:LONGEST])
        else:
            self._ended(step, "Failed", FailureReason=reason[:LONGEST], **members)

    def _ended(self, step: Step, status: str, **members: Any) -> None:
        state = {
            n: v for n, v in self.states[step.name].items() if n != "FailureReason"
        }
        state.pop("Again", None)
        self.note(step.name, state, Status=status, EndTime=time.time(), **members)

    def _client(self, service: str = "sagemaker") -> Any:
        return role_client(
            self.context, self.record["RoleArn"], service, self.table.region
        )

    def _tags(self, step: Step) -> list[dict[str, str]]:
        arn = self.record["PipelineExecutionArn"]
        known = {"pipeline-execution-arn": arn, "pipeline-step-name": step.name}
        return [
            {"Key": f"sagemaker:{name}", "Value": one} for name, one in known.items()
        ]

    def _knowledge(self, step: Step, job: str = "") -> Knowledge:
        return Knowledge(self.record, self.definition, step, job, self._client)
