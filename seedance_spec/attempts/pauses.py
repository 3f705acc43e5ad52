"""How long a lane waits before its take is claimed anew: jittered, at the gateway's pace. It decides nothing else."""

from __future__ import annotations

from seedance_spec.attempts.means import Means
from seedance_spec.attempts.retrying import retry_pause
from seedance_spec.attempts.stages import Release
from seedance_spec.attempts.voice import Voice

_LONGEST_PAUSE = 60.0


async def before_another_try(means: Means, released: Release, tries: int) -> None:
    """After a refusal that may pass or a POST that was never sent; never sooner than the gateway asked for."""
    longest = min(2.0**tries, _LONGEST_PAUSE) / means.time_scale
    await means.clock.sleep(max(released.after or 0.0, longest * (1 + means.chance()) / 2))


async def before_retry(means: Means, voice: Voice, *, made: int, retries: int) -> None:
    """After a failure that the project lets be retried; said aloud, since it is a new payment."""
    pause = retry_pause(made - 1, chance=means.chance()) / means.time_scale
    voice.retrying(made, retries, pause)
    await means.clock.sleep(pause)
