"""Rows `throughput` and `memory`: a receiver on one core, its senders on the other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.receiver.blast import FEW_ATTEMPTS, MANY_ATTEMPTS, Answers, blast, requests
from tests.hostile.figures import MOST_GROWTH_UNDER_LOAD, MOST_LATE
from tests.hostile.record import Outcome
from tests.hostile.served import Served

RECEIVERS_CORE, SENDERS_CORE = 0, 1
ROUND_SECONDS = 5.0
WARM_UP_SECONDS = 1.0
MEMORY_WARM_UP_SECONDS = 20.0

_MB = 1 << 20


class Throughput:
    """Rounds in turns: the receiver, and the same process whose handler stores nothing."""

    goal = 9

    def __init__(self, scratch: Path) -> None:
        os.sched_setaffinity(0, {SENDERS_CORE})
        self._requests = requests(MANY_ATTEMPTS)
        self._running = ExitStack()
        core = ("--core", str(RECEIVERS_CORE))
        self._durable = self._running.enter_context(Served(scratch / "durable", *core))
        self._bare = self._running.enter_context(Served(scratch / "bare", *core, changed="no-disk"))

    def cases(self) -> Iterator[str]:
        return map(str, range(1, self.goal + 1))

    def run(self, case: str) -> Outcome:
        in_turn = [self._durable, self._bare] if int(case) % 2 else [self._bare, self._durable]
        measured = {served: self._blast(served) for served in in_turn}
        durable, bare = measured[self._durable], measured[self._bare]
        ratio = durable.acknowledged / bare.acknowledged
        by_processor = (bare.metered / bare.acknowledged) / (durable.metered / durable.acknowledged)
        late = durable.slowest_in_a_thousand()
        wrong = durable.statuses.total() - durable.acknowledged
        return Outcome(
            counts={"acknowledged": durable.acknowledged, "refused": wrong},
            samples={
                "durable": durable.acknowledged / ROUND_SECONDS,
                "bare": bare.acknowledged / ROUND_SECONDS,
                "ratio": ratio,
                "by_processor": by_processor,
                "p999": late,
            },
            failed=wrong > 0 or late >= MOST_LATE,
            note=(
                f"{ratio:.2f} of {bare.acknowledged / ROUND_SECONDS:,.0f}/s, by processor time {by_processor:.2f};"
                f" 1 in 1000 later than {late * 1000:.0f} ms"
            ),
        )

    def close(self) -> None:
        self._running.close()

    def _blast(self, served: Served) -> Answers:
        """Answers, and the processor time that the receiver used for them."""
        return asyncio.run(
            blast(
                served.port,
                self._requests,
                seconds=ROUND_SECONDS,
                warm_up=WARM_UP_SECONDS,
                meter=lambda: served.processor_seconds,
            )
        )


class Memory:
    """The same load for minutes: memory after a warm-up against memory at the end."""

    goal = 1

    def __init__(self, scratch: Path, minutes: int) -> None:
        os.sched_setaffinity(0, {SENDERS_CORE})
        self._scratch = scratch
        self._minutes = minutes

    def cases(self) -> Iterator[str]:
        yield f"{self._minutes}m"

    def run(self, case: str) -> Outcome:
        seconds = 60.0 * int(case.removesuffix("m"))
        with Served(self._scratch, "--core", str(RECEIVERS_CORE)) as served:
            before, answers = asyncio.run(self._loaded(served, seconds))
            growth = (served.memory - before) / _MB
        return Outcome(
            counts={"acknowledged": answers.acknowledged},
            samples={"growth_mb": growth, "minutes": seconds / 60, "start_mb": before / _MB},
            failed=growth > MOST_GROWTH_UNDER_LOAD,
            note=f"{growth:+.1f} MB on {before / _MB:.0f} MB, {answers.acknowledged:,} acknowledged",
        )

    def close(self) -> None:
        """The case has ended its own."""

    async def _loaded(self, served: Served, seconds: float) -> tuple[int, Answers]:
        sending = asyncio.create_task(
            blast(served.port, requests(FEW_ATTEMPTS), seconds=seconds, warm_up=MEMORY_WARM_UP_SECONDS)
        )
        await asyncio.sleep(MEMORY_WARM_UP_SECONDS)
        before = served.memory
        return before, await sending
