"""Seconds that never go back, whatever is done to the machine's clock. It decides nothing."""

from __future__ import annotations

from seedance_spec.attempts.ports import Clock

LONGEST_SLEEP = 30.0
"""Seconds between two looks at the clock: a timer stands still while a laptop sleeps, its clock does not."""

_JITTER = 1.0  # seconds by which timer and clock may differ without anybody having touched the clock


class SteadyTime:
    """The clock's time as long as it goes forward; a jump back is taken out, so that no due time moves away from us.

    A jump forward counts: that is how a suspend looks afterwards, and what was due meanwhile is due now.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.now()
        self._taken_out = 0.0

    def now(self) -> float:
        shown = self._clock.now()
        self._taken_out += max(self._last - shown, 0.0)
        self._last = shown
        return shown + self._taken_out

    def since(self, moment: float) -> float:
        """A moment of the clock's time (Unix seconds) in this time; one in the future is now."""
        age = self._clock.now() - moment
        return self.now() - max(age, 0.0)

    async def sleep_until(self, moment: float) -> None:
        """Sleep until then, or for a while: whoever waits looks again. What was slept has passed."""
        began = self.now()
        seconds = min(moment - began, LONGEST_SLEEP)
        await self._clock.sleep(seconds)
        missing = began + seconds - self.now()
        self._taken_out += missing if missing > _JITTER else 0.0
