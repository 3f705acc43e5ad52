"""How a row ends whose parent's clip did not come: which parent, and why. Pure values."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_spec.attempts.endings import End, Ending
from seedance_spec.plan.bringing import BLOCKED_ITSELF
from seedance_spec.plan.change import Change
from seedance_spec.plan.events import ShotBlocked

PLANNED = "blocked"
"""The code of a block that stood in the plan already; any other is `parent-` with the end of the one that blocks."""

_WHY: Mapping[End, str] = {
    End.FAILED: "which failed",
    End.UNKNOWN: "which is unknown",
    End.MISSING: "whose clip cannot be had",
    End.NOT_SUBMITTED: "which was not submitted",
    End.RUNNING: "which still runs",
    End.LATE: "which is no longer waited for",
    End.FAULT: "which could not be kept",
    End.STALE: "which stays stale",
}


def blocked(change: Change, parent: str, ending: Ending | None) -> Ending:
    """The ending of a row whose parent ended like this; None where nothing in the run brings the parent's clip."""
    if ending is None:
        message = f"starts from {parent}, which is neither rendered nor part of this run"
        return Ending(change=change, end=End.BLOCKED, code=PLANNED, message=message)
    root = ending.behind or ending
    if ending.end is End.BLOCKED:
        code, why = ending.code, _down_the_chain(ending)
    else:
        code, why = f"parent-{ending.end.value}", _WHY[ending.end]
    return Ending(change=change, end=End.BLOCKED, code=code, message=f"starts from {parent}, {why}", behind=root)


def planned_block(change: Change) -> Ending:
    """The ending of a row that the plan held back."""
    return Ending(change=change, end=End.BLOCKED, code=PLANNED, message=change.causes[-1].text)


def blocked_event(ending: Ending, *, at: float) -> ShotBlocked:
    change = ending.change
    return ShotBlocked(shot_id=change.shot_id, take=change.take, at=at, parent=root_of(ending), reason=ending.message)


def root_of(ending: Ending) -> str:
    """The shot at the root of a block; the parent itself where the plan held the row back."""
    if ending.behind is not None:
        return ending.behind.change.shot_id
    author = ending.change.causes[-1].author if ending.change.causes else None
    return author.name if author is not None else ""


def _down_the_chain(ending: Ending) -> str:
    """`which is blocked behind film/moon (failed)`: the root once, however long the chain is."""
    root = ending.behind
    return BLOCKED_ITSELF if root is None else f"which is blocked behind {root.change.shot_id} ({root.end.value})"
