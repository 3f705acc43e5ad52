"""How long a paid result can still be fetched (D6). Pure: time is handed in."""

from __future__ import annotations

from seedance_spec.lockfile.facts import AttemptFact, Status
from seedance_spec.lockfile.views import verdict

LINK_SECONDS = 24 * 3600
"""How long the gateway's links live after a task has finished."""

ABOUT_TO_EXPIRE = 2 * 3600
"""Below this, a clip that is not here needs a person."""


def fuse_of(attempt: AttemptFact, now: float) -> float | None:
    """Seconds until the link of a succeeded attempt dies, 0 when it is dead; None where there is no such time."""
    finished_at = verdict(attempt).finished_at
    if attempt.status is not Status.SUCCEEDED or finished_at is None:
        return None
    return max(finished_at + LINK_SECONDS - now, 0.0)
