"""An event loop's timers in virtual time: they ring while time is moved forward, each at its own moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class VirtualTimer:
    at: float
    callback: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass(slots=True)
class VirtualTimers:
    now: float = 0.0
    _set: list[VirtualTimer] = field(default_factory=list)

    def call_later(self, delay: float, callback: Callable[[], object], /) -> VirtualTimer:
        timer = VirtualTimer(self.now + delay, callback)
        self._set.append(timer)
        return timer

    def advance(self, until: float) -> None:
        """Let it be so late; whatever is due by then rings, in order."""
        while due := [each for each in self._set if not each.cancelled and each.at <= until]:
            first = min(due, key=lambda each: each.at)
            self._set.remove(first)
            self.now = first.at
            first.callback()
        self.now = until
