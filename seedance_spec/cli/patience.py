"""How long a run is worth waiting for: over once nothing has changed for so long. It knows events, and ends nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from seedance_spec.plan.events import Event


class Timer(Protocol):
    def cancel(self) -> None: ...


class Timers(Protocol):
    """What an event loop does."""

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer: ...


class Patience:
    """Calls `over` once, when no news came for `seconds`; never where that is None. A look at the gateway that shows
    the same status as the one before is no news, and neither is a sentence for people.
    """

    def __init__(self, seconds: float | None, over: Callable[[], None], timers: Timers) -> None:
        self._seconds = seconds
        self._over = over
        self._timers = timers
        self._seen: dict[tuple[str, int], str] = {}
        self._timer: Timer | None = None
        self._wait_anew()

    def heard(self, event: Event) -> None:
        if self._is_news(event):
            self._wait_anew()

    def _is_news(self, event: Event) -> bool:
        from seedance_spec.plan.events import Downloading, Told, Waiting

        match event:
            case Told():
                return False
            case Waiting():
                state = f"waiting {event.status}"
            case Downloading():
                state = f"downloading {event.done}"
            case _:
                state = type(event).__name__
        key = (event.shot_id, event.take)
        changed = self._seen.get(key) != state
        self._seen[key] = state
        return changed

    def _wait_anew(self) -> None:
        if self._seconds is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._timers.call_later(self._seconds, self._over)
