"""The alarms at work: evaluated at their times, and what they do done in order."""

from __future__ import annotations

import logging
import queue
import threading
from datetime import UTC, datetime
from typing import Any

from localaws.alarms import actions, composition, judgement, telling
from localaws.alarms.evaluation import ALARM, OK, UNKNOWN
from localaws.alarms.expressions import BadExpression
from localaws.alarms.history import History
from localaws.alarms.readings import Readings
from localaws.alarms.records import ACTIONS, Alarms, Transition
from localaws.api.clock import Timer
from localaws.api.registry import Context
from localaws.eventbridge.buses import deliver
from localaws.records.store import Record

STEPS = (10, 60)  # seconds between two evaluations: of short periods, of all others
PATIENCE = 5  # seconds that the clock waits for what alarms do

logger = logging.getLogger("localaws")


class Watch:
    """Evaluates alarms when it is time to, and acts upon changes of their state.

    The clock calls what looks at the metrics; a thread of its own does the rest, each
    change after the one before.
    """

    def __init__(self, context: Context, alarms: Alarms, history: History) -> None:
        self.context, self.alarms, self.history = context, alarms, history
        # Guards the states: one evaluation or request changes them at a time.
        self.changing = threading.RLock()
        self._timer: Timer | None = None  # of the next evaluation
        self._due = 0.0  # its moment
        # Changes that are to be acted upon, and whether they only go on; None: the end.
        self._waiting: queue.Queue[tuple[Transition, bool] | None] = queue.Queue()
        self._idle = threading.Event()  # set while there is none
        self._idle.set()
        # Tells of the changes, and performs the actions.
        self._thread = threading.Thread(target=self._act, daemon=True)

    def start(self) -> None:
        """Go on where an earlier server stopped."""
        for region in set(self.alarms.adopt(self.context.clock.now())):
            # Any request lets moto's part be written, now without these alarms.
            self.context.clients.get("cloudwatch", region).list_dashboards()
        for region, record in self.alarms.all():
            self.alarms.announce(region, record["AlarmName"])
        self._thread.start()
        for change in list(self.alarms.owed()):
            self._put(change)
        self.schedule()

    def close(self) -> None:
        """Do what waits, if that is soon done, and end."""
        self._waiting.put(None)
        if self._thread.ident:
            self._thread.join(PATIENCE)

    def schedule(self) -> None:
        """Let the clock call for the next evaluation; nobody calls without alarms."""
        with self.changing:
            steps = {
                STEPS[0] if judgement.step_of(record) == STEPS[0] else STEPS[1]
                for _, record in self.alarms.all()
                if "AlarmRule" not in record
            }
            now = self.context.clock.now()
            due = min((_next(now, step) for step in steps), default=0)
            if self._timer and not self._timer.cancelled:
                if due == self._due:
                    return
                self._timer.cancel()
            self._timer, self._due = None, due
            if due:
                self._timer = self.context.clock.at(due, lambda: self._tick(due))

    def _tick(self, due: float) -> None:
        with self.changing:
            self._timer = None
            for region, record in list(self.alarms.all()):
                if "AlarmRule" not in record and not due % judgement.step_of(record):
                    self._evaluate_safely(region, record, due)
            self.schedule()
        self._idle.wait(PATIENCE)

    def _evaluate_safely(self, region: str, record: Record, due: float) -> None:
        try:
            self.evaluate(region, record, due)
        except Exception:
            logger.exception("the alarm %s cannot be evaluated", record["AlarmName"])

    def evaluate(self, region: str, record: Record, end: float) -> None:
        """Give a metric alarm the state that follows from its metric up to `end`."""
        series, now = self.context.part(Readings).of(region), self.context.clock.now()
        try:
            found = judgement.judge(series, record, end, now)
        except BadExpression as error:  # a metric has become what it cannot be of
            self.change(region, record["AlarmName"], UNKNOWN, f"{error}", "")
            return
        data = judgement.as_text(found.data)
        if found.state in (None, record["StateValue"]):
            if record["ActionsEnabled"] and not end % 60:
                self._go_on(region, {**record, "StateReasonData": data})
            return
        self.change(region, record["AlarmName"], str(found.state), found.reason, data)

    def evaluate_now(self, region: str, name: str) -> None:
        """Evaluate an alarm that is new, by the last periods that are over."""
        with self.changing:
            record = self.alarms.find(region, name)
            if record is None:
                return  # it has been deleted again
            if "AlarmRule" in record:
                self.compose(region, record, None)
            else:
                step = STEPS[0] if judgement.period_of(record) < 60 else STEPS[1]
                end = self.context.clock.now() // step * step
                self._evaluate_safely(region, record, end)

    def change(
        self, region: str, name: str, state: str, reason: str, data: str
    ) -> None:
        """Give an alarm a state; if that is another one, act upon it."""
        with self.changing:
            record = self.alarms.get(region, name)
            if record["StateValue"] == state:
                return
            now = self.context.clock.now()
            change = self.alarms.change(region, name, state, reason, data, now)
            before = change.before["StateValue"]
            said = f"Alarm updated from {before} to {state}"
            told = {"oldState": _told(change.before), "newState": _told(change.after)}
            self.history.add(region, change.after, "StateUpdate", said, at=now, **told)
            self._put(change)
            for other, names in self.alarms.composites(region):
                if name in names:
                    self.compose(region, other, change.after)

    def compose(self, region: str, record: Record, cause: Record | None) -> None:
        """Give a composite alarm the state that follows from those of others."""
        rule = composition.parse(record["AlarmRule"])
        rows = {name: self.alarms.find(region, name) for name in rule.names}
        states = {name: row["StateValue"] for name, row in rows.items() if row}
        state = ALARM if rule.holds(lambda name: states.get(name, UNKNOWN)) else OK
        reason, causes = f"The rule is {state == ALARM}: {record['AlarmRule']}", []
        if cause:
            at = datetime.fromtimestamp(cause["StateUpdatedTimestamp"], UTC)
            reason = f"{cause['AlarmArn']} transitioned to {cause['StateValue']} at "
            reason += at.strftime("%A %d %B, %Y %H:%M:%S UTC")
            row = {"arn": cause["AlarmArn"], "state": telling.state(cause)}
            causes.append(row)
        data = telling.as_text({"triggeringAlarms": causes})
        self.change(region, record["AlarmName"], state, reason, data)

    def _go_on(self, region: str, record: Record) -> None:
        """Perform again what goes on as long as a state lasts."""
        arns = record[ACTIONS[record["StateValue"]]]
        if any(action.repeats for action in map(actions.of, arns) if action):
            self._put(Transition(region, record, record), again=True)

    def _put(self, change: Transition, *, again: bool = False) -> None:
        self._idle.clear()
        self._waiting.put((change, again))

    def _act(self) -> None:
        while (item := self._waiting.get()) is not None:
            change, again = item
            try:
                if not again:
                    self._tell_safely(change)
                self._perform(change, again)
                if not again:
                    self.alarms.paid(change)
            except Exception:
                logger.exception("%s could not act upon its state", change.arn)
            if self._waiting.empty():
                self._idle.set()

    def _tell_safely(self, change: Transition) -> None:
        """Tell the rules; where that fails, the actions are performed all the same."""
        event = telling.event(change, self.context.account)
        try:
            deliver(self.context, change.region, event)
        except Exception:
            logger.exception("rules do not hear of %s", change.arn)

    def _perform(self, change: Transition, again: bool) -> None:
        if not change.after["ActionsEnabled"]:
            return
        for arn in change.after[ACTIONS[change.after["StateValue"]]]:
            action = actions.of(arn)
            if again and not (action and action.repeats):
                continue
            failure = self._failure(action, arn, change)
            if failure or not again:
                self._note(change, arn, failure)

    def _note(self, change: Transition, arn: str, failure: str) -> None:
        said = "Failed to execute" if failure else "Successfully executed"
        told: dict[str, Any] = {"notificationResource": arn}
        told["actionState"] = "Failed" if failure else "Succeeded"
        if failure:
            told["error"] = failure
        self.history.add(
            *(change.region, change.after, "Action", f"{said} action {arn}"),
            at=self.context.clock.now(),
            **told,
        )

    def _failure(
        self, action: actions.Action | None, arn: str, change: Transition
    ) -> str:
        """Perform an action; return what went wrong, or ""."""
        if action is None:
            return f"localaws performs no such action: {arn}"
        try:
            action.run(self.context, arn, change)
        except Exception as error:
            logger.warning("the action %s of %s failed: %s", arn, change.arn, error)
            return f"{type(error).__name__}: {error}"[:900]
        return ""


def _next(now: float, step: int) -> float:
    return now // step * step + step


def _told(record: Record) -> dict[str, Any]:
    names = ("stateValue", "stateReason", "stateReasonData")
    return {
        name: record[name[0].upper() + name[1:]]
        for name in names
        if name[0].upper() + name[1:] in record
    }
