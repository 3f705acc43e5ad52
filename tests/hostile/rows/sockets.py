"""Row `sockets`: more slow and idle connections than the receiver has descriptors, and honest senders among them."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from tests.hostile.figures import LEAST_ANSWERED
from tests.hostile.record import Outcome
from tests.hostile.served import Served
from tests.hostile.wire import ark_body, attempt, exchange, post_for, statuses

SOCKETS = 1_100
DESCRIPTORS = 1_024
HONEST = 150
BETWEEN_HONEST = 0.1
IN_TIME = 3.0
BEFORE_COMING_AGAIN = 0.2
DRIBBLE_SECONDS = 1.0

_HEAD = b"POST /v1/callback/x HTTP/1.1\r\nHost: receiver\r\nX-Slow: "


async def _silent(_: asyncio.StreamWriter) -> None:
    """Says nothing at all."""


async def _half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD)


async def _dribbling_head(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD)
    while True:
        await asyncio.sleep(DRIBBLE_SECONDS)
        writer.write(b"x")
        await writer.drain()


async def _missing_body(writer: asyncio.StreamWriter) -> None:
    """With a right capability: so it is read, and waited for."""
    writer.write(post_for(attempt(1), b"x" * 1_000)[:-900])


async def _unread_answers(writer: asyncio.StreamWriter) -> None:
    """Asks on and on, and takes no answer away."""
    while True:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: receiver\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(DRIBBLE_SECONDS)


Manner = Callable[[asyncio.StreamWriter], Awaitable[None]]

MANNERS: Mapping[str, tuple[Manner, ...]] = {
    "silent": (_silent,),
    "half-a-head": (_half_a_head,),
    "dribbling-head": (_dribbling_head,),
    "missing-body": (_missing_body,),
    "unread-answers": (_unread_answers,),
    "mixed": (_silent, _half_a_head, _dribbling_head, _missing_body, _unread_answers),
}


@dataclass(slots=True)
class Siege:
    """Slow connections to a port; each comes again when it is hung up on. `came`: how many were opened."""

    port: int
    manners: tuple[Manner, ...]
    came: int = 0
    _expected: int = 0
    _all_came: asyncio.Event = field(default_factory=asyncio.Event)
    _besiegers: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def of(self, sockets: int, *, coming_again: float = BEFORE_COMING_AGAIN) -> AsyncIterator[None]:
        """Once all have come for the first time."""
        self._expected = sockets
        self._besiegers = [
            asyncio.create_task(self._besiege(self.manners[nth % len(self.manners)], coming_again))
            for nth in range(sockets)
        ]
        try:
            await self._all_came.wait()
            yield
        finally:
            for each in self._besiegers:
                each.cancel()
            await asyncio.gather(*self._besiegers, return_exceptions=True)

    def _count(self) -> None:
        self.came += 1
        if self.came >= self._expected:
            self._all_came.set()

    async def _besiege(self, manner: Manner, coming_again: float) -> None:
        while True:
            with suppress(OSError):
                await self._visit(manner)
            await asyncio.sleep(coming_again)

    async def _visit(self, manner: Manner) -> None:
        # So small a buffer is soon full of answers that nobody takes.
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1_024)
        self._count()
        acting = asyncio.ensure_future(manner(writer))
        try:
            if manner is _unread_answers:
                writer.transport.pause_reading()  # type: ignore[attr-defined] # a reading transport
                await acting
            while await reader.read(1_024):
                pass
        finally:
            acting.cancel()
            writer.close()


async def honest_sender(port: int, nth: int, *, seconds: float) -> float | None:
    """How long a callback on a new connection took to be answered with 200; None where it was not, within `seconds`."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    body = ark_body(f"cgt-honest-{nth}")
    answered = await exchange(
        port, post_for(attempt(1_000 + nth // 50), body, headers="Connection: close\r\n"), seconds=seconds
    )
    return loop.time() - began if statuses(answered) == [200] else None


def afford(sockets: int) -> None:
    """Raise this process's own limit of descriptors. Raises ValueError where the system does not grant it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < sockets:
        resource.setrlimit(resource.RLIMIT_NOFILE, (sockets, hard))


class Sockets:
    """Each manner for itself, and all of them together."""

    goal = len(MANNERS)

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def cases(self) -> Iterator[str]:
        return iter(MANNERS)

    def run(self, case: str) -> Outcome:
        afford(2 * SOCKETS)
        with Served(self._scratch / case, "--descriptors", str(DESCRIPTORS)) as served:
            took, came = asyncio.run(self._besieged(served.port, MANNERS[case]))
        lines = len(served.errors.splitlines())
        in_time = [each for each in took if each is not None]
        return Outcome(
            counts={"honest": len(took), "in_time": len(in_time), "slow": came, "log_lines": lines},
            samples={"typical": median(in_time or [IN_TIME]), "worst": max(in_time, default=IN_TIME)},
            failed=len(in_time) < LEAST_ANSWERED * len(took),
            note=(
                f"{len(in_time)} of {len(took)} in time, median {median(in_time or [IN_TIME]) * 1000:.0f} ms;"
                f" {came:,} slow connections; {lines} lines on stderr"
            ),
        )

    def close(self) -> None:
        """Each case has ended its own."""

    async def _besieged(self, port: int, manners: tuple[Manner, ...]) -> tuple[list[float | None], int]:
        siege, numbers = Siege(port, manners), count()
        async with siege.of(SOCKETS):
            sending = []
            for _ in range(HONEST):
                sending.append(asyncio.create_task(honest_sender(port, next(numbers), seconds=IN_TIME)))
                await asyncio.sleep(BETWEEN_HONEST)
            return list(await asyncio.gather(*sending)), siege.came
