"""A production variant as it runs: its instances, and which of them is asked."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from localaws.machine.files import remove
from localaws.models.chain import await_health, begin
from localaws.models.containers import CannotDeploy, Container
from localaws.models.workers import Worker


class Busy(Exception):
    """A serverless variant answers as many requests as it may."""


@dataclass(eq=False)
class Instance:
    """One instance of a variant: a server for each of its containers, and folders."""

    containers: list[Container]
    workers: list[Worker]
    answers: bool = False  # whether requests go to it
    using: int = 0  # requests under way
    turn: int = 0  # when it was asked last, in the order of all requests

    @property
    def up(self) -> bool:
        """Whether all of its servers can be asked now."""
        return all(worker.up for worker in self.workers)

    def stop(self) -> None:
        """End its servers."""
        for worker in self.workers:
            worker.stop()

    def remove(self) -> None:
        """Delete its folders; the servers must have been stopped."""
        for container in self.containers:
            remove(container.folder)


@dataclass(eq=False)
class Variant:
    """A production variant: instances that are alike, and its share of the requests.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html
    """

    name: str
    weight: float
    startup: float  # seconds that an instance may take to become healthy
    make: Callable[[int], Instance]  # makes its n-th instance, which is not started
    instances: list[Instance] = field(default_factory=list)
    direct: bool = False  # a request names its container; no pipeline
    at_random: bool = False  # any instance is asked, not the least busy one
    role: str | None = None  # the execution role of its model
    stream: str = ""  # the name of its log's stream
    # A serverless variant's MaxConcurrency, counted down while requests are answered.
    slots: threading.Semaphore | None = None

    def __post_init__(self) -> None:
        self._numbers = itertools.count(len(self.instances) + 1)
        self._turns = itertools.count(1)
        # Guards the instances and what they count; notified when a request has ended.
        self._state = threading.Condition()
        self._ended = False  # no instance is added any more

    @property
    def containers(self) -> list[Container]:
        """The containers of its model, as the first instance has them."""
        return self.instances[0].containers

    @property
    def workers(self) -> list[Worker]:
        """The servers of all instances."""
        return [worker for one in list(self.instances) for worker in one.workers]

    @property
    def size(self) -> int:
        """How many instances answer."""
        return sum(one.answers for one in list(self.instances))

    def begin(self, instances: Sequence[Instance]) -> None:
        """Fetch the models of instances, and start their servers; `CannotDeploy`."""
        for one in instances:
            begin(one.containers, one.workers)

    def await_health(self, instances: Sequence[Instance]) -> None:
        """Let instances answer once all of them are healthy; raises `CannotDeploy`."""
        whose = f"for production variant {self.name}"
        for one in instances:
            pairs = one.containers, one.workers
            await_health(*pairs, self.startup, whose, "this endpoint")
        for one in instances:
            one.answers = True

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Count a request; `Busy` where a serverless variant has too many.

        https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
        """
        slots = self.slots
        if slots and not slots.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            if slots:
                slots.release()

    @contextmanager
    def take(self) -> Iterator[Instance]:
        """Yield the instance that a request goes to; it lives until this ends.

        That is the one with the fewest requests under way, and of several the one
        that was asked longest ago. One whose server died is asked if no other is up.
        """
        with self._state:
            chosen = self._next()
            chosen.using += 1
            chosen.turn = next(self._turns)
        try:
            yield chosen
        finally:
            with self._state:
                chosen.using -= 1
                self._state.notify_all()

    def resize(self, count: int, drain: float) -> None:
        """Start or stop instances until `count` answer; raises `CannotDeploy`.

        Those that stop answer first what they have been asked, for `drain` seconds at
        most. If one cannot start, none is added.
        """
        with self._state:
            answering = [one for one in self.instances if one.answers]
            spare = sorted(answering, key=lambda one: (one.up, one.using))
        if count < len(answering):
            self._end(spare[: len(answering) - count], drain)
        elif count > len(answering):
            self._add(count - len(answering))

    def stop(self) -> None:
        """End all servers, and those that are just being started."""
        with self._state:
            self._ended = True
            instances = list(self.instances)
        for one in instances:
            one.stop()

    def _next(self) -> Instance:
        able = [one for one in self.instances if one.answers] or self.instances
        able = [one for one in able if one.up] or able
        if self.at_random:
            return random.choice(able)
        return min(able, key=lambda one: (one.using, one.turn))

    def _add(self, count: int) -> None:
        made = [self.make(next(self._numbers)) for _ in range(count)]
        with self._state:
            if self._ended:
                raise CannotDeploy("The server is stopping.")
            self.instances += made
        try:
            self.begin(made)
            self.await_health(made)
        except BaseException:
            self._end(made, 0)
            raise

    def _end(self, instances: Sequence[Instance], drain: float) -> None:
        with self._state:
            for one in instances:
                one.answers = False
            self._state.wait_for(lambda: not any(one.using for one in instances), drain)
        for one in instances:
            one.stop()
            one.remove()
        with self._state:
            self.instances = [one for one in self.instances if one not in instances]
