"""How soon the next look may go out, for all tasks together: rate, Retry-After, back-off, breaker. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

from seedance_spec.attempts.ports import AskLater, TaskAnswer

RATE = 1.0
"""Looks per second in the long run, at a real gateway."""

BURST = 5
"""Looks that may go out at once after a rest."""

BREAKER = 5
"""Failures in a row, over all tasks, after which one look at a time finds out whether the gateway is back."""

LONGEST_PAUSE = 300.0
"""Seconds that nobody is made to wait longer than, neither by a Retry-After nor by failures."""

_BACK_OFF_FIRST = 2.0
_PROBE_FIRST = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBudget:
    """One bucket for looks of every kind. Times are seconds of one steady clock; `time_scale` N is a sandbox N times
    faster than life.

    `spent_until` is how far ahead the rate is used up, `failures` counts failed looks in a row, `failed_at` is when the
    last of them was counted.
    """

    time_scale: float = 1.0
    spent_until: float = -inf
    paused_until: float = -inf
    failures: int = 0
    failed_at: float = -inf

    @property
    def is_probing(self) -> bool:
        """Whether the gateway is taken for dead: then there is one look at a time."""
        return self.failures >= BREAKER

    @property
    def free_at(self) -> float:
        """The earliest time of the next look."""
        return max(self.spent_until - (BURST - 1) * self._gap, self.paused_until)

    def spent(self, now: float) -> RateBudget:
        """One look goes out."""
        return replace(self, spent_until=max(self.spent_until, now) + self._gap)

    def after(self, answer: TaskAnswer, *, sent_at: float, now: float, chance: float) -> RateBudget:
        """What the answer to a look means for everybody's next one. `chance` in [0, 1) spreads the pause."""
        if not isinstance(answer, AskLater):
            return replace(self, failures=0)
        told = now + min(answer.retry_after or 0.0, LONGEST_PAUSE)
        if sent_at <= self.failed_at:
            # It was on the wire already when another failed: that is one misfortune, not two.
            return replace(self, paused_until=max(self.paused_until, told))
        failures = self.failures + 1
        until = max(told, now + _pause(failures, chance) / self.time_scale)
        return replace(self, failures=failures, failed_at=now, paused_until=max(self.paused_until, until))

    @property
    def _gap(self) -> float:
        return 1.0 / (RATE * self.time_scale)


def _pause(failures: int, chance: float) -> float:
    """Full jitter: up to 2 s, doubled with each failure; behind the breaker from 30 s up, to five minutes."""
    if failures < BREAKER:
        return chance * _BACK_OFF_FIRST * 2.0 ** (failures - 1)
    widened = min(_PROBE_FIRST * 2.0 ** min(failures - BREAKER, 8), LONGEST_PAUSE - _PROBE_FIRST)
    return _PROBE_FIRST + chance * widened
