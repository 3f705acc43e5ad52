"""Row `timing`: how much of a wrong capability is right must not show in the time that it takes to refuse it."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from random import Random
from statistics import fmean, variance

from seedance_spec.webhook.capability import CALLBACK_PREFIX, attempt_of, callback_path
from tests.hostile.figures import MOST_T
from tests.hostile.record import Outcome
from tests.hostile.wire import KEY, STRANGERS_KEY, attempt

PAIRS = 100_000
CUT_OFF = 0.9


class Timing:
    """One character from being right, against wholly wrong."""

    goal = 5

    def __init__(self, _: Path) -> None:
        """It leaves nothing."""

    def cases(self) -> Iterator[str]:
        return map(str, range(1, self.goal + 1))

    def run(self, case: str) -> Outcome:
        random = Random(f"timing {case}")
        attempt_id = attempt(random.randrange(1 << 40))
        right = callback_path(attempt_id, KEY).removeprefix(CALLBACK_PREFIX)
        wrong = callback_path(attempt_id, STRANGERS_KEY).removeprefix(CALLBACK_PREFIX)
        nearly = right[:-1] + ("A" if right[-1] != "A" else "B")
        t = welch(*_measured(nearly, wrong, random))
        return Outcome(samples={"t": t}, failed=abs(t) >= MOST_T, note=f"t = {t:.2f}")

    def close(self) -> None:
        """Nothing was started."""


def _measured(one: str, other: str, random: Random) -> tuple[Sequence[int], Sequence[int]]:
    """Nanoseconds of each, in drawn order, without the slowest of both taken together."""
    keys = [KEY]
    times: dict[str, list[int]] = {one: [], other: []}
    order = [one, other] * PAIRS
    random.shuffle(order)
    gc.disable()
    try:
        for token in order:
            began = time.perf_counter_ns()
            attempt_of(token, keys)
            times[token].append(time.perf_counter_ns() - began)
    finally:
        gc.enable()
    slowest = sorted([*times[one], *times[other]])[int(CUT_OFF * 2 * PAIRS)]
    return [each for each in times[one] if each < slowest], [each for each in times[other] if each < slowest]


def welch(one: Sequence[int], other: Sequence[int]) -> float:
    """Welch's t of two samples."""
    return (fmean(one) - fmean(other)) / sqrt(variance(one) / len(one) + variance(other) / len(other))
