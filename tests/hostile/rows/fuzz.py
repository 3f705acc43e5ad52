"""Row `fuzz`: forged and malformed requests. No 5xx but 503, no traceback, no row of a stranger, no memory for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

from tests.hostile.figures import MOST_GROWTH
from tests.hostile.forgeries import Forgery, forgery, our_attempts
from tests.hostile.record import Outcome
from tests.hostile.served import Served
from tests.hostile.wire import exchange, statuses

EACH = 500
WARM_UP = 2_000
"""Requests before memory is looked at for the first time: caches and the allocator have found their size by then."""

AT_ONCE = 16
SECONDS = 5.0
SILENCE = 0.3
_OF_THE_LIBRARY = (b"aiohttp", b"Python", b"Traceback")
_MB = 1 << 20


class Fuzz:
    """Cases of 500 requests each, all to one receiver, whose memory is watched after a warm-up."""

    goal = 100

    def __init__(self, scratch: Path, *, warm_up: int = WARM_UP, changed: str = "") -> None:
        self._running = ExitStack()
        self._served = self._running.enter_context(Served(scratch, changed=changed))
        self._answers: Counter[str] = Counter()
        asyncio.run(self._sent(Random("warm-up"), warm_up))
        self._memory = self._served.memory

    def cases(self) -> Iterator[str]:
        return map(str, range(1, self.goal + 1))

    def run(self, case: str, *, requests: int = EACH) -> Outcome:
        self._answers.clear()
        wrong = asyncio.run(self._sent(Random(f"fuzz {case}"), requests))
        welcome = our_attempts() | self._served.honest
        counts = {
            **self._answers,
            "requests": requests,
            "wrong_status": wrong.total(),
            "tracebacks": self._served.errors.count("Traceback"),
            "foreign_rows": sum(attempt_id not in welcome for attempt_id, _ in self._served.kept()),
        }
        growth = (self._served.memory - self._memory) / _MB
        broken = [f"{name}: {counts[name]}" for name in ("wrong_status", "tracebacks", "foreign_rows") if counts[name]]
        broken += [] if growth < MOST_GROWTH else [f"memory grew by {growth:.1f} MB"]
        broken += [] if self._served.answers() else ["an honest callback is not answered any more"]
        return Outcome(
            counts=counts,
            samples={"growth_mb": growth},
            failed=bool(broken),
            note="; ".join([*broken, *(f"{family} was answered {status}" for family, status in wrong)])
            or f"{requests} requests, memory {growth:+.1f} MB",
        )

    def close(self) -> None:
        self._running.close()

    async def _sent(self, random: Random, requests: int) -> Counter[tuple[str, str]]:
        """Send so many, a few at once; what was answered wrongly, by family and answer."""
        wrong: Counter[tuple[str, str]] = Counter()
        waiting = iter([forgery(random) for _ in range(requests)])

        async def send_on() -> None:
            for each in waiting:
                answer = await exchange(self._served.port, *each.parts, seconds=SECONDS, silence=SILENCE)
                self._answers.update(f"answered {status}" for status in statuses(answer))
                wrong.update((each.family, what) for what in wrongs(each, answer))

        await asyncio.gather(*(send_on() for _ in range(AT_ONCE)))
        return wrong


def wrongs(sent: Forgery, answer: bytes) -> Iterator[str]:
    """What is wrong with the answer to a forgery, one word each."""
    for status in statuses(answer):
        if status >= 500 and status != 503:
            yield str(status)
        if status == 200 and not sent.ours:
            yield "200"
    if any(word in answer for word in _OF_THE_LIBRARY):
        yield "with words of the library"
