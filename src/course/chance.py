"""PyTorch's random numbers, and several trainings at once that share them."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import joblib
import torch

Value = TypeVar("Value")
Made = TypeVar("Made")

# The random numbers belong to the whole process: whoever sets where they start, or
# draws first weights from there, holds this.
_turn = threading.RLock()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """PyTorch's random numbers start from `seed`; afterwards the caller's go on.

    Threads take turns, so that the first weights of a network that is made in here are
    the same whatever is trained beside it.
    """
    with _turn, starting(seed):
        yield


@contextmanager
def starting(seed: int) -> Iterator[None]:
    """The same, but threads do not wait: for what draws no numbers, or is alone."""
    with _turn:
        before = [torch.get_rng_state(), *torch.cuda.get_rng_state_all()]
        torch.manual_seed(seed)
    try:
        yield
    finally:
        with _turn:
            torch.set_rng_state(before[0])
            torch.cuda.set_rng_state_all(before[1:])


def in_parallel(
    job: Callable[[Value], Made], values: Iterable[Value], *, threads: int | None = None
) -> list[Made]:
    """Return `job` of each of the values, in their order, one value to a core.

    A small network gains nothing from a second core, several at once do. `threads` are
    as many as there are cores, unless given. What `course.training.fit`
    trains in a job comes out as it would alone, if the weights were drawn in `seeded`
    and the network draws no numbers itself, as dropout does: those would be shared.

    Raises what a job raises, once those that run have ended; starts no further one.
    """
    values, before = [*values], torch.get_num_threads()
    count = min(threads or joblib.cpu_count(), len(values))
    if count < 2:
        return [job(value) for value in values]
    pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))
    try:
        return [*pool.map(job, values)]
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)  # the threads' setting is the process's
