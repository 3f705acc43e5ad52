"""How time passes here: a clock that is handed in, a speed that shortens every wait. Only WallClock touches time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

_BREATH = 0.001
"""The shortest sleep: at a very high speed the poller must not eat the processor."""


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""

    async def sleep(self, seconds: float) -> None: ...


class WallClock:
    """Wall-clock time, for a gateway's timestamps are Unix seconds that a client compares with its own."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(_BREATH, seconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Nominal seconds, as the services would wait, become real ones by division; timestamps stay real."""

    speed: float = 1.0

    def real(self, nominal: float) -> float:
        return nominal / self.speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the services grant to others, in real seconds and bytes: a client is no faster because they are."""

    ack_seconds: float = 5.0
    content_seconds: float = 60.0
    fetch_seconds: float = 10.0
    body_bytes: int = 128 << 20
