"""What happened in one simulated history, with virtual times, for whoever must understand a failing seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Chronicle:
    """Lines as they come; `now` gives seconds since the beginning. Nothing is formatted before it is read."""

    now: Callable[[], float]
    _lines: list[tuple[float, str, tuple[object, ...]]] = field(default_factory=list)

    def note(self, text: str, *values: object) -> None:
        self._lines.append((self.now(), text, values))

    def text(self) -> str:
        return "\n".join(f"{_time(at)}  {text.format(*values)}" for at, text, values in self._lines)


def _time(seconds: float) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{int(hours):3d}:{int(minutes):02d}:{rest:06.3f}"
