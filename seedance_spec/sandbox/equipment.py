"""What a sandbox is handed from outside: clock, randomness, media, folder, pace. Only values stand here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from seedance_spec.sandbox.media import Media
from seedance_spec.sandbox.pace import Clock, Limits, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """`say` takes lines for the person who runs the process."""

    folder: Path
    clock: Clock
    dice: Random
    media: Media
    pace: Pace
    limits: Limits
    say: Callable[[str], None]
