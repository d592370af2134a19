"""A serverless variant: its server sleeps when nobody asks, and starts at a request."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localaws.api.clock import Clock
from localaws.endpoints.variant import Instance, Variant

IDLE = 300.0  # seconds without a request after which a server ends
SLEEP = "LOCALAWS_SLEEP_AFTER"  # the variable of a model that asks for other seconds


def idle(containers: Sequence[Mapping[str, Any]]) -> float:
    """Return after how many seconds without a request a model's server ends.

    Raises ValueError where its environment asks for what is no such number.
    """
    given = containers[0].get("Environment", {}).get(SLEEP, str(IDLE))
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise ValueError(f'{SLEEP} is "{given}": give seconds above 0, such as "2".')
    return seconds


@dataclass(eq=False)
class Serverless(Variant):
    """A variant whose one server sleeps after `idle` seconds by the clock.

    The request that wakes it waits for its start: a cold start. Provisioned
    concurrency keeps it awake.
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """

    clock: Clock | None = None  # None: it never sleeps
    idle: float = IDLE

    def __post_init__(self) -> None:
        super().__post_init__()
        self._waking = threading.Lock()  # one request wakes it; the others wait
        self._used = 0.0  # when its last request ended, seconds since 1970
        self._watched = False  # whether the clock will look at it
        self._ending: threading.Thread | None = None  # stops the servers that sleep

    def await_health(self, instances: Sequence[Instance]) -> None:
        """Let it answer once it is healthy; from then on it may fall asleep."""
        super().await_health(instances)
        self._rest()

    @contextmanager
    def take(self) -> Iterator[Instance]:
        """Yield its instance, started anew where it sleeps; raises `CannotDeploy`."""
        with self._waking:
            if not self.size:
                self._wake()
            taken = super().take()
            chosen = taken.__enter__()
        try:
            yield chosen
        finally:
            taken.__exit__(None, None, None)
            self._rest()

    def _wake(self) -> None:
        if self._ending:
            self._ending.join()
        with self._state:
            instances = list(self.instances)
        try:
            self.begin(instances)
            instances[0].workers[0].log("localaws: a cold start")
            self.await_health(instances)
        except BaseException:
            self._replace()
            raise

    def _rest(self) -> None:
        """Note that it was used; let the clock look whether it is used again."""
        if self.clock is None:
            return
        with self._state:
            self._used = self.clock.now()
            watch, self._watched = not self._watched, True
        if watch:
            self.clock.at(self._used + self.idle, self._look)

    def _look(self) -> None:
        assert self.clock, "only a variant with a clock is watched"
        with self._waking, self._state:
            due = self._used + self.idle
            busy = any(one.using for one in self.instances)
            if self._ended:
                return
            if self.size and (busy or due > self.clock.now()):
                again = max(due, self.clock.now() + 1)
                self.clock.at(again, self._look)
                return
            self._watched = False
            if self.size:
                self._replace()

    def _replace(self) -> None:
        """Put an instance that is not started in the place of the one that was."""
        with self._state:
            if self._ended:
                return
            old, self.instances = self.instances, [self.make(1)]
        [asleep] = old
        self._ending = threading.Thread(target=asleep.stop, daemon=True)
        self._ending.start()
