"""Whether a failed take is bought once more by itself, and after what pause. Pure: it claims and waits for nothing."""

from __future__ import annotations

from seedance_spec.gateway.error_classes import ErrorClass
from seedance_spec.lockfile.facts import AttemptFact, Reporter, Status

TRANSIENT = frozenset({ErrorClass.UPSTREAM_TIMEOUT.value, ErrorClass.UPSTREAM_INTERNAL.value})
"""Failures for no reason of the request, refunded (gateway.md §6): the only ones that a project may have retried.

Not the gateway's own timeout: behind it the upstream may still finish the task, and a second one would be paid too.
"""

_SHORTEST_PAUSE = 15.0
_LONGEST_PAUSE = 300.0


def retry_allowed(fact: AttemptFact, *, retries: int, made: int) -> bool:
    """Whether this attempt's take may be claimed anew by itself, `made` of `retries` being used up in this apply.

    Only the gateway's own verdict counts (D4): what a callback or a person said of a failure buys nothing.
    """
    if fact.status is not Status.FAILED or made >= retries:
        return False
    said = fact.reports.get(Reporter.GATEWAY)
    return said is not None and said.error_class in TRANSIENT


def retry_pause(made: int, *, chance: float) -> float:
    """Seconds before the next attempt: 15, 30, 60 … 300 at most, between half of it and all of it by `chance` (0 … 1),
    so that shots that failed together do not come back together.
    """
    longest = min(_SHORTEST_PAUSE * 2.0**made, _LONGEST_PAUSE)
    return longest * (1 + chance) / 2
