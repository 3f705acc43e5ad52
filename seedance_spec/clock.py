"""The only module that knows the time or sleeps; everything else is handed a clock."""

from __future__ import annotations

import time


class SystemClock:
    """Wall-clock time: deadlines must survive a suspended laptop, so Unix seconds rather than a monotonic counter."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(max(0.0, seconds))
