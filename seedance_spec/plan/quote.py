"""A price as it is quoted: what is expected, between which ends, and what guards reckon with. Pure values."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_spec.lockfile.facts import Estimate
from seedance_spec.plan.lessons import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What one attempt may cost, in US dollars.

    `estimate` is what is expected, the form that the lockfile keeps; `low_usd` and `high_usd` are the ends of what is
    shown. `guard_usd` is the upper end by the highest price that anybody gives (D10); None where only the specs name
    one. `lesson` is what finished takes of its kind taught; `guesses` says why it is a range.
    """

    estimate: Estimate
    low_usd: float
    high_usd: float
    guard_usd: float | None
    lesson: Lesson
    guesses: tuple[str, ...] = ()

    @property
    def is_range(self) -> bool:
        """Whether the ends differ by a cent or more."""
        return self.high_usd - self.low_usd >= 0.01
