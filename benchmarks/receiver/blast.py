"""A cheap sender: many keep-alive connections on one core, requests made beforehand, every answer timed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle

from tests.hostile.wire import ark_body, attempt, post_for

CONNECTIONS = 256
MANY_ATTEMPTS = 20_000
"""For rounds of seconds: each attempt gets some ten callbacks in all, as an upstream sends."""

FEW_ATTEMPTS = 4_000
"""For a load of minutes: each keeps at most 64 callbacks, so that the file stays below half a gigabyte."""


@dataclass(slots=True)
class Answers:
    """How long each answer took, in seconds, and which statuses came; how far the meter went meanwhile."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    metered: float = 0.0

    @property
    def acknowledged(self) -> int:
        return self.statuses[200]

    def slowest_in_a_thousand(self) -> float:
        return sorted(self.seconds)[int(0.999 * len(self.seconds))]


class _Sender(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], answers: Answers) -> None:
        self.transport: asyncio.Transport | None = None
        self._requests = requests
        self._answers = answers
        self._now = asyncio.get_running_loop().time
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._answers.seconds.append(self._now() - self._sent_at)
        self._answers.statuses[int(data[9:12])] += 1
        self._next()

    def _next(self) -> None:
        assert self.transport is not None
        self._sent_at = self._now()
        self.transport.write(next(self._requests))


def requests(attempts: int) -> Iterator[bytes]:
    """Callbacks of so many attempts in turn, without end."""
    return cycle([post_for(attempt(nth), ark_body(f"cgt-load-{nth}")) for nth in range(attempts)])


async def blast(
    port: int, sent: Iterator[bytes], *, seconds: float, warm_up: float, meter: Callable[[], float] = lambda: 0.0
) -> Answers:
    """What came back within so many seconds after the warm-up."""
    loop, answers = asyncio.get_running_loop(), Answers()
    pairs = [
        await loop.create_connection(lambda: _Sender(sent, answers), "127.0.0.1", port) for _ in range(CONNECTIONS)
    ]
    try:
        await asyncio.sleep(warm_up)
        answers.seconds.clear()
        answers.statuses.clear()
        before = meter()
        await asyncio.sleep(seconds)
        return Answers(answers.seconds.copy(), answers.statuses.copy(), meter() - before)
    finally:
        for transport, _ in pairs:
            transport.abort()
