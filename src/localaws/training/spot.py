"""Managed spot training: when the instances of a job are taken away, and at what price.

On AWS the market decides. Here the job's own environment asks for an interruption, so
that a script can be shown to survive one:

- `LOCALAWS_INTERRUPT_AFTER`: seconds of training, "5", or one for each start, "5,2.5".
- `LOCALAWS_INTERRUPT_ON`: a regular expression; the first line of the log that has it.
- `LOCALAWS_INTERRUPT_SEED`: an integer; waits are drawn with the mean that
  `LOCALAWS_INTERRUPT_AFTER` gives (60 s where it does not), in the first three starts.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from localaws.training.patterns import Pattern

AFTER = "LOCALAWS_INTERRUPT_AFTER"
ON = "LOCALAWS_INTERRUPT_ON"
SEED = "LOCALAWS_INTERRUPT_SEED"
ASKING = (AFTER, ON, SEED)  # the variables that ask for an interruption
MEAN, MOST = 60.0, 3  # seconds between drawn interruptions, and how many there are
PRICE = 0.3  # of the price on demand: what AWS bills is often a third or less


class Market:
    """The interruptions that the environment variables of a job ask for.

    Raises ValueError for a variable that cannot be read.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        waits = _numbers(variables[AFTER]) if AFTER in variables else []
        if SEED in variables:
            waits = _drawn(variables[SEED], waits[0] if waits else MEAN)
        self._waits = iter(waits)
        self._pattern = _compiled(variables[ON]) if ON in variables else None

    def wait(self) -> float | None:
        """Return after how many seconds the next start is interrupted, if at all."""
        return next(self._waits, None)

    def reads(self, line: str) -> bool:
        """Return whether this line of the log brings the one interruption it may."""
        if self._pattern is None or not self._pattern.search(line):
            return False
        self._pattern = None
        return True


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(0 < number < 1e6 for number in numbers):
        raise ValueError(
            f'{AFTER} is "{text}": write seconds such as "5", or "5,2.5" for two starts'
        )
    return numbers


def _drawn(text: str, mean: float) -> list[float]:
    try:
        chance = random.Random(int(text))
    except ValueError:
        raise ValueError(f'{SEED} is "{text}": write an integer') from None
    return [chance.expovariate(1 / mean) for _ in range(MOST)]


def _compiled(text: str) -> Pattern:
    try:
        return Pattern(text)
    except ValueError as error:
        raise ValueError(f'{ON} is "{text}", no regular expression: {error}') from None
